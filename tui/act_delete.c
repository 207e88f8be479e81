/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/act.h"

#include <string.h>

#include "config/units.h"
#include "core/base/text.h"
#include "tui/question.h"

#define SHORT_UUID   8
#define TYPABLE_MAX  40
#define SHORT_ACTION 9

/* A delete in the making: what would go is asked of every guest before the person is. */
struct deletion {
    guint references; /* the question and each plan under way */
    struct ui_handle *handle;
    struct question *question; /* NULL once it was answered */
    struct targets *targets;
    GPtrArray *lines;
    guint waiting;
    gboolean failed;
};

static void deletion_unref(gpointer data) {
    struct deletion *deletion = data;
    if (--deletion->references > 0)
        return;
    targets_free(deletion->targets);
    g_ptr_array_unref(deletion->lines);
    ui_handle_unref(deletion->handle);
    g_free(deletion);
}

static void answered(gpointer data) {
    ((struct deletion *)data)->question = NULL;
    deletion_unref(data);
}

static void do_delete(struct ui *ui, gpointer data) {
    struct deletion *deletion = data;
    g_autoptr(snapshot_t) now = ui_now(ui);
    for (guint i = 0; i < deletion->targets->uuids->len; i++) {
        const char *uuid = g_ptr_array_index(deletion->targets->uuids, i);
        const char *name = g_ptr_array_index(deletion->targets->names, i);
        const struct guest *guest = snapshot_guest(now, uuid);
        const char *why = NULL;
        if (guest == NULL) {
            ui_say(ui, MESSAGE_ERROR, "%s: no such guest any more; nothing was done", name);
        } else if (!action_legal(&actions[ACTION_delete], guest, &why)) {
            ui_say(ui, MESSAGE_ERROR, "%s: cannot delete: %s", name, why);
        } else {
            struct request *request = request_new(ACTION_delete, uuid, name);
            request->force = guest_state_active(guest->state);
            act_submit(ui, request);
        }
    }
}

static void show_lines(struct deletion *deletion) {
    if (deletion->question == NULL)
        return;
    g_ptr_array_add(deletion->lines, NULL);
    question_list(deletion->question, (const char *const *)deletion->lines->pdata,
                  deletion->waiting == 0 && !deletion->failed);
    g_ptr_array_remove_index(deletion->lines, deletion->lines->len - 1);
}

/* "delete  volume web.qcow2  860M"; "volume x.iso  1.2G  keep: a CD" */
static char *step_line(const struct step *step) {
    g_autofree char *size = step->bytes == UNKNOWN_SIZE ? g_strdup("") : units_format_size(step->bytes);
    if (step->action != NULL && strlen(step->action) > SHORT_ACTION)
        return g_strdup_printf("  %s %s  %s%s%s", step->step == NULL ? "" : step->step,
                               step->object == NULL ? "" : step->object, size, *size == '\0' ? "" : "  ",
                               step->action);
    return g_strdup_printf("  %-9s %s %s  %s", step->action == NULL ? "" : step->action,
                           step->step == NULL ? "" : step->step, step->object == NULL ? "" : step->object,
                           size);
}

static void planned(const struct request *request, const struct outcome *outcome, const GError *error,
                    gpointer data) {
    struct deletion *deletion = data;
    deletion->waiting--;
    if (deletion->targets->names->len > 1 || error != NULL)
        g_ptr_array_add(deletion->lines, g_strdup_printf("%s:", request->name));
    if (error != NULL) {
        g_ptr_array_add(deletion->lines, g_strdup_printf("  %s", error->message));
        deletion->failed = TRUE;
    }
    for (guint i = 0; error == NULL && i < outcome->plan->len; i++)
        g_ptr_array_add(deletion->lines, step_line(g_ptr_array_index(outcome->plan, i)));
    if (deletion->waiting == 0 && deletion->failed)
        g_ptr_array_add(deletion->lines, g_strdup("Nothing can be deleted this way; Esc leaves it."));
    if (deletion->handle->ui != NULL)
        show_lines(deletion);
    deletion_unref(deletion);
}

/* A name that every keyboard can type. */
static gboolean typable(const char *name) {
    gsize length = strlen(name);
    if (length > TYPABLE_MAX || g_ascii_isspace(name[0]) || g_ascii_isspace(name[length - 1]))
        return FALSE;
    for (const char *at = name; *at != '\0'; at++)
        if (!g_ascii_isprint(*at))
            return FALSE;
    return TRUE;
}

static char *text_to_type(const struct targets *targets) {
    if (targets->names->len > 1)
        return g_strdup_printf("delete %u", targets->names->len);
    const char *name = g_ptr_array_index(targets->names, 0);
    return typable(name) ? g_strdup(name) : g_strndup(g_ptr_array_index(targets->uuids, 0), SHORT_UUID);
}

static char *delete_question(struct ui *ui, const struct targets *targets) {
    g_autofree char *who = targets_text(targets);
    g_autoptr(snapshot_t) now = ui_now(ui);
    GString *text = g_string_new(NULL);
    guint active = 0;
    for (guint i = 0; i < targets->uuids->len; i++) {
        const struct guest *guest = snapshot_guest(now, g_ptr_array_index(targets->uuids, i));
        active += guest != NULL && guest_state_active(guest->state);
    }
    g_string_append_printf(text, "Delete %s for good?", who);
    if (active > 0 && targets->names->len == 1)
        g_string_append(text, "\nIt runs: it is powered off first.");
    else if (active > 0)
        g_string_append_printf(text, "\n%u of them run: they are powered off first.", active);
    if (targets->hidden > 0)
        g_string_append_printf(text, "\n%u marked guests are hidden by the filter and left out.",
                               targets->hidden);
    return g_string_free(text, FALSE);
}

static void ask_plans(struct ui *ui, struct deletion *deletion) {
    static const char *const nothing[] = {NULL};
    g_autoptr(snapshot_t) now = ui_now(ui);
    deletion->waiting = deletion->targets->uuids->len;
    deletion->references += deletion->waiting;
    question_list(deletion->question, nothing, FALSE);
    for (guint i = 0; i < deletion->targets->uuids->len; i++) {
        const char *uuid = g_ptr_array_index(deletion->targets->uuids, i);
        const struct guest *guest = snapshot_guest(now, uuid);
        struct request *request =
            request_new(ACTION_delete, uuid, g_ptr_array_index(deletion->targets->names, i));
        request->dry_run = TRUE;
        request->force = guest != NULL && guest_state_active(guest->state);
        request_submit(ui->engine, request, planned, deletion);
    }
}

void act_delete(struct ui *ui, const struct action *action) {
    struct targets *targets = targets_of(ui, action);
    if (targets == NULL)
        return;
    struct deletion *deletion = g_new0(struct deletion, 1);
    deletion->references = 1;
    deletion->handle = ui_handle_ref(ui);
    deletion->targets = targets;
    deletion->lines = g_ptr_array_new_with_free_func(g_free);
    if (!act_asks(ui, action)) {
        do_delete(ui, deletion);
        deletion_unref(deletion);
        return;
    }
    g_autofree char *text = delete_question(ui, targets);
    g_autofree char *typed = text_to_type(targets);
    const struct question_spec spec = {
        .title = action->name, .typed = typed, .yes = do_delete, .data = deletion, .free_data = answered};
    deletion->question = question_ask(ui, &spec, text);
    ask_plans(ui, deletion);
}
