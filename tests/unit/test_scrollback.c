/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/scrollback.h"

#include <string.h>

#include "core/confined/emulator.h"
#include "tests/unit/unit.h"

static guint cells_of(const char *text, struct terminal_cell *cells) {
    guint count = 0;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        struct terminal_cell cell = {.character = g_utf8_get_char(at), .foreground = -1, .background = -1};
        cell.columns = g_unichar_iswide(cell.character) ? 2 : 1;
        cells[count] = cell;
        if (cell.columns == 2)
            cells[count + 1] = (struct terminal_cell){.foreground = -1, .background = -1};
        count += cell.columns;
    }
    return count;
}

static void add(struct scrollback *scrollback, const char *text) {
    struct terminal_cell cells[200];
    scrollback_add(scrollback, cells, cells_of(text, cells));
}

static char *text_of(const struct scrollback *scrollback, guint64 line) {
    struct terminal_cell cells[200];
    g_autoptr(GString) text = g_string_new(NULL);
    guint count = scrollback_get(scrollback, line, cells, G_N_ELEMENTS(cells));
    for (guint i = 0; i < count; i++)
        cell_text(&cells[i], text);
    return g_strdup(text->str);
}

static void expect(const struct scrollback *scrollback, guint64 line, const char *wanted) {
    g_autofree char *text = text_of(scrollback, line);
    assert_string_equal(text, wanted);
}

static void lines_come_back_as_they_were(void **state) {
    struct scrollback *scrollback = scrollback_new(10, 1 << 20);
    struct terminal_cell cells[8], back[8];
    guint count = cells_of("a漢bc", cells);
    cells[0].marks[0] = 0x301;
    cells[0].marks[1] = 0x323;
    cells[3].foreground = CELL_RGB | 0x123456;
    cells[3].background = 4;
    cells[3].attributes = CELL_BOLD | CELL_ITALIC;
    scrollback_add(scrollback, cells, count);
    assert_int_equal(count, 5);
    assert_int_equal(scrollback_get(scrollback, 0, back, G_N_ELEMENTS(back)), 5);
    assert_memory_equal(cells, back, 5 * sizeof *cells);
    assert_int_equal(scrollback_get(scrollback, 0, back, 2), 1); /* the wide one does not fit */
    assert_int_equal(scrollback_get(scrollback, 1, back, 8), 0);
    scrollback_free(scrollback);
}

static void empty_cells_at_the_end_are_left_out(void **state) {
    struct scrollback *scrollback = scrollback_new(10, 1 << 20);
    add(scrollback, "two    ");
    add(scrollback, "    ");
    expect(scrollback, 0, "two");
    expect(scrollback, 1, "");
    scrollback_free(scrollback);
}

static void the_oldest_go_by_number(void **state) {
    struct scrollback *scrollback = scrollback_new(3, 1 << 20);
    for (int i = 0; i < 10; i++) {
        g_autofree char *text = g_strdup_printf("line %d", i);
        add(scrollback, text);
    }
    assert_int_equal(scrollback_first(scrollback), 7);
    assert_int_equal(scrollback_end(scrollback), 10);
    expect(scrollback, 6, "");
    expect(scrollback, 7, "line 7");
    expect(scrollback, 9, "line 9");
    scrollback_free(scrollback);
}

/* Every cell another colour is the worst there is. */
static void the_oldest_go_by_bytes(void **state) {
    struct scrollback *scrollback = scrollback_new(1000, 64 * 1024);
    struct terminal_cell cells[200];
    for (int line = 0; line < 500; line++) {
        for (guint i = 0; i < G_N_ELEMENTS(cells); i++)
            cells[i] = (struct terminal_cell){
                .character = 'x', .columns = 1, .foreground = (gint32)(CELL_RGB | i), .background = -1};
        scrollback_add(scrollback, cells, G_N_ELEMENTS(cells));
        assert_true(scrollback_bytes(scrollback) <= 64 * 1024 + 4096);
    }
    assert_true(scrollback_end(scrollback) - scrollback_first(scrollback) < 100);
    assert_int_equal(scrollback_get(scrollback, 499, cells, G_N_ELEMENTS(cells)), 200);
    scrollback_free(scrollback);
}

static void answer(const char *bytes, gsize length, gpointer data) {
    g_string_append_len(data, bytes, (gssize)length);
}

static void feed(struct emulator *emulator, const char *text) {
    emulator_feed(emulator, (const guint8 *)text, strlen(text));
}

static char *line_of(struct emulator *emulator, guint64 line) {
    guint count = 0;
    const struct terminal_cell *cells = emulator_line(emulator, line, &count);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; cells != NULL && i < count; i++)
        cell_text(&cells[i], text);
    return g_strchomp(g_strdup(text->str));
}

static void expect_line(struct emulator *emulator, guint64 line, const char *wanted) {
    g_autofree char *text = line_of(emulator, line);
    assert_string_equal(text, wanted);
}

static void ten_thousand_lines_stay_behind_the_screen(void **state) {
    g_autoptr(GString) answers = g_string_new(NULL);
    struct emulator *emulator = emulator_new(answer, answers);
    const struct scrollback *scrollback = emulator_scrollback(emulator);
    for (int i = 0; i < 12000; i++) {
        g_autofree char *text = g_strdup_printf("line %d\r\n", i);
        feed(emulator, text);
    }
    assert_int_equal(scrollback_end(scrollback), 12000 - 23);
    assert_int_equal(scrollback_end(scrollback) - scrollback_first(scrollback), 10000);
    expect_line(emulator, scrollback_first(scrollback), "line 1977");
    expect_line(emulator, 5000, "line 5000");
    expect_line(emulator, 11999, "line 11999");
    emulator_free(emulator);
}

static void one_piece_of_many_lines_is_as_good_as_many(void **state) {
    g_autoptr(GString) answers = g_string_new(NULL), all = g_string_new(NULL);
    struct emulator *emulator = emulator_new(answer, answers);
    for (int i = 0; i < 3000; i++)
        g_string_append_printf(all, "%d\r\n", i);
    emulator_feed(emulator, (const guint8 *)all->str, all->len);
    for (int i = 0; i < 3000; i += 7) {
        g_autofree char *wanted = g_strdup_printf("%d", i);
        expect_line(emulator, (guint64)i, wanted);
    }
    emulator_free(emulator);
}

static void full_screen_programs_leave_nothing_behind(void **state) {
    g_autoptr(GString) answers = g_string_new(NULL);
    struct emulator *emulator = emulator_new(answer, answers);
    feed(emulator, "before\r\n\033[?1049h\033[H");
    for (int i = 0; i < 100; i++)
        feed(emulator, "inside\r\n");
    feed(emulator, "\033[?1049lafter\r\n");
    assert_int_equal(scrollback_end(emulator_scrollback(emulator)), 0);
    expect_line(emulator, 0, "before");
    expect_line(emulator, 1, "after");
    emulator_free(emulator);
}

static void a_lower_screen_loses_its_empty_rows_first(void **state) {
    g_autoptr(GString) answers = g_string_new(NULL);
    struct emulator *emulator = emulator_new(answer, answers);
    guint column = 0, row = 0;
    gboolean visible = FALSE;
    feed(emulator, "one\r\ntwo\r\nthree\r\n\033[3;10r\033[4;1Hhere");
    assert_true(emulator_resize(emulator, 60, 10));
    assert_int_equal(scrollback_end(emulator_scrollback(emulator)), 0);
    expect_line(emulator, 0, "one");
    expect_line(emulator, 3, "here");
    emulator_cursor(emulator, &column, &row, &visible);
    assert_int_equal(column, 4);
    assert_int_equal(row, 3);
    assert_true(emulator_resize(emulator, 60, 2));
    assert_int_equal(scrollback_end(emulator_scrollback(emulator)), 2);
    expect_line(emulator, 1, "two");
    expect_line(emulator, 3, "here");
    emulator_cursor(emulator, &column, &row, &visible);
    assert_int_equal(row, 1);
    feed(emulator, "!");
    expect_line(emulator, 3, "here!");
    emulator_free(emulator);
}

static void text_is_found_both_ways_and_round_the_end(void **state) {
    g_autoptr(GString) answers = g_string_new(NULL);
    struct emulator *emulator = emulator_new(answer, answers);
    guint64 line = 500;
    guint column = 0, columns = 0;
    for (int i = 0; i < 1000; i++) {
        g_autofree char *text = g_strdup_printf("%s %d\r\n", i % 100 == 42 ? "x Needle" : "hay", i);
        feed(emulator, text);
    }
    assert_true(emulator_find(emulator, &line, 10, -1, "needle", 6, &column, &columns));
    assert_int_equal(line, 442);
    assert_int_equal(column, 2);
    assert_int_equal(columns, 6);
    assert_true(emulator_find(emulator, &line, 3, 1, "NEEDLE", 6, &column, &columns));
    assert_int_equal(line, 542);
    line = 42;
    assert_true(emulator_find(emulator, &line, 1, -1, "needle", 6, &column, &columns));
    assert_int_equal(line, 942);
    assert_false(emulator_find(emulator, &line, 0, 1, "straw", 5, &column, &columns));
    emulator_free(emulator);
}

static void copied_text_is_that_of_the_lines(void **state) {
    g_autoptr(GString) answers = g_string_new(NULL);
    struct emulator *emulator = emulator_new(answer, answers);
    feed(emulator, "one  \r\n\xe6\xbc\xa2 e\xcc\x81 two\r\nthree");
    g_autoptr(GString) text = emulator_copy(emulator, 0, 1, 2, 2, 1000);
    assert_string_equal(text->str, "ne\n\xe6\xbc\xa2 e\xcc\x81 two\nthr");
    g_autoptr(GString) cut = emulator_copy(emulator, 0, 0, 2, 80, 6);
    assert_string_equal(cut->str, "one\n"); /* a character is not cut in two */
    emulator_free(emulator);
}

static void a_mark_disturbs_neither_look_nor_sequence(void **state) {
    g_autoptr(GString) answers = g_string_new(NULL);
    struct emulator *emulator = emulator_new(answer, answers);
    feed(emulator, "\033[31mred \033[1");
    emulator_mark(emulator, "[mark]", 6, FALSE);
    feed(emulator, "more");
    expect_line(emulator, 0, "red");
    expect_line(emulator, 1, "[mark]");
    expect_line(emulator, 2, "more");
    const struct terminal_cell *cells = emulator_cells(emulator);
    assert_int_equal(cells[0].foreground, 1);
    assert_int_equal(cells[80].foreground, -1);
    assert_int_equal(cells[80].attributes, CELL_INVERSE);
    assert_int_equal(cells[160].foreground, 1);
    feed(emulator, "\033[?1049h\033[H\033[2Jfull");
    emulator_mark(emulator, "[other]", 7, FALSE);
    expect_line(emulator, 1, "full"); /* behind the mark, which the picture did not take */
    expect_line(emulator, 0, "[other]");
    emulator_free(emulator);
}

static void colours_and_marks_travel_by_value(void **state) {
    g_autoptr(GString) answers = g_string_new(NULL);
    struct emulator *emulator = emulator_new(answer, answers);
    feed(emulator, "\033[38;2;1;2;3;48;5;200ma\xcc\x81\xcc\xa3\033[91mb\033[0mc");
    const struct terminal_cell *cells = emulator_cells(emulator);
    assert_int_equal(cells[0].foreground, CELL_RGB | 0x010203);
    assert_int_equal(cells[0].background, CELL_RGB | 0xff00d7);
    assert_int_equal(cells[0].character, 'a');
    assert_int_equal(cells[0].marks[0], 0x301);
    assert_int_equal(cells[0].marks[1], 0x323);
    assert_int_equal(cells[1].foreground, 9);
    assert_int_equal(cells[2].foreground, -1);
    assert_int_equal(cells[2].background, -1);
    emulator_free(emulator);
}

static void a_mark_may_come_later_than_its_character(void **state) {
    g_autoptr(GString) answers = g_string_new(NULL);
    struct emulator *emulator = emulator_new(answer, answers);
    feed(emulator, "xe");
    feed(emulator, "\xcc");
    feed(emulator, "\x81y");
    feed(emulator, "\033[2;80He"); /* in the last column too */
    feed(emulator, "\xcc\x81z");
    const struct terminal_cell *cells = emulator_cells(emulator);
    assert_int_equal(cells[1].character, 'e');
    assert_int_equal(cells[1].marks[0], 0x301);
    assert_int_equal(cells[2].character, 'y');
    assert_int_equal(cells[80 + 79].character, 'e');
    assert_int_equal(cells[80 + 79].marks[0], 0x301);
    assert_int_equal(cells[160].character, 'z');
    emulator_free(emulator);
}

static void what_the_child_says_is_brought_within_bounds(void **state) {
    struct terminal_cell cell = {.character = 0x9b,
                                 .marks = {'x', 0x301},
                                 .foreground = 16,
                                 .background = 3 << 24,
                                 .columns = 9,
                                 .attributes = 0xff};
    cell_check(&cell);
    assert_int_equal(cell.character, '?');
    assert_int_equal(cell.marks[0], 0);
    assert_int_equal(cell.marks[1], 0x301);
    assert_int_equal(cell.foreground, -1);
    assert_int_equal(cell.background, -1);
    assert_int_equal(cell.columns, 1);
    assert_int_equal(cell.attributes, CELL_ALL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_back_as_they_were),
        cmocka_unit_test(empty_cells_at_the_end_are_left_out),
        cmocka_unit_test(the_oldest_go_by_number),
        cmocka_unit_test(the_oldest_go_by_bytes),
        cmocka_unit_test(ten_thousand_lines_stay_behind_the_screen),
        cmocka_unit_test(one_piece_of_many_lines_is_as_good_as_many),
        cmocka_unit_test(full_screen_programs_leave_nothing_behind),
        cmocka_unit_test(a_lower_screen_loses_its_empty_rows_first),
        cmocka_unit_test(text_is_found_both_ways_and_round_the_end),
        cmocka_unit_test(copied_text_is_that_of_the_lines),
        cmocka_unit_test(a_mark_disturbs_neither_look_nor_sequence),
        cmocka_unit_test(colours_and_marks_travel_by_value),
        cmocka_unit_test(a_mark_may_come_later_than_its_character),
        cmocka_unit_test(what_the_child_says_is_brought_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
