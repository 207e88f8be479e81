/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/reload.h"

#include <gio/gio.h>

#include "config/paths.h"

/* An editor writes a file in several steps. */
#define SETTLE_MS 100

struct reload {
    struct ui *ui;
    GPtrArray *monitors;
    guint timer;
};

/* Read on a worker. */
struct reading {
    struct ui_handle *handle;
    char *path;
    gboolean (*valid_key)(const char *name);
    struct settings *settings;
};

static void reading_free(gpointer data) {
    struct reading *reading = data;
    ui_handle_unref(reading->handle);
    g_free(reading->path);
    settings_free(reading->settings);
    g_free(reading);
}

static gboolean read_settings(struct job *job, gpointer data, GError **error) {
    struct reading *reading = data;
    reading->settings = settings_load(reading->path, reading->valid_key, error);
    return reading->settings != NULL;
}

/* What a running console cannot take up any more, by name; NULL: nothing of it changed. The caller's. */
static char *for_later(const struct settings *old, const struct settings *new) {
    const struct {
        const char *key;
        gboolean differs;
    } rows[] = {
        {"uri", g_strcmp0(old->host_uri, new->host_uri) != 0},
        {"read-only", old->host_read_only != new->host_read_only},
        {"memory-statistics", old->host_memory_statistics != new->host_memory_statistics},
        {"mouse", old->ui_mouse != new->ui_mouse},
        {"ascii", g_strcmp0(old->ui_ascii, new->ui_ascii) != 0},
    };
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].differs)
            g_ptr_array_add(keys, (gpointer)rows[i].key);
    g_ptr_array_add(keys, NULL);
    return keys->len == 1 ? NULL : g_strjoinv(", ", (char **)keys->pdata);
}

static void apply(struct ui *ui, struct settings *settings) {
    const struct settings *old = ui->engine->settings;
    g_autofree char *later = for_later(old, settings);
    gboolean theme = ui->options->theme == NULL && g_strcmp0(old->ui_theme, settings->ui_theme) != 0;
    if (old->ui_interval != settings->ui_interval)
        host_set_interval(ui->engine->host, settings->ui_interval);
    engine_take_settings(ui->engine, settings);
    ui_set_keys(ui);
    if (theme)
        ui_set_theme(ui, settings->ui_theme);
    if (later == NULL)
        ui_say(ui, MESSAGE_DONE, "the settings were read again");
    else
        ui_say(ui, MESSAGE_DONE, "the settings were read again; from the next start: %s", later);
}

static void have_read(struct job *job, const GError *error, gpointer data) {
    struct reading *reading = data;
    struct ui *ui = reading->handle->ui;
    if (ui == NULL)
        return;
    if (error != NULL) {
        ui_say(ui, MESSAGE_NOTE, "the settings stay as they were");
        ui_say_error(ui, NULL, error);
    } else {
        apply(ui, g_steal_pointer(&reading->settings));
    }
    ui_dirty(ui);
}

static gboolean settled(gpointer data) {
    struct reload *reload = data;
    struct ui *ui = reload->ui;
    struct reading *reading = g_new0(struct reading, 1);
    reload->timer = 0;
    reading->handle = ui_handle_ref(ui);
    reading->path = g_strdup(ui->options->config);
    reading->valid_key = ui->options->valid_key;
    struct job_spec spec = {.title = "read the settings",
                            .lane = LANE_QUIET,
                            .work = read_settings,
                            .done = have_read,
                            .data = reading,
                            .free_data = reading_free};
    jobs_submit(ui->engine->jobs, &spec);
    return G_SOURCE_REMOVE;
}

static void changed(GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                    gpointer data) {
    struct reload *reload = data;
    if (event == G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED)
        return;
    g_clear_handle_id(&reload->timer, g_source_remove);
    reload->timer = g_timeout_add(SETTLE_MS, settled, reload);
}

static void watch(struct reload *reload, const char *path) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GFile) file = g_file_new_for_path(path);
    GFileMonitor *monitor = g_file_monitor_file(file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);
    if (monitor == NULL) {
        g_debug("%s is not watched: %s", path, error->message);
        return;
    }
    g_signal_connect(monitor, "changed", G_CALLBACK(changed), reload);
    g_ptr_array_add(reload->monitors, monitor);
}

struct reload *reload_new(struct ui *ui) {
    struct reload *reload = g_new0(struct reload, 1);
    g_auto(GStrv) directories = paths_directories("", TRUE);
    reload->ui = ui;
    reload->monitors = g_ptr_array_new_with_free_func(g_object_unref);
    if (ui->options->config != NULL)
        watch(reload, ui->options->config);
    for (char **directory = directories; ui->options->config == NULL && *directory != NULL; directory++) {
        g_autofree char *path = g_build_filename(*directory, "innkeep.ini", NULL);
        watch(reload, path);
    }
    return reload;
}

void reload_free(struct reload *reload) {
    g_clear_handle_id(&reload->timer, g_source_remove);
    g_ptr_array_unref(reload->monitors);
    g_free(reload);
}
