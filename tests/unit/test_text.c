/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/text.h"

#include "tests/unit/unit.h"

static void expect(const char *raw, int columns, gboolean ascii, const char *safe) {
    g_autofree char *text = text_safe(raw, columns, ascii);
    assert_string_equal(text, safe);
}

static void hostile_names_are_shown_inert(void **state) {
    (void)state;
    expect("a\033[31mb", -1, FALSE, "a?[31mb");
    expect("tab\tnl\ndel\177", -1, FALSE, "tab?nl?del?");
    expect("c1\302\233x", -1, FALSE, "c1?x");
    expect("bidi\342\200\256x", -1, FALSE, "bidi?x");
    expect("bad\377\300x", -1, FALSE, "bad??x");
    expect("line\342\200\250sep", -1, FALSE, "line?sep");
    expect("e\314\201\314\201\314\201\314\201", -1, FALSE, "e\314\201\314\201");
    expect("\314\201x", -1, FALSE, "x");
    expect("a\341\205\240\341\205\240\341\205\240", -1, FALSE, "a\341\205\240\341\205\240");
    expect(NULL, -1, FALSE, "");
    expect("größe", -1, TRUE, "gr??e");
}

static void text_is_cut_at_columns_not_bytes(void **state) {
    (void)state;
    expect("abcdef", 6, FALSE, "abcdef");
    expect("abcdefg", 6, FALSE, "abcde…");
    expect("abcdefg", 6, TRUE, "abcde~");
    expect("日本語", 6, FALSE, "日本語");
    expect("日本語", 5, FALSE, "日本…");
    expect("日本語", 4, FALSE, "日…");
    expect("abc", 0, FALSE, "");
    expect("a\343\200\256\343\200\256", 4, FALSE, "a\343\200\256…");
}

static void long_names_are_bounded(void **state) {
    (void)state;
    g_autofree char *name = g_strnfill(5000, 'x');
    g_autofree char *safe = text_safe(name, -1, FALSE);
    assert_int_equal(text_columns(safe), 200);
}

static void fitted_text_has_the_width_asked_for(void **state) {
    (void)state;
    g_autofree char *left = text_fit("日本", 6, FALSE, FALSE);
    assert_string_equal(left, "日本  ");
    g_autofree char *right = text_fit("12.4", 6, TRUE, FALSE);
    assert_string_equal(right, "  12.4");
    g_autofree char *cut = text_fit("日本語", 4, FALSE, FALSE);
    assert_int_equal(text_columns(cut), 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_names_are_shown_inert),
        cmocka_unit_test(text_is_cut_at_columns_not_bytes),
        cmocka_unit_test(long_names_are_bounded),
        cmocka_unit_test(fitted_text_has_the_width_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
