/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/settings.h"

#include <string.h>

#include <glib/gstdio.h>

#include "config/error.h"
#include "tests/unit/unit.h"

static char *file;

static struct settings *load(const char *text, GError **error) {
    assert_true(g_file_set_contents(file, text, -1, NULL));
    return settings_load(file, NULL, error);
}

static void refuse(const char *text, const char *message, const char *hint) {
    g_autoptr(GError) error = NULL;
    assert_null(load(text, &error));
    assert_int_equal(error->code, INNKEEP_ERROR_USAGE);
    assert_true(g_str_has_prefix(error->message, file));
    assert_string_equal(error->message + strlen(file), message);
    if (hint == NULL)
        assert_null(error_hint(error));
    else
        assert_string_equal(error_hint(error), hint);
}

static void defaults_come_from_the_table(void **state) {
    g_autoptr(settings_t) settings = settings_new();
    assert_null(settings->host_uri);
    assert_false(settings->host_read_only);
    assert_int_equal(settings->ui_interval, 2000);
    assert_string_equal(settings->ui_confirm, "disruptive");
    assert_null(settings->ui_columns);
}

static void a_file_overrides_defaults(void **state) {
    g_autoptr(settings_t) settings =
        load("[host]\nread-only = yes\nuri = test:///default\n[ui]\ninterval = 500ms\ncolumns = name, state\n"
             "confirm = never\n[keys]\nstart = s, F5\n",
             NULL);
    assert_non_null(settings);
    assert_true(settings->host_read_only);
    assert_string_equal(settings->host_uri, "test:///default");
    assert_int_equal(settings->ui_interval, 500);
    assert_string_equal(settings->ui_columns[1], "state");
    assert_string_equal(settings->ui_confirm, "never");
    assert_string_equal(g_hash_table_lookup(settings->keys, "start"), "s, F5");
    assert_string_equal(settings->path, file);
}

static void mistakes_name_place_and_neighbour(void **state) {
    refuse("[hots]\n", ":1: [hots] no such section", "did you mean 'host'?");
    refuse("[ui]\n\nintervall = 2s\n", ":3: [ui] intervall: no such key in this section",
           "did you mean 'interval'?");
    refuse("[ui]\nzzz = 2s\n", ":2: [ui] zzz: no such key in this section", NULL);
    refuse("[ui]\nconfirm = disruptiv\n",
           ":2: [ui] confirm: 'disruptiv' is none of disruptive, destructive, never",
           "did you mean 'disruptive'?");
    refuse("[ui]\ninterval = 1ms\n", ":2: [ui] interval: '1ms' is not between 500ms and 60s", NULL);
    refuse("[ui]\nmouse = maybe\n", ":2: [ui] mouse: 'maybe' is neither yes nor no", NULL);
    refuse("[ui]\ncolumns = name,,cpu\n", ":2: [ui] columns: the list has an empty word", NULL);
    refuse("[host]\nuri =\n", ":2: [host] uri: the value is empty", NULL);
}

static gboolean only_start(const char *name) {
    return strcmp(name, "start") == 0;
}

static void keys_name_actions(void **state) {
    g_autoptr(GError) error = NULL;
    assert_true(g_file_set_contents(file, "[keys]\nstrat = s\n", -1, NULL));
    assert_null(settings_load(file, only_start, &error));
    assert_non_null(strstr(error->message, ":2: [keys] strat: no action has this name"));
}

static void the_shipped_file_agrees_with_the_table(void **state) {
    g_autofree char *shipped =
        g_build_filename(g_getenv("INNKEEP_SOURCE_ROOT"), "config/defaults/innkeep.ini", NULL);
    g_autofree char *text = NULL;
    g_autofree char *wanted = settings_annotated();
    assert_true(g_file_get_contents(shipped, &text, NULL, NULL));
    assert_string_equal(text, wanted);
    g_autoptr(settings_t) settings = settings_load(shipped, NULL, NULL);
    assert_non_null(settings);
}

static int make_file(void **state) {
    int descriptor = g_file_open_tmp("innkeep-XXXXXX.ini", &file, NULL);
    return descriptor < 0 || !g_close(descriptor, NULL);
}

static int remove_file(void **state) {
    g_unlink(file);
    g_free(file);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),           cmocka_unit_test(a_file_overrides_defaults),
        cmocka_unit_test(mistakes_name_place_and_neighbour),      cmocka_unit_test(keys_name_actions),
        cmocka_unit_test(the_shipped_file_agrees_with_the_table),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
