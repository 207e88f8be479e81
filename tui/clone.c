/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tui/act.h"
#include "tui/create.h"
#include "tui/form.h"

#define COUNT_MAX 100

enum { ROW_NAME, ROW_KIND, ROW_COUNT_, ROW_START, ROWS };

static const struct form_row rows[ROWS] = {
    [ROW_NAME] = {"name", FORM_TEXT},
    [ROW_KIND] = {"kind", FORM_CHOICE},
    [ROW_COUNT_] = {"count", FORM_TEXT},
    [ROW_START] = {"start", FORM_SWITCH},
};

static const char *const kinds[] = {"full copy", "linked", NULL};
enum { KIND_FULL, KIND_LINKED };

struct cloning {
    char *uuid, *name, *proposed;
    gboolean linkable, active;
};

static void free_cloning(gpointer data) {
    struct cloning *cloning = data;
    g_free(cloning->uuid);
    g_free(cloning->name);
    g_free(cloning->proposed);
    g_free(cloning);
}

/* A linked clone stands on its source's image, which must be an overlay itself and not be written to. */
static gboolean linkable(const struct guest *guest) {
    return guest->facts->linked && guest->state == GUEST_SHUT_OFF;
}

static void describe(struct form *form, guint row, gpointer data) {
    const struct cloning *cloning = data;
    if (row == ROW_KIND)
        form_set_note(form, form_choice(form, ROW_KIND) == KIND_LINKED
                                ? "linked: made in a moment, stands on the source's image"
                            : cloning->active ? "full copy of its disks at this moment; the source runs on"
                                              : "full copy: stands alone, copies all disks");
}

static void check(struct form *form, gpointer data) {
    const struct cloning *cloning = data;
    guint count = 0;
    g_autofree char *name = g_strstrip(g_strdup(form_text(form, ROW_NAME)));
    form_new_name(form, ROW_NAME, name);
    form_count(form, ROW_COUNT_, 1, COUNT_MAX, &count);
    if (form_choice(form, ROW_KIND) == KIND_LINKED && !cloning->linkable)
        form_problem(form, ROW_KIND, "only of an overlay that is shut off");
}

static gboolean submit_clone(struct form *form, gpointer data) {
    struct cloning *cloning = data;
    g_autofree char *name = g_strstrip(g_strdup(form_text(form, ROW_NAME)));
    g_autoptr(request_t) request = request_new(ACTION_clone, cloning->uuid, cloning->name);
    g_autoptr(snapshot_t) now = ui_now(form_ui(form));
    if (snapshot_guest(now, cloning->uuid) == NULL) {
        form_problem(form, ROW_NAME, "the source is gone");
        return FALSE;
    }
    form_count(form, ROW_COUNT_, 1, COUNT_MAX, &request->count);
    request->linked = form_choice(form, ROW_KIND) == KIND_LINKED;
    if (strcmp(name, cloning->proposed) != 0)
        request->new_name = g_strdup(name);
    request->start = form_switch(form, ROW_START);
    act_submit(form_ui(form), g_steal_pointer(&request));
    return TRUE;
}

static void open_form(struct ui *ui, const struct guest *guest, const struct snapshot *now) {
    struct cloning *cloning = g_new0(struct cloning, 1);
    cloning->uuid = g_strdup(guest->uuid);
    cloning->name = g_strdup(guest->name);
    cloning->proposed = request_propose_name(now, guest->name, FALSE);
    cloning->linkable = linkable(guest);
    cloning->active = guest_state_active(guest->state);
    g_autofree char *title = g_strdup_printf("Clone %s", guest->name);
    const struct form_spec spec = {.title = title,
                                   .rows = rows,
                                   .count = ROWS,
                                   .changed = describe,
                                   .check = check,
                                   .submit = submit_clone,
                                   .data = cloning,
                                   .free_data = free_cloning};
    struct form *form = form_open(ui, &spec);
    form_set_text(form, ROW_NAME, cloning->proposed);
    form_set_choices(form, ROW_KIND, kinds, cloning->linkable ? KIND_LINKED : KIND_FULL);
    form_set_text(form, ROW_COUNT_, "1");
    form_set_switch(form, ROW_START, FALSE);
    describe(form, ROW_KIND, cloning);
}

void clone_form(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    const struct guest *guest = act_guest(ui, &now);
    if (guest != NULL)
        open_form(ui, guest, now);
}

void clone_now(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    const struct guest *guest = act_guest(ui, &now);
    if (guest == NULL)
        return;
    if (!linkable(guest)) {
        open_form(ui, guest, now);
        return;
    }
    struct request *request = request_new(ACTION_clone, guest->uuid, guest->name);
    request->linked = 1;
    act_submit(ui, request);
}
