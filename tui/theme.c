/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/theme.h"

#include <string.h>

#include "config/error.h"
#include "config/ini.h"
#include "config/paths.h"
#include "config/suggest.h"

#define SUFFIX ".ini"

static const struct {
    const char *key, *fallback;
} styles[STYLE_COUNT] = {
#define X(id, key_, fallback_) [STYLE_##id] = {key_, fallback_},
    STYLES(X)
#undef X
};

static const char *const colour_words[] = {
    "black",        "red",
    "green",        "yellow",
    "blue",         "magenta",
    "cyan",         "white",
    "bright-black", "bright-red",
    "bright-green", "bright-yellow",
    "bright-blue",  "bright-magenta",
    "bright-cyan",  "bright-white",
    NULL,
};

static const struct {
    const char *word;
    guint flag;
} flag_words[] = {
    {"bold", LOOK_BOLD}, {"dim", LOOK_DIM}, {"underline", LOOK_UNDERLINE}, {"reverse", LOOK_REVERSE}};

static gboolean parse_colour(const char *word, int *colour) {
    guint64 number;
    if (strcmp(word, "default") == 0) {
        *colour = COLOUR_DEFAULT;
        return TRUE;
    }
    for (guint i = 0; colour_words[i] != NULL; i++)
        if (strcmp(word, colour_words[i]) == 0) {
            *colour = (int)i;
            return TRUE;
        }
    if (!g_ascii_string_to_unsigned(word, 10, 0, 255, &number, NULL))
        return FALSE;
    *colour = (int)number;
    return TRUE;
}

static gboolean parse_flag(const char *word, guint *flags) {
    for (gsize i = 0; i < G_N_ELEMENTS(flag_words); i++)
        if (strcmp(word, flag_words[i].word) == 0) {
            *flags |= flag_words[i].flag;
            return TRUE;
        }
    return FALSE;
}

gboolean theme_parse_look(const char *words, struct look *look, char **offending) {
    g_auto(GStrv) split = g_strsplit_set(words, " \t", -1);
    struct look parsed = {COLOUR_DEFAULT, COLOUR_DEFAULT, 0};
    gboolean background = FALSE;
    for (char **word = split; *word != NULL; word++) {
        if (**word == '\0')
            continue;
        if (strcmp(*word, "on") == 0 && !background)
            background = TRUE;
        else if (!parse_flag(*word, &parsed.flags) &&
                 !parse_colour(*word, background ? &parsed.background : &parsed.foreground)) {
            if (offending != NULL)
                *offending = g_strdup(*word);
            return FALSE;
        }
    }
    *look = parsed;
    return TRUE;
}

struct theme *theme_plain(void) {
    struct theme *theme = g_new0(struct theme, 1);
    theme->name = g_strdup("plain");
    for (guint i = 0; i < STYLE_COUNT; i++)
        theme_parse_look(styles[i].fallback, &theme->looks[i], NULL);
    return theme;
}

static void unknown_key(const struct ini_place *place, GError **error) {
    const char *keys[STYLE_COUNT + 1] = {NULL};
    for (guint i = 0; i < STYLE_COUNT; i++)
        keys[i] = styles[i].key;
    ini_error(error, place, suggest_nearest(place->key, keys), "no such part of the screen");
}

static gboolean take_section(const struct ini_place *place, gpointer data, GError **error) {
    if (strcmp(place->section, "theme") == 0 || strcmp(place->section, "looks") == 0)
        return TRUE;
    ini_error(error, place, "looks", "no such section in a theme");
    return FALSE;
}

static gboolean take_key(const struct ini_place *place, const char *value, gpointer data, GError **error) {
    struct theme *theme = data;
    g_autofree char *offending = NULL;
    if (strcmp(place->section, "theme") == 0) {
        if (strcmp(place->key, "name") == 0 || strcmp(place->key, "description") == 0)
            return TRUE;
        ini_error(error, place, "description", "no such key in a theme");
        return FALSE;
    }
    for (guint i = 0; i < STYLE_COUNT; i++) {
        if (strcmp(place->key, styles[i].key) != 0)
            continue;
        if (theme_parse_look(value, &theme->looks[i], &offending))
            return TRUE;
        ini_error(error, place, suggest_nearest(offending, colour_words), "no colour or attribute '%s'",
                  offending);
        return FALSE;
    }
    unknown_key(place, error);
    return FALSE;
}

static gboolean name_valid(const char *name) {
    return *name != '\0' && *name != '.' && strchr(name, '/') == NULL;
}

gboolean theme_read(struct theme *theme, const char *path, GError **error) {
    static const struct ini_calls calls = {take_section, take_key};
    return ini_read_file(path, &calls, theme, error);
}

/* What a look does not name, or calls default, is as in normal. */
static void inherit(struct theme *theme) {
    const struct look *normal = &theme->looks[STYLE_NORMAL];
    for (guint i = 0; i < STYLE_COUNT; i++) {
        struct look *look = &theme->looks[i];
        if (look->foreground == COLOUR_DEFAULT)
            look->foreground = normal->foreground;
        if (look->background == COLOUR_DEFAULT)
            look->background = normal->background;
    }
}

struct theme *theme_load(const char *name, GError **error) {
    g_autofree char *file = g_strconcat("themes/", name, SUFFIX, NULL);
    g_autofree char *path = name_valid(name) ? paths_find(file, TRUE) : NULL;
    g_autoptr(theme_t) theme = theme_plain();
    if (path == NULL) {
        g_auto(GStrv) names = theme_names();
        const char *near = suggest_nearest(name, (const char *const *)names);
        g_autofree char *all = g_strjoinv(", ", names);
        g_autofree char *hint =
            near == NULL ? g_strdup_printf("there are %s", all) : g_strdup_printf("did you mean '%s'?", near);
        error_set(error, INNKEEP_ERROR_NOT_FOUND, hint, "no theme '%s'", name);
        return NULL;
    }
    g_free(theme->name);
    theme->name = g_strdup(name);
    if (!theme_read(theme, path, error))
        return NULL;
    inherit(theme);
    return g_steal_pointer(&theme);
}

static int by_name(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **theme_names(void) {
    g_auto(GStrv) directories = paths_directories("themes", TRUE);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *names = g_ptr_array_new();
    for (char **directory = directories; *directory != NULL; directory++) {
        g_autoptr(GDir) open = g_dir_open(*directory, 0, NULL);
        const char *file;
        while (open != NULL && (file = g_dir_read_name(open)) != NULL) {
            if (!g_str_has_suffix(file, SUFFIX))
                continue;
            char *name = g_strndup(file, strlen(file) - strlen(SUFFIX));
            if (g_hash_table_add(seen, name))
                g_ptr_array_add(names, name);
            else
                g_free(name);
        }
    }
    g_ptr_array_sort(names, by_name);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

void theme_free(struct theme *theme) {
    if (theme == NULL)
        return;
    g_free(theme->name);
    g_free(theme);
}
