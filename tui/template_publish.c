/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/template.h"
#include "tui/act.h"
#include "tui/form.h"
#include "tui/templates.h"

enum { ROW_NAME, ROW_DESCRIPTION, ROWS };

static const struct form_row rows[ROWS] = {
    [ROW_NAME] = {"name", FORM_TEXT},
    [ROW_DESCRIPTION] = {"says", FORM_TEXT},
};

/* The guest that is published, by UUID. */
struct publishing {
    char *uuid, *name;
};

static void free_publishing(gpointer data) {
    struct publishing *publishing = data;
    g_free(publishing->uuid);
    g_free(publishing->name);
    g_free(publishing);
}

static void check(struct form *form, gpointer data) {
    const struct publishing *publishing = data;
    g_autofree char *name = g_strstrip(g_strdup(form_text(form, ROW_NAME)));
    g_autoptr(snapshot_t) now = ui_now(form_ui(form));
    if (!template_name_valid(name))
        form_problem(form, ROW_NAME, "letters a-z, digits, . _ -");
    else if (snapshot_guest(now, publishing->uuid) == NULL)
        form_problem(form, ROW_NAME, "the guest is gone");
}

static gboolean submit(struct form *form, gpointer data) {
    const struct publishing *publishing = data;
    g_autofree char *description = g_strstrip(g_strdup(form_text(form, ROW_DESCRIPTION)));
    struct request *request = request_new(ACTION_template_publish, publishing->uuid, publishing->name);
    request->new_name = g_strstrip(g_strdup(form_text(form, ROW_NAME)));
    request->description = *description == '\0' ? NULL : g_steal_pointer(&description);
    act_submit(form_ui(form), request);
    return TRUE;
}

void templates_publish_form(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    const struct guest *guest = act_guest(ui, &now);
    if (guest == NULL)
        return;
    struct publishing *publishing = g_new(struct publishing, 1);
    *publishing = (struct publishing){g_strdup(guest->uuid), g_strdup(guest->name)};
    g_autofree char *title = g_strdup_printf("Make a template of %s", guest->name);
    const struct form_spec spec = {.title = title,
                                   .rows = rows,
                                   .count = ROWS,
                                   .check = check,
                                   .submit = submit,
                                   .data = publishing,
                                   .free_data = free_publishing};
    struct form *form = form_open(ui, &spec);
    if (template_name_valid(guest->name))
        form_set_text(form, ROW_NAME, guest->name);
    form_set_note(form, guest_state_active(guest->state)
                            ? "a full copy of its disk at this moment; the guest runs on as it is"
                            : "a full copy of its disk; the guest stays as it is");
}
