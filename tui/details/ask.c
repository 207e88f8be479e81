/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/details.h"

#include "core/guest/snapshot.h"
#include "tui/details/details-private.h"

/* Something is asked of the host for the view. */
struct asked_of {
    struct ui_handle *handle;
    char *uuid;
};

static struct asked_of *asked_new(struct ui *ui, const char *uuid) {
    struct asked_of *asked = g_new(struct asked_of, 1);
    *asked = (struct asked_of){ui_handle_ref(ui), g_strdup(uuid)};
    return asked;
}

static void asked_free(struct asked_of *asked) {
    ui_handle_unref(asked->handle);
    g_free(asked->uuid);
    g_free(asked);
}

static void storage_told(GPtrArray *disks, const GError *error, gpointer data) {
    struct asked_of *asked = data;
    struct details *details = details_find(asked->handle->ui, asked->uuid);
    if (details != NULL && error == NULL) {
        g_clear_pointer(&details->disks, g_ptr_array_unref);
        details->disks = g_ptr_array_ref(disks);
        ui_dirty(details->view.ui);
    } else if (details != NULL) {
        ui_say_error(details->view.ui, "disks", error);
    }
    asked_free(asked);
}

static void report_told(struct report *report, const GError *error, gpointer data) {
    struct asked_of *asked = data;
    struct details *details = details_find(asked->handle->ui, asked->uuid);
    if (details != NULL) {
        g_clear_pointer(&details->report, report_unref);
        g_clear_pointer(&details->report_problem, g_free);
        details->report = report == NULL ? NULL : report_ref(report);
        details->report_problem = error == NULL ? NULL : g_strdup(error->message);
        ui_dirty(details->view.ui);
    }
    asked_free(asked);
}

static void snapshots_told(GPtrArray *snapshots, const GError *error, gpointer data) {
    struct asked_of *asked = data;
    struct details *details = details_find(asked->handle->ui, asked->uuid);
    if (details != NULL) {
        g_clear_pointer(&details->snapshots, g_ptr_array_unref);
        g_clear_pointer(&details->snapshots_problem, g_free);
        details->snapshots = snapshots == NULL ? NULL : g_ptr_array_ref(snapshots);
        details->snapshots_problem = error == NULL ? NULL : g_strdup(error->message);
        ui_dirty(details->view.ui);
    }
    asked_free(asked);
}

static void ask_agent(struct details *details) {
    struct ui *ui = details->view.ui;
    const char *why = NULL;
    g_clear_pointer(&details->report_problem, g_free);
    details->report_asked = report_possible(details->guest, host_read_only(ui->engine->host), &why);
    if (details->report_asked)
        report_request(ui->engine, details->guest, report_told, asked_new(ui, details->uuid));
    else
        details->report_problem = g_strdup(why);
}

void details_ask_snapshots(struct details *details) {
    snapshot_list(details->view.ui->engine, details->guest, snapshots_told,
                  asked_new(details->view.ui, details->uuid));
}

void details_ask(struct details *details) {
    details_request(details->view.ui->engine, details->guest, storage_told,
                    asked_new(details->view.ui, details->uuid));
    ask_agent(details);
    details_ask_snapshots(details);
}
