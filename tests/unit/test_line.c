/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/edit.h"

#include <string.h>

#include "core/base/text.h"
#include "tui/console/keys.h"
#include "tui/fuzzy.h"
#include "tui/wrap.h"

#include "tests/unit/unit.h"

static void type(struct edit *edit, enum input_code code, gunichar character) {
    const struct input input = {.code = code, .character = character};
    edit_key(edit, &input);
}

static void a_line_is_edited(void **state) {
    struct edit *edit = edit_new("größe");
    type(edit, INPUT_BACKSPACE, 0);
    type(edit, INPUT_LEFT, 0);
    type(edit, INPUT_CHARACTER, 'x');
    assert_string_equal(edit_text(edit), "gröxß");
    type(edit, INPUT_HOME, 0);
    type(edit, INPUT_DELETE, 0);
    assert_string_equal(edit_text(edit), "röxß");
    type(edit, INPUT_END, 0);
    type(edit, INPUT_CHARACTER, ' ');
    type(edit, INPUT_CHARACTER, 'y');
    type(edit, INPUT_CONTROL, 'w');
    assert_string_equal(edit_text(edit), "röxß ");
    type(edit, INPUT_CONTROL, 'u');
    assert_string_equal(edit_text(edit), "");
    for (guint i = 0; i < 3; i++) { /* at both ends */
        type(edit, INPUT_LEFT, 0);
        type(edit, INPUT_BACKSPACE, 0);
        type(edit, INPUT_DELETE, 0);
        type(edit, INPUT_RIGHT, 0);
    }
    edit_free(edit);
}

static void a_paste_gives_its_first_line_without_controls(void **state) {
    struct edit *edit = edit_new("");
    edit_paste(edit, "web\033[31m\tx\377y\302\233\342\200\256z\nrm -rf\n");
    assert_string_equal(edit_text(edit), "web[31mx\357\277\275yz");
    edit_free(edit);
}

static void text_is_wrapped_at_spaces(void **state) {
    g_autoptr(GPtrArray) lines = wrap_text("Delete web for good?\nIt runs.", 10, FALSE);
    static const char *const expected[] = {"Delete web", "for good?", "It runs."};
    assert_int_equal(lines->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < lines->len; i++)
        assert_string_equal(g_ptr_array_index(lines, i), expected[i]);
    g_autofree char *name = g_strnfill(500, 'x');
    g_autoptr(GPtrArray) broken = wrap_text(name, 76, FALSE);
    assert_int_equal(broken->len, 7);
    for (guint i = 0; i < broken->len; i++)
        assert_true(text_columns(g_ptr_array_index(broken, i)) <= 76);
    g_autoptr(GPtrArray) wide = wrap_text("日本語", 1, FALSE);
    assert_int_equal(wide->len, 3);
}

static void the_palette_finds_by_letters(void **state) {
    assert_true(fuzzy_score("sd", "shutdown") > 0);
    assert_int_equal(fuzzy_score("xq", "shutdown"), 0);
    assert_true(fuzzy_score("start", "start") > fuzzy_score("start", "restart"));
    assert_true(fuzzy_score("de", "delete") > fuzzy_score("de", "mode"));
    assert_true(fuzzy_score("cn", "clone-now") > fuzzy_score("cn", "console"));
    assert_true(fuzzy_score("", "anything") > 0);
}

static void expect_bytes(GByteArray *bytes, const char *expected) {
    g_autofree char *text = g_strndup((const char *)bytes->data, bytes->len);
    assert_string_equal(text, expected);
    g_byte_array_unref(bytes);
}

static void a_guest_gets_keys_in_its_own_mode(void **state) {
    const struct input up = {.code = INPUT_UP, .bytes = (const guint8 *)"\033OA", .length = 3};
    const struct input alt = {.code = INPUT_OTHER, .bytes = (const guint8 *)"\033x", .length = 2};
    const struct key_name prefix = {INPUT_CONTROL, ']'};
    expect_bytes(console_keys_bytes(&up, FALSE), "\033[A");
    expect_bytes(console_keys_bytes(&up, TRUE), "\033OA");
    expect_bytes(console_keys_bytes(&alt, FALSE), "\033x");
    expect_bytes(console_keys_paste("ls\r\nrm\n\033[A\t", FALSE), "ls\rrm\r[A\t");
    expect_bytes(console_keys_of_name(&prefix), "\035");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_edited),
        cmocka_unit_test(a_paste_gives_its_first_line_without_controls),
        cmocka_unit_test(text_is_wrapped_at_spaces),
        cmocka_unit_test(the_palette_finds_by_letters),
        cmocka_unit_test(a_guest_gets_keys_in_its_own_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
