/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/settings.h"

#include <string.h>

#include "config/error.h"
#include "config/ini.h"
#include "config/paths.h"
#include "config/suggest.h"
#include "config/units.h"

struct option {
    const char *section, *key, *fallback, *choices, *help, *type;
    gsize offset;
    gboolean (*parse)(const struct option *option, const char *text, gpointer field, GError **error);
    void (*clear)(gpointer field);
};

/* ---- one parser and one destructor for each type ----------------------------------------------------------
 */

static gboolean parse_string(const struct option *option, const char *text, gpointer field, GError **error) {
    if (*text == '\0') {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "the value is empty");
        return FALSE;
    }
    *(char **)field = g_strdup(text);
    return TRUE;
}

static gboolean parse_boolean(const struct option *option, const char *text, gpointer field, GError **error) {
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1", NULL};
    for (int i = 0; words[i] != NULL; i++)
        if (g_ascii_strcasecmp(text, words[i]) == 0) {
            *(gboolean *)field = i % 2;
            return TRUE;
        }
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "'%s' is neither yes nor no", text);
    return FALSE;
}

#define INTERVAL_MIN_MS 500
#define INTERVAL_MAX_MS 60000

static gboolean parse_duration(const struct option *option, const char *text, gpointer field,
                               GError **error) {
    guint64 milliseconds = 0;
    if (!units_parse_duration(text, &milliseconds, error))
        return FALSE;
    if (milliseconds < INTERVAL_MIN_MS || milliseconds > INTERVAL_MAX_MS) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "'%s' is not between 500ms and 60s", text);
        return FALSE;
    }
    *(guint *)field = (guint)milliseconds;
    return TRUE;
}

static gboolean parse_list(const struct option *option, const char *text, gpointer field, GError **error) {
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    for (char **word = words; *word != NULL; word++)
        if (*g_strstrip(*word) == '\0') {
            error_set(error, INNKEEP_ERROR_USAGE, NULL, "the list has an empty word");
            return FALSE;
        }
    *(GStrv *)field = g_steal_pointer(&words);
    return TRUE;
}

static gboolean parse_choice(const struct option *option, const char *text, gpointer field, GError **error) {
    g_auto(GStrv) choices = g_strsplit(option->choices, "|", -1);
    if (g_strv_contains((const char *const *)choices, text)) {
        *(char **)field = g_strdup(text);
        return TRUE;
    }
    const char *near = suggest_nearest(text, (const char *const *)choices);
    g_autofree char *all = g_strjoinv(", ", choices);
    g_autofree char *hint = near == NULL ? NULL : g_strdup_printf("did you mean '%s'?", near);
    error_set(error, INNKEEP_ERROR_USAGE, hint, "'%s' is none of %s", text, all);
    return FALSE;
}

static void clear_string(gpointer field) {
    g_clear_pointer((char **)field, g_free);
}

static void clear_list(gpointer field) {
    g_clear_pointer((GStrv *)field, g_strfreev);
}

static void clear_boolean(gpointer field) {
    *(gboolean *)field = FALSE;
}

static void clear_duration(gpointer field) {
    *(guint *)field = 0;
}

#define clear_choice clear_string

static const struct option options[] = {
#define OPTION(section_, key_, field_, type_, fallback_, choices_, help_)                                    \
    {.section = section_,                                                                                    \
     .key = key_,                                                                                            \
     .fallback = fallback_,                                                                                  \
     .choices = choices_,                                                                                    \
     .help = help_,                                                                                          \
     .type = #type_,                                                                                         \
     .offset = G_STRUCT_OFFSET(struct settings, field_),                                                     \
     .parse = parse_##type_,                                                                                 \
     .clear = clear_##type_},
#include "config/options.def"
#undef OPTION
};

static gpointer field_of(struct settings *settings, const struct option *option) {
    return (char *)settings + option->offset;
}

/* ---- reading ---- */

struct reading {
    struct settings *settings;
    gboolean (*valid_key)(const char *name);
};

static gboolean read_section(const struct ini_place *place, gpointer data, GError **error) {
    const char *known[G_N_ELEMENTS(options) + 2] = {"keys"};
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        known[i + 1] = options[i].section;
    if (g_strv_contains(known, place->section))
        return TRUE;
    ini_error(error, place, suggest_nearest(place->section, known), "no such section");
    return FALSE;
}

/* What a file says of a key. */
struct given {
    char *value;
    guint line;
};

static void given_free(gpointer data) {
    struct given *given = data;
    g_free(given->value);
    g_free(given);
}

static char *given_name(const char *section, const char *key) {
    return g_strdup_printf("%s\n%s", section, key);
}

static void note_given(struct settings *settings, const struct ini_place *place, const char *value) {
    struct given *given = g_new(struct given, 1);
    *given = (struct given){g_strdup(value), place->line};
    g_hash_table_replace(settings->given, given_name(place->section, place->key), given);
}

static gboolean read_binding(const struct ini_place *place, const char *value, struct reading *reading,
                             GError **error) {
    if (reading->valid_key != NULL && !reading->valid_key(place->key)) {
        ini_error(error, place, NULL, "no action has this name");
        return FALSE;
    }
    g_hash_table_replace(reading->settings->keys, g_strdup(place->key), g_strdup(value));
    return TRUE;
}

static gboolean unknown_key(const struct ini_place *place, GError **error) {
    const char *known[G_N_ELEMENTS(options) + 1] = {NULL};
    gsize count = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        if (strcmp(options[i].section, place->section) == 0)
            known[count++] = options[i].key;
    ini_error(error, place, suggest_nearest(place->key, known), "no such key in this section");
    return FALSE;
}

static gboolean read_key(const struct ini_place *place, const char *value, gpointer data, GError **error) {
    struct reading *reading = data;
    note_given(reading->settings, place, value);
    if (strcmp(place->section, "keys") == 0)
        return read_binding(place, value, reading, error);
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
        const struct option *option = &options[i];
        if (strcmp(option->section, place->section) != 0 || strcmp(option->key, place->key) != 0)
            continue;
        GError *cause = NULL;
        gpointer field = field_of(reading->settings, option);
        option->clear(field);
        if (option->parse(option, value, field, &cause))
            return TRUE;
        ini_propagate(error, place, cause);
        return FALSE;
    }
    return unknown_key(place, error);
}

struct settings *settings_new(void) {
    struct settings *settings = g_new0(struct settings, 1);
    settings->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    settings->given = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, given_free);
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
        g_autoptr(GError) error = NULL;
        if (options[i].fallback != NULL &&
            !options[i].parse(&options[i], options[i].fallback, field_of(settings, &options[i]), &error))
            g_error("options.def: [%s] %s: %s", options[i].section, options[i].key, error->message);
    }
    return settings;
}

struct settings *settings_load(const char *path, gboolean (*valid_key)(const char *name), GError **error) {
    static const struct ini_calls calls = {read_section, read_key};
    g_autoptr(settings_t) settings = settings_new();
    struct reading reading = {settings, valid_key};
    settings->path = path != NULL ? g_strdup(path) : paths_find("innkeep.ini", TRUE);
    if (settings->path != NULL && !ini_read_file(settings->path, &calls, &reading, error))
        return NULL;
    return g_steal_pointer(&settings);
}

void settings_free(struct settings *settings) {
    if (settings == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        options[i].clear(field_of(settings, &options[i]));
    g_hash_table_unref(settings->keys);
    g_hash_table_unref(settings->given);
    g_free(settings->path);
    g_free(settings);
}

/* ---- each with where it comes from ---- */

static void visit(const struct settings *settings, const char *section, const char *key, const char *fallback,
                  void (*each)(const struct setting *setting, gpointer data), gpointer data) {
    g_autofree char *name = given_name(section, key);
    const struct given *given = g_hash_table_lookup(settings->given, name);
    struct setting setting = {.section = section, .key = key, .value = fallback};
    if (given != NULL) {
        setting.value = given->value;
        setting.line = given->line;
    }
    each(&setting, data);
}

void settings_visit(const struct settings *settings,
                    void (*each)(const struct setting *setting, gpointer data), gpointer data) {
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        visit(settings, options[i].section, options[i].key, options[i].fallback, each, data);
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(settings->keys), (GCompareFunc)strcmp);
    for (const GList *name = names; name != NULL; name = name->next)
        visit(settings, "keys", name->data, NULL, each, data);
}

/* ---- the annotated file ---- */

char *settings_annotated(void) {
    GString *text =
        g_string_new("; innkeep.ini: every setting, with its default. Sizes take K M G T, times ms s m"
                     " h d w,\n; lists are comma-separated; a ';' after white space begins a "
                     "comment.\n");
    const char *section = "";
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
        const struct option *option = &options[i];
        if (strcmp(section, option->section) != 0)
            g_string_append_printf(text, "\n[%s]\n", section = option->section);
        g_string_append_printf(text, "; %s", option->help);
        if (option->choices != NULL) {
            g_auto(GStrv) choices = g_strsplit(option->choices, "|", -1);
            g_autofree char *all = g_strjoinv(", ", choices);
            g_string_append_printf(text, ": %s", all);
        }
        g_string_append_printf(text, "\n;%s =%s%s\n", option->key, option->fallback == NULL ? "" : " ",
                               option->fallback == NULL ? "" : option->fallback);
    }
    g_string_append(text, "\n[keys]\n; the keys of an action, by its name: semicolon, comma, space, C-x, F5\n"
                          ";start = s\n");
    return g_string_free(text, FALSE);
}
