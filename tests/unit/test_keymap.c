/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/keymap.h"

#include <string.h>

#include "tests/unit/unit.h"

static const struct action *action_of(const struct keymap *keymap, const char *name) {
    struct key_name key;
    assert_true(key_name_parse(name, &key));
    const struct input input = {.code = key.code, .character = key.character};
    return keymap_action(keymap, &input);
}

static void every_default_key_reaches_its_action(void **state) {
    struct keymap *keymap = keymap_new(NULL);
    for (guint id = 0; id < ACTION_COUNT; id++) {
        if ((actions[id].flags & ACTION_TUI) == 0 || actions[id].keys == NULL)
            continue;
        g_auto(GStrv) keys = g_strsplit(actions[id].keys, " ", -1);
        for (char **key = keys; *key != NULL; key++)
            if (action_of(keymap, *key) != &actions[id])
                fail_msg("%s does not reach %s", *key, actions[id].name);
    }
    assert_null(keymap_problems(keymap)[0]);
    keymap_free(keymap);
}

static void a_person_chooses_keys(void **state) {
    struct settings *settings = settings_new();
    g_hash_table_insert(settings->keys, g_strdup("start"), g_strdup("F5 semicolon"));
    g_hash_table_insert(settings->keys, g_strdup("delete"), g_strdup("q"));
    g_hash_table_insert(settings->keys, g_strdup("clone"), g_strdup("nonsense"));
    struct keymap *keymap = keymap_new(settings);
    assert_ptr_equal(action_of(keymap, "F5"), &actions[ACTION_start]);
    assert_ptr_equal(action_of(keymap, "semicolon"), &actions[ACTION_start]);
    assert_null(action_of(keymap, "s"));
    assert_ptr_equal(action_of(keymap, "q"), &actions[ACTION_delete]);
    assert_string_equal(keymap_keys(keymap, ACTION_start), "F5 ;");
    assert_string_equal(keymap_keys(keymap, ACTION_back), "");
    assert_string_equal(keymap_problems(keymap)[0], "no key 'nonsense' for clone");
    keymap_free(keymap);
    settings_free(settings);
}

static void key_names_are_read_and_shown(void **state) {
    static const struct {
        const char *name, *shown;
    } cases[] = {{"a", "a"},        {"Space", "Space"}, {"semicolon", ";"}, {"comma", ","},
                 {"C-x", "Ctrl-X"}, {"C-]", "Ctrl-]"},  {"F1", "F1"},       {"F12", "F12"},
                 {"pgdn", "PgDn"},  {"é", "é"},         {"Enter", "Enter"}, {"\\", "\\"},
                 {"C-l", "Ctrl-L"}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct key_name key;
        assert_true(key_name_parse(cases[i].name, &key));
        g_autofree char *shown = key_name_text(&key);
        assert_string_equal(shown, cases[i].shown);
    }
    static const char *const wrong[] = {"",    "F0",  "F13",  "ab", "C-",      "C-ab",
                                        "C-i", "C-m", "\033", "\t", "\302\233"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct key_name key;
        assert_false(key_name_parse(wrong[i], &key));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_key_reaches_its_action),
        cmocka_unit_test(a_person_chooses_keys),
        cmocka_unit_test(key_names_are_read_and_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
