/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/ini.h"

#include <string.h>

#include "config/error.h"
#include "tests/unit/unit.h"

static gboolean note(const struct ini_place *place, const char *value, gpointer data, GError **error) {
    g_string_append_printf(data, "%u %s.%s=%s|", place->line, place->section, place->key, value);
    return TRUE;
}

static gboolean read_into(const char *text, gsize length, GString *seen, GError **error) {
    static const struct ini_calls calls = {NULL, note};
    return ini_read_text(text, length, "f.ini", &calls, seen, error);
}

static void expect(const char *text, const char *wanted) {
    g_autoptr(GError) error = NULL;
    GString *seen = g_string_new(NULL);
    assert_true(read_into(text, strlen(text), seen, &error));
    assert_string_equal(seen->str, wanted);
    g_string_free(seen, TRUE);
}

static void refuse_bytes(const char *text, gsize length, const char *message) {
    g_autoptr(GError) error = NULL;
    GString *seen = g_string_new(NULL);
    assert_false(read_into(text, length, seen, &error));
    assert_string_equal(error->message, message);
    assert_int_equal(error->code, INNKEEP_ERROR_USAGE);
    g_string_free(seen, TRUE);
}

static void refuse(const char *text, const char *message) {
    refuse_bytes(text, strlen(text), message);
}

static void keys_come_with_their_line(void **state) {
    expect("", "");
    expect("; c\n\n[a]\nk = v\n[b]\nk=w", "4 a.k=v|6 b.k=w|");
    expect("\357\273\277[a]\r\nk = v\r\n", "2 a.k=v|");
}

static void an_indented_line_is_no_continuation(void **state) {
    expect("[a]\n  one = 1\n\ttwo = 2\n", "2 a.one=1|3 a.two=2|");
}

static void a_comment_needs_white_space_before_it(void **state) {
    expect("[a] ; head\nk = a;b ; c\nm = x=y\n", "2 a.k=a;b|3 a.m=x=y|");
    refuse("[a]\nk =;b\n", "f.ini:2: [a] k: a value cannot begin with ';'");
}

static void what_inih_would_cut_is_refused(void **state) {
    g_autofree char *value = g_strnfill(300, 'v');
    g_autofree char *line = g_strdup_printf("[a]\nk = %s\n", value);
    refuse(line, "f.ini:2: [a] the line is longer than 197 bytes");
    g_autofree char *name = g_strnfill(50, 'n');
    g_autofree char *section = g_strdup_printf("[%s]\n", name);
    g_autofree char *message =
        g_strdup_printf("f.ini:1: [%s] the section's name is longer than 49 bytes", name);
    refuse(section, message);
    g_autofree char *key = g_strdup_printf("[a]\n%s = 1\n", name);
    g_autoptr(GError) error = NULL;
    GString *seen = g_string_new(NULL);
    assert_false(read_into(key, strlen(key), seen, &error));
    assert_non_null(strstr(error->message, "a key's name has 1 to 48 bytes"));
    g_string_free(seen, TRUE);
}

static void duplicates_and_nonsense_are_refused(void **state) {
    refuse("[a]\nk = 1\nk = 2\n", "f.ini:3: [a] k: the key stands twice in the section");
    refuse("[a]\n[b]\n[a]\n", "f.ini:3: [a] the section stands twice in the file");
    refuse("k = 1\n", "f.ini:1: 'k' stands before the first [section]");
    refuse("[a]\nnonsense\n", "f.ini:2: neither [section] nor key = value");
    refuse("[a\nk = 1\n", "f.ini:1: a section is written [name]");
    refuse("[a] b\n", "f.ini:1: a section is written [name]");
    refuse("[a]\n= 1\n", "f.ini:2: [a] : a key's name has 1 to 48 bytes");
    refuse("[a]\nk = \033[31m\n", "f.ini:2: [a] a control character");
    refuse_bytes("[a]\nk = \0x\n", 11, "f.ini: not UTF-8 text, or it contains a zero byte");
    refuse("[a]\nk = \377\n", "f.ini: not UTF-8 text, or it contains a zero byte");
}

static void a_missing_file_is_not_found(void **state) {
    static const struct ini_calls calls = {NULL, note};
    g_autoptr(GError) error = NULL;
    assert_false(ini_read_file("/nonexistent/f.ini", &calls, NULL, &error));
    assert_int_equal(error->code, INNKEEP_ERROR_NOT_FOUND);
    g_clear_error(&error);
    assert_false(ini_read_file("/dev/zero", &calls, NULL, &error));
    assert_int_equal(error->code, INNKEEP_ERROR_USAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_with_their_line),
        cmocka_unit_test(an_indented_line_is_no_continuation),
        cmocka_unit_test(a_comment_needs_white_space_before_it),
        cmocka_unit_test(what_inih_would_cut_is_refused),
        cmocka_unit_test(duplicates_and_nonsense_are_refused),
        cmocka_unit_test(a_missing_file_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
