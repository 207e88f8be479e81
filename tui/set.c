/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/set.h"

#include <string.h>

#include "core/guest/set_keys.h"
#include "tui/act.h"
#include "tui/form.h"

enum { ROW_USER, ROW_KEYS, ROW_PASSWORD, ROW_AGAIN, ROWS };

static const struct form_row rows[ROWS] = {
    [ROW_USER] = {"user", FORM_TEXT},
    [ROW_KEYS] = {"SSH keys", FORM_TEXT},
    [ROW_PASSWORD] = {"password", FORM_SECRET},
    [ROW_AGAIN] = {"again", FORM_SECRET},
};

struct goal {
    char *uuid;
};

static void free_goal(gpointer data) {
    struct goal *goal = data;
    g_free(goal->uuid);
    g_free(goal);
}

/* What is wrong with a value stands beside its field. */
static gboolean take(struct form *form, guint row, struct set_wish *wish, enum set_key_id key,
                     const char *value) {
    g_autoptr(GError) error = NULL;
    g_autofree char *word = g_strconcat(set_keys[key].name, "=", value, NULL);
    if (set_take(wish, word, &error))
        return TRUE;
    form_problem(form, row, "%s", error->message);
    return FALSE;
}

static gboolean wrong(struct form *form, guint row, const char *what) {
    form_problem(form, row, "%s", what);
    return FALSE;
}

static gboolean take_password(struct form *form, struct set_wish *wish) {
    g_autoptr(GError) error = NULL;
    const char *password = form_text(form, ROW_PASSWORD);
    if (strcmp(password, form_text(form, ROW_AGAIN)) != 0)
        return wrong(form, ROW_AGAIN, "not the same");
    if (*password == '\0')
        return TRUE;
    if (!set_check_password(password, &error))
        return wrong(form, ROW_PASSWORD, error->message);
    wish->wants_password = TRUE;
    wish->password = g_strdup(password);
    return TRUE;
}

/* NULL: a problem is shown. */
static struct set_wish *read_form(struct form *form) {
    g_autoptr(set_wish_t) wish = set_wish_new();
    g_autofree char *user = g_strstrip(g_strdup(form_text(form, ROW_USER)));
    g_autofree char *file = g_strstrip(g_strdup(form_text(form, ROW_KEYS)));
    gboolean fine =
        *user == '\0' ? wrong(form, ROW_USER, "whose?") : take(form, ROW_USER, wish, SET_KEY_user, user);
    fine = (*file == '\0' || take(form, ROW_KEYS, wish, SET_KEY_ssh_key, file)) && fine;
    fine = take_password(form, wish) && fine;
    if (fine && !set_check(wish, NULL))
        fine = wrong(form, ROW_KEYS, "a file, or a password");
    return fine ? g_steal_pointer(&wish) : NULL;
}

static void check(struct form *form, gpointer data) {
    struct set_wish *wish = read_form(form);
    g_clear_pointer(&wish, set_wish_free);
}

static gboolean submit(struct form *form, gpointer data) {
    const struct goal *goal = data;
    g_autoptr(snapshot_t) now = ui_now(form_ui(form));
    const struct guest *guest = snapshot_guest(now, goal->uuid);
    if (guest == NULL) {
        form_problem(form, ROW_USER, "the guest is gone");
        return FALSE;
    }
    struct set_wish *wish = read_form(form);
    if (wish == NULL)
        return FALSE;
    act_submit(form_ui(form), set_request(wish, guest));
    set_wish_free(wish);
    return TRUE;
}

void set_form(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    const struct guest *guest = act_guest(ui, &now);
    if (guest == NULL)
        return;
    if (guest->state != GUEST_RUNNING || !guest->facts->agent_channel) {
        ui_say(ui, MESSAGE_ERROR, "%s: cannot %s: %s", guest->name, action->name,
               guest->state != GUEST_RUNNING ? "it does not run" : "it has no channel for a guest agent");
        return;
    }
    struct goal *goal = g_new(struct goal, 1);
    goal->uuid = g_strdup(guest->uuid);
    g_autofree char *title = g_strdup_printf("Set in %s", guest->name);
    const struct form_spec spec = {.title = title,
                                   .rows = rows,
                                   .count = ROWS,
                                   .check = check,
                                   .submit = submit,
                                   .data = goal,
                                   .free_data = free_goal};
    struct form *form = form_open(ui, &spec);
    form_set_text(form, ROW_USER, guest->facts->user);
    form_set_note(form, "by its guest agent; keys from a file, beside those that are there");
}
