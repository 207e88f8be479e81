/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/keyboard.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "config/error.h"
#include "tests/unit/unit.h"

static void expect(const struct key_press *press, const guint16 *codes) {
    guint count = 0;
    for (; codes[count] != 0; count++)
        assert_int_equal(press->codes[count], codes[count]);
    assert_int_equal(press->count, count);
}

static void every_character_of_the_layout_has_its_key(void **state) {
    struct key_press press;
    for (gunichar character = ' '; character < 0x7f; character++)
        assert_true(keyboard_character(character, &press));
    assert_true(keyboard_character('a', &press));
    expect(&press, (const guint16[]){KEY_A, 0});
    assert_true(keyboard_character('Z', &press));
    expect(&press, (const guint16[]){KEY_LEFTSHIFT, KEY_Z, 0});
    assert_true(keyboard_character('?', &press));
    expect(&press, (const guint16[]){KEY_LEFTSHIFT, KEY_SLASH, 0});
    assert_false(keyboard_character(0xe9, &press));
    assert_false(keyboard_character(1, &press));
}

static void keys_are_named_as_in_the_console(void **state) {
    static const struct {
        const char *name;
        guint16 codes[6];
    } cases[] = {
        {"Enter", {KEY_ENTER}},
        {"pgup", {KEY_PAGEUP}},
        {"F12", {KEY_F12}},
        {"Ctrl-Alt-Del", {KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE}},
        {"C-c", {KEY_LEFTCTRL, KEY_C}},
        {"Ctrl-C", {KEY_LEFTCTRL, KEY_C}},
        {"Ctrl-]", {KEY_LEFTCTRL, KEY_RIGHTBRACE}},
        {"Ctrl-Alt-F2", {KEY_LEFTCTRL, KEY_LEFTALT, KEY_F2}},
        {"Alt-SysRq", {KEY_LEFTALT, KEY_SYSRQ}},
        {"Shift-Tab", {KEY_LEFTSHIFT, KEY_TAB}},
        {"Backtab", {KEY_LEFTSHIFT, KEY_TAB}},
        {"Ctrl--", {KEY_LEFTCTRL, KEY_MINUS}},
        {"Ctrl-_", {KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_MINUS}},
        {"C", {KEY_LEFTSHIFT, KEY_C}},
        {"Super", {KEY_LEFTMETA}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct key_press press;
        assert_true(keyboard_name(cases[i].name, &press));
        expect(&press, cases[i].codes);
    }
    static const char *const wrong[] = {
        "", "F13", "Entre", "Ctrl-", "C-", "Ctrl-Ctrl-Ctrl-Ctrl-Ctrl-Ctrl-a", "\303\251", "\377", "ab"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct key_press press = {.count = 77};
        assert_false(keyboard_name(wrong[i], &press));
        assert_int_equal(press.count, 77);
    }
}

static void a_text_is_its_keys(void **state) {
    GError *error = NULL;
    g_autoptr(GArray) presses = keyboard_parse("a\\n<F2>\\<\\\\<Ctrl-Alt-Del>\n<>>", &error);
    static const guint16 codes[][4] = {{KEY_A},         {KEY_ENTER},
                                       {KEY_F2},        {KEY_LEFTSHIFT, KEY_COMMA},
                                       {KEY_BACKSLASH}, {KEY_LEFTCTRL, KEY_LEFTALT, KEY_DELETE},
                                       {KEY_ENTER},     {KEY_LEFTSHIFT, KEY_DOT}};
    assert_null(error);
    assert_int_equal(presses->len, G_N_ELEMENTS(codes));
    for (guint i = 0; i < presses->len; i++)
        expect(&g_array_index(presses, struct key_press, i), codes[i]);
}

static void what_is_no_key_is_named_with_what_is_meant(void **state) {
    static const struct {
        const char *text, *message, *hint;
    } cases[] = {
        {"<Entre>", "there is no key '<Entre>'", "did you mean '<Enter>'? \\< is the character itself"},
        {"a<F2", "'<F2' begins with the name of a key that does not end", "\\< is the character itself"},
        {"\303\251", "the US keyboard has no key for '\303\251'", NULL},
        {"\\x", "'\\x' means nothing", "\\n \\t \\e \\\\ \\< are there"},
        {"\\", "'\\' means nothing", "\\n \\t \\e \\\\ \\< are there"},
        {"\377", "the keys are not UTF-8", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(keyboard_parse(cases[i].text, &error));
        assert_int_equal(error->code, INNKEEP_ERROR_USAGE);
        assert_string_equal(error->message, cases[i].message);
        assert_int_equal(g_strcmp0(error_hint(error), cases[i].hint), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_of_the_layout_has_its_key),
        cmocka_unit_test(keys_are_named_as_in_the_console),
        cmocka_unit_test(a_text_is_its_keys),
        cmocka_unit_test(what_is_no_key_is_named_with_what_is_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
