/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console/consoles.h"

#include <string.h>

struct consoles {
    struct ui *ui;
    GPtrArray *sessions;
};

/* Also while the picture is frozen: a console that was lost is opened again. */
static void on_snapshot(gpointer data) {
    struct consoles *consoles = data;
    g_autoptr(snapshot_t) now = ui_now(consoles->ui);
    for (guint i = 0; i < consoles->sessions->len; i++)
        session_refresh(g_ptr_array_index(consoles->sessions, i), now);
}

struct consoles *consoles_new(struct ui *ui) {
    struct consoles *consoles = g_new0(struct consoles, 1);
    consoles->ui = ui;
    consoles->sessions = g_ptr_array_new_with_free_func((GDestroyNotify)session_free);
    host_subscribe(ui->engine->host, on_snapshot, consoles);
    return consoles;
}

void consoles_free(struct consoles *consoles) {
    if (consoles == NULL)
        return;
    host_unsubscribe(consoles->ui->engine->host, consoles);
    g_ptr_array_unref(consoles->sessions);
    g_free(consoles);
}

struct session *consoles_find(const struct consoles *consoles, const char *uuid, const char *device) {
    for (guint i = 0; i < consoles->sessions->len; i++) {
        struct session *session = g_ptr_array_index(consoles->sessions, i);
        if (strcmp(session->uuid, uuid) == 0 && (device == NULL || g_strcmp0(session->device, device) == 0))
            return session;
    }
    return NULL;
}

void consoles_add(struct consoles *consoles, struct session *session) {
    g_ptr_array_add(consoles->sessions, session);
    ui_dirty(consoles->ui);
}

void consoles_close(struct consoles *consoles, struct session *session) {
    g_ptr_array_remove(consoles->sessions, session);
    ui_dirty(consoles->ui);
}

guint consoles_number(const struct consoles *consoles, const struct session *session) {
    guint at = 0;
    return g_ptr_array_find(consoles->sessions, session, &at) ? at + 1 : 0;
}

struct session *consoles_step(const struct consoles *consoles, const struct session *session, int step) {
    guint count = consoles->sessions->len, number = consoles_number(consoles, session);
    if (count == 0)
        return NULL;
    guint at = number == 0 ? 0 : (guint)((int)(number - 1 + count) + step) % count;
    return g_ptr_array_index(consoles->sessions, at);
}

guint consoles_count(const struct consoles *consoles) {
    return consoles == NULL ? 0 : consoles->sessions->len;
}

const char *consoles_mark(const struct consoles *consoles, const char *uuid) {
    const char *mark = "";
    for (guint i = 0; i < consoles_count(consoles); i++) {
        const struct session *session = g_ptr_array_index(consoles->sessions, i);
        if (strcmp(session->uuid, uuid) != 0)
            continue;
        if (session->unseen)
            return "#";
        mark = ":";
    }
    return mark;
}
