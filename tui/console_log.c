/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console_log.h"

#include "core/action/reading.h"
#include "core/guest/console_log.h"
#include "tui/act.h"
#include "tui/pager.h"
#include "tui/wrap.h"

#define LINES_MOST 1000
#define WIDTH      76 /* what the box has on a terminal of 80 */
#define DEADLINE_S 20

struct wanted_log {
    struct ui_handle *handle;
    struct guest *guest;
    const char *path; /* the guest's */
};

static void wanted_free(gpointer data) {
    struct wanted_log *wanted = data;
    ui_handle_unref(wanted->handle);
    guest_unref(wanted->guest);
    g_free(wanted);
}

static gpointer read_log(struct operation *operation, gpointer about, GError **error) {
    (void)operation;
    const struct wanted_log *wanted = about;
    return console_log_lines(wanted->guest, wanted->path, LINES_MOST, NULL, error);
}

static void add_broken(GArray *lines, const char *text) {
    g_autoptr(GPtrArray) pieces = wrap_text(text, WIDTH, FALSE);
    for (guint i = 0; i < pieces->len; i++)
        pager_add(lines, STYLE_NORMAL, NULL, "%s", (const char *)g_ptr_array_index(pieces, i));
    if (pieces->len == 0)
        pager_add(lines, STYLE_NORMAL, NULL, "%s", "");
}

static void tell(gpointer result, const GError *error, gpointer about) {
    const struct wanted_log *wanted = about;
    struct ui *ui = wanted->handle->ui;
    const GPtrArray *told = result;
    if (ui == NULL)
        return;
    if (error != NULL) {
        ui_say_error(ui, NULL, error);
        return;
    }
    GArray *lines = pager_lines();
    for (guint i = 0; i < told->len; i++)
        add_broken(lines, g_ptr_array_index(told, i));
    if (told->len == 0)
        pager_add(lines, STYLE_NORMAL, NULL, "%s", "It has printed nothing yet.");
    g_autofree char *title = g_strdup_printf("Console of %s", wanted->guest->name);
    pager_open(ui, title, lines, TRUE);
}

void console_log_open(struct ui *ui, const struct action *action) {
    (void)action;
    g_autoptr(snapshot_t) now = NULL;
    GError *error = NULL;
    const struct guest *guest = act_guest(ui, &now);
    const char *path = guest == NULL ? NULL : console_log_path(guest, host_uri(ui->engine->host), &error);
    if (error != NULL) {
        ui_say_error(ui, NULL, error);
        g_error_free(error);
    }
    if (path == NULL)
        return;
    struct wanted_log *wanted = g_new0(struct wanted_log, 1);
    wanted->handle = ui_handle_ref(ui);
    wanted->guest = guest_ref((struct guest *)guest);
    wanted->path = path;
    const struct reading reading = {.title = "read the console's log",
                                    .deadline_s = DEADLINE_S,
                                    .read = read_log,
                                    .told = tell,
                                    .free_result = (GDestroyNotify)g_ptr_array_unref,
                                    .about = wanted,
                                    .free_about = wanted_free};
    reading_request(ui->engine, &reading);
}
