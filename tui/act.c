/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/act.h"

#include <string.h>

#include "core/base/text.h"
#include "core/template/catalogue.h"
#include "tui/guests.h"
#include "tui/question.h"

#define NAMES_SHOWN 6

void targets_free(struct targets *targets) {
    if (targets == NULL)
        return;
    g_ptr_array_unref(targets->uuids);
    g_ptr_array_unref(targets->names);
    g_free(targets);
}

static GPtrArray *target_uuids(struct ui *ui, gboolean bulk, guint *hidden) {
    struct view *screen = ui_screen(ui);
    if (screen == g_ptr_array_index(ui->views, 0))
        return guests_targets((struct guests *)screen, bulk, hidden);
    GPtrArray *uuids = g_ptr_array_new_with_free_func(g_free);
    const char *uuid = screen->ops->guest == NULL ? NULL : screen->ops->guest(screen);
    if (uuid != NULL)
        g_ptr_array_add(uuids, g_strdup(uuid));
    *hidden = 0;
    return uuids;
}

struct targets *targets_of(struct ui *ui, const struct action *action) {
    guint hidden = 0;
    gboolean bulk = (action->flags & ACTION_BULK) != 0;
    g_autoptr(GPtrArray) uuids = target_uuids(ui, bulk, &hidden);
    if (uuids->len == 0) {
        if (hidden > 0)
            ui_say(ui, MESSAGE_ERROR, "all %u marked guests are hidden by the filter: nothing was done",
                   hidden);
        else
            ui_say(ui, MESSAGE_NOTE, "no guest to %s", action->name);
        return NULL;
    }
    struct targets *targets = g_new0(struct targets, 1);
    targets->uuids = g_ptr_array_new_with_free_func(g_free);
    targets->names = g_ptr_array_new_with_free_func(g_free);
    targets->hidden = hidden;
    targets->marked = uuids->len > 1 || hidden > 0;
    for (guint i = 0; i < uuids->len; i++) {
        const char *uuid = g_ptr_array_index(uuids, i);
        const struct guest *guest = snapshot_guest(ui->snapshot, uuid);
        g_ptr_array_add(targets->uuids, g_strdup(uuid));
        g_ptr_array_add(targets->names, g_strdup(guest == NULL ? uuid : guest->name));
    }
    return targets;
}

char *targets_text(const struct targets *targets) {
    GString *text = g_string_new(NULL);
    if (targets->names->len > 1)
        g_string_append_printf(text, "%u guests: ", targets->names->len);
    for (guint i = 0; i < targets->names->len && i < NAMES_SHOWN; i++) {
        g_autofree char *name = text_safe(g_ptr_array_index(targets->names, i), 40, FALSE);
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", name);
    }
    if (targets->names->len > NAMES_SHOWN)
        g_string_append_printf(text, " and %u more", targets->names->len - NAMES_SHOWN);
    return g_string_free(text, FALSE);
}

const struct guest *act_guest(struct ui *ui, struct snapshot **snapshot) {
    struct view *screen = ui_screen(ui);
    const char *uuid = screen->ops->guest == NULL ? NULL : screen->ops->guest(screen);
    *snapshot = ui_now(ui);
    const struct guest *guest = uuid == NULL ? NULL : snapshot_guest(*snapshot, uuid);
    if (guest == NULL)
        ui_say(ui, MESSAGE_NOTE, uuid == NULL ? "no guest is selected" : "that guest is gone");
    return guest;
}

gboolean act_asks(struct ui *ui, const struct action *action) {
    const char *confirm = ui->engine->settings->ui_confirm;
    if (g_strcmp0(confirm, "never") == 0)
        return FALSE;
    if (g_strcmp0(confirm, "destructive") == 0)
        return action->confirm == CONFIRM_DESTRUCTIVE;
    return action->confirm != CONFIRM_NONE;
}

/* Told this once: it is in nothing that outlives this console. */
static void say_passwords(struct ui *ui, const struct outcome *outcome) {
    for (guint i = 0; i < outcome->made->len; i++) {
        const struct made *made = g_ptr_array_index(outcome->made, i);
        if (made->password != NULL)
            ui_say(ui, MESSAGE_NOTE, "%s: on its console log in as %s with the password %s (shown only now)",
                   made->name, made->user, made->password);
    }
}

static void submitted(const struct request *request, const struct outcome *outcome, const GError *error,
                      gpointer data) {
    struct ui_handle *handle = data;
    struct ui *ui = handle->ui;
    if (ui != NULL && error != NULL) {
        ui_say_error(ui, NULL, error);
    } else if (ui != NULL) {
        g_autofree char *title = request_title(request);
        ui_say(ui, MESSAGE_DONE, "%s", outcome->message != NULL ? outcome->message : title);
        say_passwords(ui, outcome);
        if (outcome->made->len > 0) {
            const struct made *made = g_ptr_array_index(outcome->made, outcome->made->len - 1);
            guests_await(g_ptr_array_index(ui->views, 0), made->uuid);
        }
        host_refresh(ui->engine->host);
    }
    for (guint i = 0; ui != NULL && i < ui->views->len; i++) {
        struct view *view = g_ptr_array_index(ui->views, i);
        if (view->ops->changed != NULL)
            view->ops->changed(view);
    }
    ui_handle_unref(handle);
}

void act_submit(struct ui *ui, struct request *request) {
    request_submit(ui->engine, request, submitted, ui_handle_ref(ui));
    ui_dirty(ui);
}

struct reading {
    struct ui_handle *handle;
    void (*then)(struct ui *ui, GPtrArray *templates, char *name);
    char *name;
};

static void templates_read(GPtrArray *templates, const GError *error, gpointer data) {
    struct reading *reading = data;
    struct ui *ui = reading->handle->ui;
    if (ui != NULL && error != NULL)
        ui_say_error(ui, "cannot list templates", error);
    else if (ui != NULL && templates->len == 0)
        ui_say(ui, MESSAGE_ERROR, "there is no template; :template build makes one");
    else if (ui != NULL)
        reading->then(ui, templates, reading->name);
    ui_handle_unref(reading->handle);
    g_free(reading->name);
    g_free(reading);
}

void act_with_templates(struct ui *ui, void (*then)(struct ui *ui, GPtrArray *templates, char *name),
                        const char *name) {
    struct reading *reading = g_new(struct reading, 1);
    *reading = (struct reading){ui_handle_ref(ui), then, g_strdup(name)};
    catalogue_request(ui->engine, FALSE, templates_read, reading);
}

/* p pauses what runs and resumes what is held. */
static const struct action *pause_or_resume(struct ui *ui, const struct action *action,
                                            const struct targets *targets) {
    if (action->id != ACTION_pause)
        return action;
    g_autoptr(snapshot_t) now = ui_now(ui);
    for (guint i = 0; i < targets->uuids->len; i++) {
        const struct guest *guest = snapshot_guest(now, g_ptr_array_index(targets->uuids, i));
        if (guest != NULL && action_legal(action, guest, NULL) && !action_is_there(action, guest))
            return action;
    }
    return &actions[ACTION_resume];
}

/* Whether the action can be done to the guest now; says why not. *there: it is as wanted already. */
static gboolean possible(struct ui *ui, const struct action *action, const struct guest *guest,
                         const char *name) {
    const char *why = NULL;
    if (guest == NULL)
        ui_say(ui, MESSAGE_ERROR, "%s: no such guest any more; nothing was done", name);
    else if (action_is_there(action, guest))
        ui_say(ui, MESSAGE_NOTE, "%s: is %s already", name, guest_state_screen(guest->state));
    else if (!action_legal(action, guest, &why))
        ui_say(ui, MESSAGE_ERROR, "%s: cannot %s: %s", name, action->name, why);
    else
        return TRUE;
    return FALSE;
}

/* Leaves out the guests to which it cannot be done, each with a line. */
static void keep_possible(struct ui *ui, const struct action *action, struct targets *targets) {
    g_autoptr(snapshot_t) now = ui_now(ui);
    for (guint i = 0; i < targets->uuids->len;) {
        const struct guest *guest = snapshot_guest(now, g_ptr_array_index(targets->uuids, i));
        if (possible(ui, action, guest, g_ptr_array_index(targets->names, i))) {
            i++;
            continue;
        }
        g_ptr_array_remove_index(targets->uuids, i);
        g_ptr_array_remove_index(targets->names, i);
    }
}

struct change {
    const struct action *action;
    struct targets *targets;
};

static void free_change(gpointer data) {
    struct change *change = data;
    targets_free(change->targets);
    g_free(change);
}

/* Between question and answer guests come, go and change: each is looked at again. */
static void do_change(struct ui *ui, gpointer data) {
    struct change *change = data;
    keep_possible(ui, change->action, change->targets);
    for (guint i = 0; i < change->targets->uuids->len; i++) {
        struct request *request =
            request_new(change->action->id, g_ptr_array_index(change->targets->uuids, i),
                        g_ptr_array_index(change->targets->names, i));
        act_submit(ui, request);
    }
}

/* Guests that do not answer: everything but power off waits until they do. */
static guint silent_guests(struct ui *ui, const struct targets *targets) {
    g_autoptr(snapshot_t) now = ui_now(ui);
    guint count = 0;
    for (guint i = 0; i < targets->uuids->len; i++) {
        const struct guest *guest = snapshot_guest(now, g_ptr_array_index(targets->uuids, i));
        count += guest != NULL && guest_state_active(guest->state) && !guest->responding;
    }
    return count;
}

static char *change_question(struct ui *ui, const struct change *change) {
    g_autofree char *who = targets_text(change->targets);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s %s?", change->action->name, who);
    text->str[0] = g_ascii_toupper(text->str[0]);
    g_string_append_printf(text, "\nThat is: %s.", change->action->help);
    guint silent = change->action->id == ACTION_poweroff ? 0 : silent_guests(ui, change->targets);
    if (silent > 0 && change->targets->uuids->len == 1)
        g_string_append(text, "\nIt does not answer: this waits until it does.");
    else if (silent > 0)
        g_string_append_printf(text, "\n%u of them do not answer: for those this waits until they do.",
                               silent);
    if (change->targets->hidden > 0)
        g_string_append_printf(text, "\n%u marked guests are hidden by the filter and left out.",
                               change->targets->hidden);
    return g_string_free(text, FALSE);
}

void act_change(struct ui *ui, const struct action *action) {
    struct targets *targets = targets_of(ui, action);
    if (targets == NULL)
        return;
    action = pause_or_resume(ui, action, targets);
    keep_possible(ui, action, targets);
    if (targets->uuids->len == 0) {
        targets_free(targets);
        return;
    }
    struct change *change = g_new0(struct change, 1);
    change->action = action;
    change->targets = targets;
    if (!act_asks(ui, action)) {
        do_change(ui, change);
        if (targets->hidden > 0)
            ui_say(ui, MESSAGE_NOTE, "%u marked guests are hidden by the filter and left out",
                   targets->hidden);
        free_change(change);
        return;
    }
    g_autofree char *text = change_question(ui, change);
    const struct question_spec spec = {
        .title = action->name, .yes = do_change, .data = change, .free_data = free_change};
    question_ask(ui, &spec, text);
}
