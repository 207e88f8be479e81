/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/config.h"

#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "config/error.h"
#include "config/paths.h"
#include "config/settings.h"
#include "config/template.h"
#include "core/base/text.h"
#include "tui/tui.h"

#define FILE_NAME "innkeep.ini"

/* ---- show ---- */

struct showing {
    const struct settings *settings;
    JsonBuilder *json; /* or */
    struct table *table;
};

static void show_one(const struct setting *setting, gpointer data) {
    struct showing *showing = data;
    g_autofree char *origin = setting->line == 0
                                  ? g_strdup("default")
                                  : g_strdup_printf("%s:%u", showing->settings->path, setting->line);
    if (showing->json != NULL) {
        json_builder_begin_object(showing->json);
        member_string(showing->json, "section", setting->section);
        member_string(showing->json, "key", setting->key);
        member_string(showing->json, "value", setting->value);
        member_string(showing->json, "origin", origin);
        json_builder_end_object(showing->json);
        return;
    }
    const char *cells[] = {setting->section, setting->key, setting->value == NULL ? "-" : setting->value,
                           origin};
    table_add(showing->table, cells);
}

int command_config_show(struct cli *cli) {
    static const char *const headers[] = {"SECTION", "KEY", "VALUE", "FROM", NULL};
    if (cli->json) {
        g_autoptr(JsonBuilder) json = json_builder_new();
        json_builder_begin_array(json);
        settings_visit(cli->settings, show_one, &(struct showing){.settings = cli->settings, .json = json});
        json_builder_end_array(json);
        output_builder(json, FALSE);
        return 0;
    }
    struct table *table = table_new(headers, "llll");
    settings_visit(cli->settings, show_one, &(struct showing){.settings = cli->settings, .table = table});
    table_print(cli, table, !cli_given(cli, PARAM_no_headers));
    table_free(table);
    return 0;
}

/* ---- path ---- */

/* Files where settings may lie, the first that is there counts; strings, the caller's. */
static GPtrArray *settings_files(const struct cli *cli) {
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) directories = paths_directories("", TRUE);
    if (cli->config != NULL)
        g_ptr_array_add(files, g_strdup(cli->config));
    for (char **directory = directories; cli->config == NULL && *directory != NULL; directory++)
        g_ptr_array_add(files, g_build_filename(*directory, FILE_NAME, NULL));
    return files;
}

static void path_json(JsonBuilder *json, const char *path, gboolean there, gboolean read) {
    json_builder_begin_object(json);
    member_string(json, "path", path);
    member_boolean(json, "there", there);
    member_boolean(json, "read", read);
    json_builder_end_object(json);
}

int command_config_path(struct cli *cli) {
    g_autoptr(GPtrArray) files = settings_files(cli);
    g_autoptr(JsonBuilder) json = json_builder_new();
    gboolean found = FALSE;
    json_builder_begin_array(json);
    for (guint i = 0; i < files->len; i++) {
        const char *path = g_ptr_array_index(files, i);
        g_autofree char *safe = text_safe(path, 1000, FALSE);
        gboolean there = g_file_test(path, G_FILE_TEST_EXISTS), read = there && !found;
        path_json(json, path, there, read);
        if (!cli->json)
            printf("%-8s %s\n", read ? "read" : there ? "not read" : "missing", safe);
        found = found || there;
    }
    json_builder_end_array(json);
    if (cli->json)
        output_builder(json, FALSE);
    return 0;
}

/* ---- check ---- */

GError *config_fault(const char *path) {
    GError *error = NULL;
    g_autoptr(settings_t) settings = settings_load(path, cli_key_may_name, &error);
    if (settings == NULL)
        return error;
    g_auto(GStrv) problems = tui_check_settings(settings);
    if (*problems == NULL)
        return NULL;
    g_autofree char *all = g_strjoinv("; ", problems);
    error_set(&error, INNKEEP_ERROR_USAGE, NULL, "%s: %s",
              settings->path == NULL ? FILE_NAME : settings->path, all);
    return error;
}

static GError *template_fault(const char *path) {
    GError *error = NULL;
    template_free(template_load(path, &error));
    return error;
}

static GError *theme_fault(const char *path) {
    GError *error = NULL;
    tui_check_theme(path, &error);
    return error;
}

struct checking {
    struct cli *cli;
    JsonBuilder *json;
    gboolean wrong;
};

/* Takes the fault, which may be NULL. */
static void tell_check(struct checking *checking, const char *path, GError *fault) {
    g_autoptr(GError) error = fault;
    const char *hint = error == NULL ? NULL : error_hint(error);
    g_autofree char *safe = text_safe(error == NULL ? path : error->message, 2000, FALSE);
    checking->wrong = checking->wrong || error != NULL;
    json_builder_begin_object(checking->json);
    member_string(checking->json, "path", path);
    member_boolean(checking->json, "ok", error == NULL);
    member_string(checking->json, "error", error == NULL ? NULL : error->message);
    member_string(checking->json, "hint", hint);
    json_builder_end_object(checking->json);
    if (checking->cli->json)
        return;
    output_painted(checking->cli, error == NULL ? "ok     " : "wrong  ",
                   error == NULL ? PAINT_GOOD : PAINT_BAD);
    printf("%s\n", safe);
    if (hint != NULL) {
        g_autofree char *meant = text_safe(hint, 2000, FALSE);
        printf("         hint: %s\n", meant);
    }
}

static gint by_text(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every file of that folder in every place, also those that one of the same name hides. */
static void check_folder(struct checking *checking, const char *below, GError *(*fault)(const char *path)) {
    g_auto(GStrv) directories = paths_directories(below, TRUE);
    for (char **directory = directories; *directory != NULL; directory++) {
        g_autoptr(GDir) open = g_dir_open(*directory, 0, NULL);
        g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
        for (const char *name; open != NULL && (name = g_dir_read_name(open)) != NULL;)
            if (g_str_has_suffix(name, ".ini"))
                g_ptr_array_add(files, g_build_filename(*directory, name, NULL));
        g_ptr_array_sort(files, by_text);
        for (guint i = 0; i < files->len; i++)
            tell_check(checking, g_ptr_array_index(files, i), fault(g_ptr_array_index(files, i)));
    }
}

int command_config_check(struct cli *cli) {
    g_autoptr(JsonBuilder) json = json_builder_new();
    struct checking checking = {.cli = cli, .json = json};
    g_autoptr(GPtrArray) files = settings_files(cli);
    json_builder_begin_array(json);
    for (guint i = 0; i < files->len; i++) {
        const char *path = g_ptr_array_index(files, i);
        if (cli->config != NULL || g_file_test(path, G_FILE_TEST_EXISTS))
            tell_check(&checking, path, config_fault(path));
    }
    check_folder(&checking, "templates", template_fault);
    check_folder(&checking, "themes", theme_fault);
    json_builder_end_array(json);
    if (cli->json)
        output_builder(json, FALSE);
    return checking.wrong ? INNKEEP_ERROR_WRONG : 0;
}
