/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "config/template.h"
#include "tui/act.h"
#include "tui/form.h"
#include "tui/templates.h"

enum { ROW_FILE, ROW_NAME, ROW_DESCRIPTION, ROWS };

static const struct form_row rows[ROWS] = {
    [ROW_FILE] = {"file", FORM_TEXT},
    [ROW_NAME] = {"name", FORM_TEXT},
    [ROW_DESCRIPTION] = {"says", FORM_TEXT},
};

static void check(struct form *form, gpointer data) {
    g_autofree char *file = g_strstrip(g_strdup(form_text(form, ROW_FILE)));
    g_autofree char *name = g_strstrip(g_strdup(form_text(form, ROW_NAME)));
    if (*file != '/' && !g_str_has_prefix(file, "~/"))
        form_problem(form, ROW_FILE, "a file, with its whole path");
    if (!template_name_valid(name))
        form_problem(form, ROW_NAME, "letters a-z, digits, . _ -");
}

static gboolean submit(struct form *form, gpointer data) {
    g_autofree char *file = g_strstrip(g_strdup(form_text(form, ROW_FILE)));
    g_autofree char *name = g_strstrip(g_strdup(form_text(form, ROW_NAME)));
    g_autofree char *description = g_strstrip(g_strdup(form_text(form, ROW_DESCRIPTION)));
    struct request *request = request_new(ACTION_template_import, NULL, name);
    request->file = g_str_has_prefix(file, "~/") ? g_build_filename(g_get_home_dir(), file + 2, NULL)
                                                 : g_steal_pointer(&file);
    request->description = *description == '\0' ? NULL : g_steal_pointer(&description);
    act_submit(form_ui(form), request);
    return TRUE;
}

void templates_import_form(struct ui *ui, const struct action *action) {
    const struct form_spec spec = {
        .title = "Import a template", .rows = rows, .count = ROWS, .check = check, .submit = submit};
    struct form *form = form_open(ui, &spec);
    form_set_note(form, "qcow2, raw, vmdk, vdi or vhdx; the file itself stays where it is");
}
