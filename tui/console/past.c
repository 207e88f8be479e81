/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console/past.h"

#include "core/action/reading.h"
#include "core/guest/console_log.h"
#include "tui/console/consoles.h"

#define LINES_MOST 200

/* A host that is slow to tell is not waited for. */
#define DEADLINE_S 2

struct past {
    struct ui_handle *handle;
    struct session *session; /* looked for before it is touched: it may be closed meanwhile */
    struct guest *guest;
    const char *path; /* the guest's */
};

static void past_free(gpointer data) {
    struct past *past = data;
    ui_handle_unref(past->handle);
    guest_unref(past->guest);
    g_free(past);
}

static gpointer read_past(struct operation *operation, gpointer about, GError **error) {
    const struct past *past = about;
    return console_log_lines(past->guest, past->path, LINES_MOST, NULL, error);
}

static void tell(gpointer result, const GError *error, gpointer about) {
    const struct past *past = about;
    const GPtrArray *lines = result;
    struct ui *ui = past->handle->ui;
    if (ui == NULL || consoles_number(ui->consoles, past->session) == 0)
        return;
    if (error != NULL)
        g_debug("what the console printed before is not known: %s", error->message);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; lines != NULL && i < lines->len; i++)
        g_string_append_printf(text, "%s\n", (const char *)g_ptr_array_index(lines, i));
    if (text->len > 0 && past->session->terminal != NULL) {
        g_string_append(text, "[above: the log of this console]");
        terminal_past(past->session->terminal, text->str);
    }
    session_open(past->session, FALSE);
}

void past_then_open(struct session *session, const struct guest *guest) {
    struct ui *ui = session->ui;
    const char *path = console_log_path(guest, host_uri(ui->engine->host), NULL);
    if (path == NULL) {
        session_open(session, FALSE);
        return;
    }
    struct past *past = g_new0(struct past, 1);
    past->handle = ui_handle_ref(ui);
    past->session = session;
    past->guest = guest_ref((struct guest *)guest);
    past->path = path;
    const struct reading reading = {.title = "read the console's log",
                                    .deadline_s = DEADLINE_S,
                                    .read = read_past,
                                    .told = tell,
                                    .free_result = (GDestroyNotify)g_ptr_array_unref,
                                    .about = past,
                                    .free_about = past_free};
    session_say(session, "opening the console of %s", session->name);
    reading_request(ui->engine, &reading);
}
