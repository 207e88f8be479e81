/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/suggest.h"

#include <glib.h>

#include "tests/unit/unit.h"

static const char *const words[] = {"start", "shutdown", "list", "storage-pool", "ls", NULL};

static void the_nearest_word_is_found(void **state) {
    assert_string_equal(suggest_nearest("strat", words), "start");
    assert_string_equal(suggest_nearest("SHUTDWON", words), "shutdown");
    assert_string_equal(suggest_nearest("lst", words), "list");
    assert_string_equal(suggest_nearest("storagepool", words), "storage-pool");
}

static void nothing_near_is_nothing(void **state) {
    g_autofree char *endless = g_strnfill(5000, 'x');
    assert_null(suggest_nearest("frobnicate", words));
    assert_null(suggest_nearest("", words));
    assert_null(suggest_nearest(NULL, words));
    assert_null(suggest_nearest(endless, words));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_word_is_found),
        cmocka_unit_test(nothing_near_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
