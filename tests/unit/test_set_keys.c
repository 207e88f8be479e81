/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/set_keys.h"

#include <string.h>

#include "config/error.h"
#include "tests/unit/unit.h"

static void every_key_has_a_name_of_its_own_and_is_explained(void **state) {
    for (guint i = 0; i < SET_KEY_COUNT; i++) {
        assert_true(*set_keys[i].help != '\0' && *set_keys[i].metavar != '\0');
        for (guint j = 0; j < i; j++)
            assert_string_not_equal(set_keys[i].name, set_keys[j].name);
    }
}

static void words_are_taken(void **state) {
    g_autoptr(set_wish_t) wish = set_wish_new();
    assert_true(set_take(wish, "ssh-key=/a=b", NULL));
    assert_true(set_take(wish, "ssh-key=c", NULL));
    assert_true(set_take(wish, "user=ada", NULL));
    assert_int_equal(wish->ssh_keys->len, 2);
    assert_string_equal(g_ptr_array_index(wish->ssh_keys, 0), "/a=b");
    assert_string_equal(wish->user, "ada");
    assert_false(wish->wants_password);
    assert_true(set_check(wish, NULL));
    assert_true(set_take(wish, "password=-", NULL));
    assert_true(wish->wants_password);
}

static void a_word_that_is_no_key_says_what_there_is(void **state) {
    static const char *const words[] = {"sshkey=x",  "ssh-key",         "ssh-key=", "=x",
                                        "",          "password=secret", "user=a:b", "user=a\nb",
                                        "user=\xff", "vcpus=2",         NULL};
    for (gsize i = 0; words[i] != NULL; i++) {
        g_autoptr(set_wish_t) wish = set_wish_new();
        g_autoptr(GError) error = NULL;
        assert_false(set_take(wish, words[i], &error));
        assert_int_equal(error->code, INNKEEP_ERROR_USAGE);
        assert_null(strstr(error->message, "secret"));
        assert_false(set_check(wish, NULL));
    }
    g_autoptr(set_wish_t) wish = set_wish_new();
    g_autoptr(GError) error = NULL;
    assert_false(set_take(wish, "sshkey=x", &error));
    assert_non_null(strstr(error_hint(error), "'ssh-key'"));
}

static void a_password_is_text(void **state) {
    g_autofree char *most = g_strnfill(1024, 'x'), *more = g_strnfill(1025, 'x');
    assert_true(set_check_password("a b \xc3\xa4:", NULL));
    assert_true(set_check_password(most, NULL));
    const char *const wrong[] = {"", "a\nb", "\x1b", "\xff", more};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_false(set_check_password(wrong[i], NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_has_a_name_of_its_own_and_is_explained),
        cmocka_unit_test(words_are_taken),
        cmocka_unit_test(a_word_that_is_no_key_says_what_there_is),
        cmocka_unit_test(a_password_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
