/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Settings of one person on one host; fields are generated from options.def. Plain data, read-only after
 * loading. */
typedef char *setting_string;
typedef gboolean setting_boolean;
typedef guint setting_duration; /* milliseconds */
typedef GStrv setting_list;
typedef char *setting_choice;

struct settings {
#define OPTION(section, key, field, type, fallback, choices, help) setting_##type field;
#include "config/options.def"
#undef OPTION
    GHashTable *keys;  /* [keys]: action name -> key names as typed ("s, F5"); both owned */
    char *path;        /* the file that was read, or NULL: defaults alone */
    GHashTable *given; /* what that file says: for settings_visit() */
};

/* One setting or binding as it holds; all borrowed. */
struct setting {
    const char *section, *key;
    const char *value; /* as a file has it; NULL: not set */
    guint line;        /* of settings->path; 0: the default */
};

/* Calls each for every setting in the table's order, and then for every binding under [keys], by name. */
void settings_visit(const struct settings *settings,
                    void (*each)(const struct setting *setting, gpointer data), gpointer data);

/* Defaults alone. The caller frees with settings_free(). */
struct settings *settings_new(void);

/* Reads path, or, with NULL, the first of ~/.config/innkeep/innkeep.ini and the system's; none there:
 * defaults. valid_key(NAME) tells whether [keys] may name an action; NULL accepts all. Nothing is
 * half-applied: NULL and an error with file, line, section, key and the nearest valid word. Blocks on a disk:
 * a worker, or before the loop. */
struct settings *settings_load(const char *path, gboolean (*valid_key)(const char *name), GError **error);

/* The annotated innkeep.ini that is shipped: every setting, commented out, with its default. The caller's. */
char *settings_annotated(void);

void settings_free(struct settings *settings);
typedef struct settings settings_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(settings_t, settings_free)
