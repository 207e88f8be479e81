/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/base/text.h"
#include "core/guest/snapshot.h"
#include "tui/act.h"
#include "tui/details/details-private.h"
#include "tui/question.h"

#define DEPTH_MAX 32 /* of the tree as it is drawn */

static const struct list_column columns[] = {
    {"SNAPSHOT", 30, FALSE, 0}, {"TAKEN", 16, FALSE, 0}, {"STATE", 13, FALSE, 100}, {"KIND", 0, FALSE, 0}};

struct list *snapshots_list_new(void) {
    return list_new(columns, G_N_ELEMENTS(columns));
}

static const struct guest_snapshot *named(const struct details *details, const char *name) {
    for (guint i = 0; details->snapshots != NULL && name != NULL && i < details->snapshots->len; i++) {
        const struct guest_snapshot *snapshot = g_ptr_array_index(details->snapshots, i);
        if (strcmp(snapshot->name, name) == 0)
            return snapshot;
    }
    return NULL;
}

/* In the time of whoever looks. The caller's. */
static char *taken(const struct guest_snapshot *snapshot) {
    g_autoptr(GDateTime) time =
        snapshot->created_at < 0 ? NULL : g_date_time_new_from_unix_local(snapshot->created_at);
    return time == NULL ? g_strdup("-") : g_date_time_format(time, "%Y-%m-%d %H:%M");
}

static void add_row(GPtrArray *rows, const struct guest_snapshot *snapshot, guint depth) {
    g_autoptr(GString) kind = g_string_new(snapshot->external ? "external" : "internal");
    if (snapshot->current)
        g_string_append(kind, ", current");
    if (snapshot->memory)
        g_string_append(kind, ", with memory");
    char *cells[] = {g_strdup_printf("%*s%s", (int)(2 * depth), "", snapshot->name), taken(snapshot),
                     g_strdup(snapshot->state == NULL ? "-" : snapshot->state), g_strdup(kind->str), NULL};
    list_add(rows, STYLE_NORMAL, snapshot->name, g_memdup2(cells, sizeof cells));
}

/* Those that were taken from a parent below it, as a tree; no parent, or one that is not there: a root. */
static void add_below(const struct details *details, GPtrArray *rows, const char *parent, guint depth) {
    for (guint i = 0; depth < DEPTH_MAX && i < details->snapshots->len; i++) {
        const struct guest_snapshot *snapshot = g_ptr_array_index(details->snapshots, i);
        const char *its = named(details, snapshot->parent) == NULL ? NULL : snapshot->parent;
        if (g_strcmp0(its, parent) != 0)
            continue;
        add_row(rows, snapshot, depth);
        add_below(details, rows, snapshot->name, depth + 1);
    }
}

static const char *instead_of_rows(const struct details *details) {
    if (details->snapshots_problem != NULL)
        return details->snapshots_problem;
    if (details->snapshots == NULL)
        return "looking for snapshots";
    return details->snapshots->len == 0 ? "It has no snapshot; :snapshot create makes one." : NULL;
}

void snapshots_draw(struct details *details, struct canvas *canvas, struct area area) {
    const char *instead = instead_of_rows(details);
    GPtrArray *rows = list_rows();
    if (details->snapshots != NULL)
        add_below(details, rows, NULL, 0);
    list_take(details->snapshot_list, rows);
    const struct guest_snapshot *selected = named(details, list_selected(details->snapshot_list));
    list_draw(details->snapshot_list, canvas,
              (struct area){area.row, area.column, area.rows - 1, area.columns});
    if (instead != NULL)
        draw_text(canvas, area.row + 1, 2, area.columns - 2, STYLE_NORMAL, instead);
    if (selected != NULL && selected->description != NULL)
        draw_text(canvas, area.row + area.rows - 1, 0, area.columns, STYLE_DETAIL, selected->description);
}

/* ---- what is done to one ---- */

static void do_change(struct ui *ui, gpointer data) {
    act_submit(ui, request_copy(data));
}

static void free_request(gpointer data) {
    request_free(data);
}

static void change(struct details *details, const struct action *action, const char *name) {
    struct ui *ui = details->view.ui;
    struct request *request = request_new(action->id, details->uuid, details->guest->name);
    request->snapshot = g_strdup(name);
    if (!act_asks(ui, action)) {
        act_submit(ui, request);
        return;
    }
    g_autofree char *guest = text_safe(details->guest->name, 40, FALSE), *safe = text_safe(name, 40, FALSE);
    g_autofree char *text = g_strdup_printf("%s %s of %s?\nThat is: %s.",
                                            action->id == ACTION_snapshot_revert ? "Revert to" : "Delete",
                                            safe, guest, action->help);
    const struct question_spec spec = {
        .title = action->name, .yes = do_change, .data = request, .free_data = free_request};
    question_ask(ui, &spec, text);
}

gboolean snapshots_action(struct details *details, const struct action *action) {
    const struct action *meant = action->id == ACTION_delete ? &actions[ACTION_snapshot_delete] : action;
    if (meant->id != ACTION_snapshot_delete && meant->id != ACTION_snapshot_revert)
        return list_action(details->snapshot_list, action);
    const struct guest_snapshot *selected = named(details, list_selected(details->snapshot_list));
    if (selected == NULL)
        ui_say(details->view.ui, MESSAGE_NOTE, "no snapshot to %s",
               meant->id == ACTION_snapshot_delete ? "delete" : "revert to");
    else
        change(details, meant, selected->name);
    return TRUE;
}
