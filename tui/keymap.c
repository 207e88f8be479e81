/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/keymap.h"

#include <string.h>

struct binding {
    struct key_name key;
    enum action_id id;
    gboolean chosen; /* by the person */
};

struct keymap {
    GArray *bindings;
    char *keys[ACTION_COUNT], *first[ACTION_COUNT];
    GPtrArray *problems;
};

static const struct binding *bound(const struct keymap *keymap, enum input_code code, gunichar character) {
    const struct binding *found = NULL;
    for (guint i = 0; i < keymap->bindings->len; i++) {
        const struct binding *binding = &g_array_index(keymap->bindings, struct binding, i);
        if (binding->key.code == code && binding->key.character == character &&
            (found == NULL || (binding->chosen && !found->chosen)))
            found = binding;
    }
    return found;
}

static void bind(struct keymap *keymap, enum action_id id, const char *keys, gboolean chosen) {
    g_auto(GStrv) words = g_strsplit_set(keys, " \t", -1);
    for (char **word = words; *word != NULL; word++) {
        struct binding binding = {.id = id, .chosen = chosen};
        if (**word == '\0')
            continue;
        if (key_name_parse(*word, &binding.key))
            g_array_append_val(keymap->bindings, binding);
        else
            g_ptr_array_insert(keymap->problems, (int)keymap->problems->len - 1,
                               g_strdup_printf("no key '%s' for %s", *word, actions[id].name));
    }
}

/* The text of the keys that really reach each action. */
static void name_keys(struct keymap *keymap) {
    for (guint id = 0; id < ACTION_COUNT; id++) {
        GString *all = g_string_new(NULL);
        for (guint i = 0; i < keymap->bindings->len; i++) {
            const struct binding *binding = &g_array_index(keymap->bindings, struct binding, i);
            if (binding->id != id || bound(keymap, binding->key.code, binding->key.character)->id != id)
                continue;
            g_autofree char *text = key_name_text(&binding->key);
            if (keymap->first[id] == NULL)
                keymap->first[id] = g_strdup(text);
            g_string_append_printf(all, "%s%s", all->len > 0 ? " " : "", text);
        }
        keymap->keys[id] = g_string_free(all, FALSE);
    }
}

/* One key for two actions of a person's own: the first has it, and that is said. */
static void find_doubles(struct keymap *keymap) {
    for (guint i = 0; i < keymap->bindings->len; i++) {
        const struct binding *binding = &g_array_index(keymap->bindings, struct binding, i);
        const struct binding *winner = bound(keymap, binding->key.code, binding->key.character);
        if (!binding->chosen || !winner->chosen || winner->id == binding->id)
            continue;
        g_autofree char *key = key_name_text(&binding->key);
        g_ptr_array_insert(keymap->problems, (int)keymap->problems->len - 1,
                           g_strdup_printf("%s is the key of %s already, and not of %s", key,
                                           actions[winner->id].name, actions[binding->id].name));
    }
}

struct keymap *keymap_new(const struct settings *settings) {
    struct keymap *keymap = g_new0(struct keymap, 1);
    keymap->bindings = g_array_new(FALSE, TRUE, sizeof(struct binding));
    keymap->problems = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(keymap->problems, NULL);
    for (guint id = 0; id < ACTION_COUNT; id++) {
        const char *chosen = settings == NULL || settings->keys == NULL
                                 ? NULL
                                 : g_hash_table_lookup(settings->keys, actions[id].name);
        if ((actions[id].flags & ACTION_TUI) == 0)
            continue;
        if (chosen != NULL)
            bind(keymap, (enum action_id)id, chosen, TRUE);
        else if (actions[id].keys != NULL)
            bind(keymap, (enum action_id)id, actions[id].keys, FALSE);
    }
    name_keys(keymap);
    find_doubles(keymap);
    return keymap;
}

void keymap_free(struct keymap *keymap) {
    if (keymap == NULL)
        return;
    for (guint id = 0; id < ACTION_COUNT; id++) {
        g_free(keymap->keys[id]);
        g_free(keymap->first[id]);
    }
    g_array_unref(keymap->bindings);
    g_ptr_array_unref(keymap->problems);
    g_free(keymap);
}

const struct action *keymap_action(const struct keymap *keymap, const struct input *input) {
    const struct binding *binding = bound(keymap, input->code, input->character);
    return binding == NULL ? NULL : &actions[binding->id];
}

const char *keymap_keys(const struct keymap *keymap, enum action_id id) {
    return keymap->keys[id];
}

const char *keymap_key(const struct keymap *keymap, enum action_id id) {
    return keymap->first[id] == NULL ? "" : keymap->first[id];
}

const char *const *keymap_problems(const struct keymap *keymap) {
    return (const char *const *)keymap->problems->pdata;
}
