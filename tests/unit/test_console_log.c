/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/console_log.h"

#include <string.h>

#include <glib/gstdio.h>

#include "config/error.h"
#include "tests/unit/unit.h"

static void expect_safe(const char *bytes, const char *expected) {
    g_autofree char *safe = console_log_safe(bytes, strlen(bytes));
    assert_string_equal(safe, expected);
}

static void escape_sequences_are_left_out_and_their_words_stay(void **state) {
    expect_safe("plain\r", "plain");
    expect_safe("[\033[0;32m  OK  \033[0m] Started", "[  OK  ] Started");
    expect_safe("\033]0;title\atext", "text");
    expect_safe("\033]52;c;eA==\033\\text", "text");
    expect_safe("\033P+q544e\033\\text", "text");
    expect_safe("\033(Btext\033c", "text");
    expect_safe("a\tb", "a       b");
}

static void what_does_not_end_hides_nothing(void **state) {
    expect_safe("\033]0;never ends", "0;never ends");
    expect_safe("text\033", "text");
    expect_safe("text\033[", "text");
    expect_safe("text\033[12", "text");
    expect_safe("text\033(", "text");
}

static void controls_are_inert(void **state) {
    g_autofree char *safe = console_log_safe("a\0b\bc\302\2332J\342\200\256d\377", 15);
    for (const char *at = safe; *at != '\0'; at = g_utf8_next_char(at))
        assert_true(g_unichar_isprint(g_utf8_get_char(at)));
    assert_true(g_utf8_validate(safe, -1, NULL));
}

/* ---- files ---- */

struct place {
    char *folder, *path, *name;
    struct guest_facts facts;
    struct guest guest;
};

static int make_place(void **state) {
    struct place *place = g_new0(struct place, 1);
    place->folder = g_dir_make_tmp("innkeep-XXXXXX", NULL);
    place->path = g_build_filename(place->folder, "log", NULL);
    place->facts.console_log = place->path;
    place->guest.facts = &place->facts;
    place->guest.name = place->name = g_strdup("we b");
    *state = place;
    return place->folder == NULL;
}

static int remove_place(void **state) {
    struct place *place = *state;
    static const char *const names[] = {"log", "log.0", "log.1", "log.2"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(place->folder, names[i], NULL);
        g_unlink(path);
    }
    g_rmdir(place->folder);
    g_free(place->folder);
    g_free(place->path);
    g_free(place->name);
    g_free(place);
    return 0;
}

static void write_file(const struct place *place, const char *name, const char *text) {
    g_autofree char *path = g_build_filename(place->folder, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void expect_lines(const struct place *place, guint most, const char *joined, gboolean more) {
    gboolean cut = -1;
    g_autoptr(GPtrArray) lines = console_log_lines(&place->guest, place->path, most, &cut, NULL);
    assert_non_null(lines);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(text, "%s|", (char *)g_ptr_array_index(lines, i));
    assert_string_equal(text->str, joined);
    assert_int_equal(cut, more);
}

static void the_last_lines_are_told(void **state) {
    write_file(*state, "log", "one\r\ntwo\r\nthree");
    expect_lines(*state, 10, "one|two|three|", FALSE);
    expect_lines(*state, 3, "one|two|three|", FALSE);
    expect_lines(*state, 2, "two|three|", TRUE);
    write_file(*state, "log", "");
    expect_lines(*state, 10, "", FALSE);
}

static void what_was_rolled_over_comes_first(void **state) {
    write_file(*state, "log", "four\n");
    write_file(*state, "log.1", "two\nthree\n");
    write_file(*state, "log.2", "one\n");
    expect_lines(*state, 10, "one|two|three|four|", FALSE);
    expect_lines(*state, 2, "three|four|", TRUE);
    write_file(*state, "log.0", "of virtlogd\n");
    expect_lines(*state, 10, "one|two|three|of virtlogd|four|", FALSE);
}

static void a_flood_is_read_at_its_end_alone(void **state) {
    g_autofree char *flood = g_strnfill(3 * 1024 * 1024, 'x');
    g_autofree char *text = g_strconcat(flood, "\nlast\n", NULL);
    write_file(*state, "log", text);
    expect_lines(*state, 1, "last|", TRUE);
}

static void expect_error(GError *error, int code, const char *words) {
    assert_non_null(error);
    assert_int_equal(error->code, code);
    assert_non_null(strstr(error->message, words));
    assert_non_null(error_hint(error));
    g_error_free(error);
}

static void what_cannot_be_told_says_why(void **state) {
    struct place *place = *state;
    GError *error = NULL;
    assert_null(console_log_lines(&place->guest, place->path, 1, NULL, &error));
    expect_error(g_steal_pointer(&error), INNKEEP_ERROR_CONFLICT, "has printed nothing yet");
    assert_null(console_log_path(&place->guest, "qemu+ssh://root@nas/system", &error));
    expect_error(g_steal_pointer(&error), INNKEEP_ERROR_REFUSED, "is a file of its host");
    assert_string_equal(console_log_path(&place->guest, "qemu:///system", &error), place->path);
    place->facts.console_log = NULL;
    assert_null(console_log_path(&place->guest, "qemu:///system", &error));
    expect_error(g_steal_pointer(&error), INNKEEP_ERROR_CONFLICT, "nothing keeps");
}

static void only_a_file_is_read(void **state) {
    struct place *place = *state;
    g_autoptr(GError) error = NULL;
    assert_null(console_log_lines(&place->guest, place->folder, 1, NULL, &error));
    assert_non_null(strstr(error->message, "is no file"));
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escape_sequences_are_left_out_and_their_words_stay),
        cmocka_unit_test(what_does_not_end_hides_nothing),
        cmocka_unit_test(controls_are_inert),
        IN_PLACE(the_last_lines_are_told),
        IN_PLACE(what_was_rolled_over_comes_first),
        IN_PLACE(a_flood_is_read_at_its_end_alone),
        IN_PLACE(what_cannot_be_told_says_why),
        IN_PLACE(only_a_file_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
