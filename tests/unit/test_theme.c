/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/theme.h"

#include <string.h>

#include "config/error.h"
#include "tui/palette256.h"

#include "tests/unit/unit.h"

static void every_shipped_theme_loads(void **state) {
    g_auto(GStrv) names = theme_names();
    assert_true(g_strv_contains((const char *const *)names, "default"));
    assert_true(g_strv_contains((const char *const *)names, "mono"));
    for (char **name = names; *name != NULL; name++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(theme_t) theme = theme_load(*name, &error);
        if (theme == NULL)
            fail_msg("%s", error->message);
    }
}

static void mono_has_no_colours(void **state) {
    g_autoptr(theme_t) theme = theme_load("mono", NULL);
    for (guint i = 0; i < STYLE_COUNT; i++) {
        assert_int_equal(theme->looks[i].foreground, COLOUR_DEFAULT);
        assert_int_equal(theme->looks[i].background, COLOUR_DEFAULT);
    }
}

static void looks_are_read(void **state) {
    struct look look;
    assert_true(theme_parse_look("white on blue bold", &look, NULL));
    assert_int_equal(look.foreground, 7);
    assert_int_equal(look.background, 4);
    assert_int_equal(look.flags, LOOK_BOLD);
    assert_true(theme_parse_look("on 208 underline dim", &look, NULL));
    assert_int_equal(look.foreground, COLOUR_DEFAULT);
    assert_int_equal(look.background, 208);
    g_autofree char *offending = NULL;
    assert_false(theme_parse_look("white on bluw", &look, &offending));
    assert_string_equal(offending, "bluw");
    assert_false(theme_parse_look("256", &look, NULL));
}

static void a_theme_that_is_not_there_says_which_are(void **state) {
    g_autoptr(GError) error = NULL;
    assert_null(theme_load("mon", &error));
    assert_int_equal(error->code, INNKEEP_ERROR_NOT_FOUND);
    assert_non_null(strstr(error_hint(error), "mono"));
    g_clear_error(&error);
    assert_null(theme_load("../themes/mono", &error));
    assert_int_equal(error->code, INNKEEP_ERROR_NOT_FOUND);
}

static void colours_fall_to_the_nearest_there_is(void **state) {
    assert_int_equal(palette256_nearest(-1, 8), -1);
    assert_int_equal(palette256_nearest(196, 16), 9);
    assert_int_equal(palette256_nearest(16, 8), 0);
    assert_int_equal(palette256_nearest(231, 8), 7);
    for (int colour = 0; colour < 256; colour++)
        assert_in_range(palette256_nearest(colour, 8), 0, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shipped_theme_loads),
        cmocka_unit_test(mono_has_no_colours),
        cmocka_unit_test(looks_are_read),
        cmocka_unit_test(a_theme_that_is_not_there_says_which_are),
        cmocka_unit_test(colours_fall_to_the_nearest_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
