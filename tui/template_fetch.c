/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/template_fetch.h"

#include "core/template/catalogue.h"
#include "tui/act.h"
#include "tui/form.h"

enum { ROW_TEMPLATE, ROWS };

static const struct form_row rows[ROWS] = {[ROW_TEMPLATE] = {"template", FORM_CHOICE}};

/* Of each choice what is said of it, in the order of the choices. */
struct fetching {
    GPtrArray *notes; /* char * */
};

static void free_fetching(gpointer data) {
    struct fetching *fetching = data;
    g_ptr_array_unref(fetching->notes);
    g_free(fetching);
}

static void describe(struct form *form, guint row, gpointer data) {
    const struct fetching *fetching = data;
    form_set_note(form, g_ptr_array_index(fetching->notes, form_choice(form, ROW_TEMPLATE)));
}

static gboolean submit(struct form *form, gpointer data) {
    act_submit(form_ui(form), request_new(ACTION_template_fetch, NULL, form_choice_name(form, ROW_TEMPLATE)));
    return TRUE;
}

static void open_form(struct ui *ui, GPtrArray *templates, char *name) {
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < templates->len; i++) {
        const struct template_info *info = g_ptr_array_index(templates, i);
        if (!info->fetchable)
            continue;
        g_ptr_array_add(names, info->name);
        g_ptr_array_add(
            notes, g_strdup_printf("%s; %s", info->description == NULL ? info->name : info->description,
                                   info->ready ? "ready, a newer version is looked for" : "not fetched yet"));
    }
    if (names->len == 0) {
        ui_say(ui, MESSAGE_ERROR, "no template has an address to fetch it from");
        return;
    }
    struct fetching *fetching = g_new0(struct fetching, 1);
    fetching->notes = g_steal_pointer(&notes);
    const struct form_spec spec = {.title = "Fetch a template",
                                   .rows = rows,
                                   .count = ROWS,
                                   .changed = describe,
                                   .submit = submit,
                                   .data = fetching,
                                   .free_data = free_fetching};
    struct form *form = form_open(ui, &spec);
    g_ptr_array_add(names, NULL);
    form_set_choices(form, ROW_TEMPLATE, (const char *const *)names->pdata, 0);
    describe(form, ROW_TEMPLATE, fetching);
}

void template_fetch_form(struct ui *ui, const struct action *action) {
    act_with_templates(ui, open_form, NULL);
}
