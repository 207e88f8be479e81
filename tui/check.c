/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/tui.h"

#include "tui/columns.h"
#include "tui/keymap.h"
#include "tui/theme.h"

/* What is wrong with files that belong to the console, for `innkeep config check`. */

gboolean tui_check_theme(const char *path, GError **error) {
    g_autoptr(theme_t) theme = theme_plain();
    return theme_read(theme, path, error);
}

GStrv tui_check_settings(const struct settings *settings) {
    g_autoptr(GStrvBuilder) problems = g_strv_builder_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(theme_t) theme = theme_load(settings->ui_theme, &error);
    if (theme == NULL) {
        g_autofree char *line = g_strdup_printf("[ui] theme: %s", error->message);
        g_strv_builder_add(problems, line);
    }
    for (gsize i = 0; settings->ui_columns != NULL && settings->ui_columns[i] != NULL; i++) {
        g_autofree char *line =
            g_strdup_printf("[ui] columns: there is no column '%s'", settings->ui_columns[i]);
        if (column_by_name(settings->ui_columns[i]) == NULL)
            g_strv_builder_add(problems, line);
    }
    struct keymap *keymap = keymap_new(settings);
    for (const char *const *problem = keymap_problems(keymap); *problem != NULL; problem++) {
        g_autofree char *line = g_strdup_printf("[keys]: %s", *problem);
        g_strv_builder_add(problems, line);
    }
    keymap_free(keymap);
    return g_strv_builder_end(problems);
}
