/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/form.h"

#include <string.h>

#include "config/units.h"
#include "tui/edit.h"

#define WIDEST 74
#define LABEL  10
#define VALUE  26

/* Columns beside the values in which something can be said. */
#define BESIDE_LEAST 16

struct field {
    const struct form_row *row;
    struct edit *edit;
    GStrv choices;
    guint chosen;
    char *problem, *aside;
    gboolean alarm; /* the aside is one to look at */
    gboolean hidden;
    gboolean touched; /* its value was changed, or sent: what is wrong with it is shown */
};

struct form {
    struct view view;
    char *title, *note;
    struct field *fields;
    guint count, at;
    void (*changed)(struct form *form, guint row, gpointer data);
    void (*check)(struct form *form, gpointer data);
    gboolean (*submit)(struct form *form, gpointer data);
    gpointer data;
    GDestroyNotify free_data;
    gboolean checking;
};

static gboolean is_text(const struct field *field) {
    return field->row->kind == FORM_TEXT || field->row->kind == FORM_SECRET;
}

struct ui *form_ui(struct form *form) {
    return form->view.ui;
}

void form_set_text(struct form *form, guint row, const char *text) {
    edit_set(form->fields[row].edit, text == NULL ? "" : text);
}

const char *form_text(struct form *form, guint row) {
    return edit_text(form->fields[row].edit);
}

void form_set_choices(struct form *form, guint row, const char *const *names, guint chosen) {
    g_strfreev(form->fields[row].choices);
    form->fields[row].choices = g_strdupv((char **)names);
    form->fields[row].chosen = chosen;
    ui_dirty(form->view.ui);
}

guint form_choice(struct form *form, guint row) {
    return form->fields[row].chosen;
}

const char *form_choice_name(struct form *form, guint row) {
    const struct field *field = &form->fields[row];
    return field->choices == NULL || field->chosen >= g_strv_length(field->choices)
               ? NULL
               : field->choices[field->chosen];
}

void form_set_switch(struct form *form, guint row, gboolean on) {
    form->fields[row].chosen = on ? 1 : 0;
}

gboolean form_switch(struct form *form, guint row) {
    return form->fields[row].chosen != 0;
}

void form_hide(struct form *form, guint row, gboolean hidden) {
    form->fields[row].hidden = hidden;
    ui_dirty(form->view.ui);
}

void form_set_note(struct form *form, const char *note) {
    g_free(form->note);
    form->note = g_strdup(note);
    ui_dirty(form->view.ui);
}

void form_aside(struct form *form, guint row, gboolean alarm, const char *text) {
    g_free(form->fields[row].aside);
    form->fields[row].aside = g_strdup(text);
    form->fields[row].alarm = alarm;
    ui_dirty(form->view.ui);
}

void form_problem(struct form *form, guint row, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_free(form->fields[row].problem);
    form->fields[row].problem = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (!form->checking) {
        form->at = row;
        form->fields[row].touched = TRUE;
    }
    ui_dirty(form->view.ui);
}

/* TRUE when nothing is wrong. */
static gboolean check_all(struct form *form) {
    gboolean well = TRUE;
    for (guint i = 0; i < form->count; i++)
        g_clear_pointer(&form->fields[i].problem, g_free);
    form->checking = TRUE;
    if (form->check != NULL)
        form->check(form, form->data);
    form->checking = FALSE;
    for (guint i = 0; i < form->count && well; i++)
        well = form->fields[i].problem == NULL;
    return well;
}

void form_check(struct form *form) {
    check_all(form);
    ui_dirty(form->view.ui);
}

gboolean form_count(struct form *form, guint row, guint least, guint most, guint *count) {
    guint64 number = 0;
    g_autofree char *text = g_strstrip(g_strdup(form_text(form, row)));
    if (!g_ascii_string_to_unsigned(text, 10, least, most, &number, NULL)) {
        form_problem(form, row, "a number from %u to %u", least, most);
        return FALSE;
    }
    *count = (guint)number;
    return TRUE;
}

gboolean form_size(struct form *form, guint row, guint64 *bytes) {
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strstrip(g_strdup(form_text(form, row)));
    *bytes = 0;
    if (*text == '\0' || units_parse_size(text, bytes, &error))
        return TRUE;
    form_problem(form, row, "%s", error->message);
    return FALSE;
}

gboolean form_new_name(struct form *form, guint row, const char *name) {
    g_autoptr(snapshot_t) now = ui_now(form->view.ui);
    for (guint i = 0; i < now->guests->len; i++)
        if (strcmp(((const struct guest *)g_ptr_array_index(now->guests, i))->name, name) == 0) {
            form_problem(form, row, "there is a guest of that name");
            return FALSE;
        }
    if (*name != '\0' && strchr(name, '/') == NULL)
        return TRUE;
    form_problem(form, row, *name == '\0' ? "a name is needed" : "no slash in a name");
    return FALSE;
}

static void draw_value(struct form *form, struct canvas *canvas, guint index, int row, int column) {
    const struct field *field = &form->fields[index];
    gboolean active = index == form->at;
    enum style style = active ? STYLE_FIELD_ACTIVE : STYLE_FIELD;
    if (field->row->kind == FORM_SECRET) {
        int length = (int)MIN(g_utf8_strlen(edit_text(field->edit), -1), VALUE - 1);
        g_autofree char *stars = g_strnfill((gsize)length, '*');
        draw_fit(canvas, row, column, VALUE, style, FALSE, stars);
        if (active)
            canvas_cursor(canvas, row, column + length);
        return;
    }
    if (field->row->kind == FORM_TEXT) {
        edit_draw(field->edit, canvas, row, column, VALUE, style, active);
        return;
    }
    const char *name =
        field->row->kind == FORM_SWITCH ? (field->chosen ? "yes" : "no") : form_choice_name(form, index);
    g_autofree char *text = g_strdup_printf(active ? "< %s >" : "  %s", name == NULL ? "" : name);
    draw_fit(canvas, row, column, VALUE, style, FALSE, text);
}

/* Whether what is wrong with it is said: of a text only once it was touched. */
static gboolean is_shown(const struct field *field) {
    return field->problem != NULL && (field->touched || !is_text(field));
}

static void draw_beside(struct canvas *canvas, int row, int column, int columns, const struct field *field) {
    if (is_shown(field))
        draw_format(canvas, row, column, columns, STYLE_ERROR, "! %s", field->problem);
    else if (field->aside != NULL)
        draw_text(canvas, row, column, columns, field->alarm ? STYLE_ALERT : STYLE_DETAIL, field->aside);
}

/* Where nothing fits beside the fields, what is to be said of the one under the cursor stands there. */
static void draw_note(const struct form *form, struct canvas *canvas, struct area line) {
    const struct field *field = &form->fields[form->at];
    if (line.columns < LABEL + VALUE + BESIDE_LEAST && (is_shown(field) || field->aside != NULL))
        draw_beside(canvas, line.row, line.column, line.columns, field);
    else if (form->note != NULL)
        draw_text(canvas, line.row, line.column, line.columns, STYLE_DETAIL, form->note);
}

/* The numbers of the rows that are not hidden. */
static GArray *rows_there(const struct form *form) {
    GArray *there = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < form->count; i++)
        if (!form->fields[i].hidden)
            g_array_append_val(there, i);
    return there;
}

static int place_of(const GArray *there, guint row) {
    for (guint i = 0; i < there->len; i++)
        if (g_array_index(there, guint, i) == row)
            return (int)i;
    return 0;
}

static void draw(struct view *view, struct canvas *canvas, struct area area) {
    struct form *form = (struct form *)view;
    g_autoptr(GArray) there = rows_there(form);
    int width = MIN(area.columns, WIDEST), rows = MIN(area.rows, (int)there->len + 4);
    struct area box = {area.row + (area.rows - rows) / 2, (area.columns - width) / 2, rows, width};
    struct area inside = draw_box(canvas, box, form->title);
    int shown = inside.rows - 1;
    int first = MAX(0, place_of(there, form->at) - shown + 1);
    for (int i = 0; i < shown && first + i < (int)there->len; i++) {
        guint index = g_array_index(there, guint, first + i);
        const struct field *field = &form->fields[index];
        int row = inside.row + i, after = inside.column + LABEL + VALUE + 1;
        draw_text(canvas, row, inside.column, LABEL - 1, index == form->at ? STYLE_KEY : STYLE_NORMAL,
                  field->row->label);
        draw_value(form, canvas, index, row, inside.column + LABEL);
        draw_beside(canvas, row, after, inside.column + inside.columns - after, field);
    }
    if ((int)there->len > shown)
        draw_format(canvas, box.row + box.rows - 1, box.column + 2, box.columns - 4, STYLE_TITLE,
                    " %d-%d of %u ", first + 1, first + shown, there->len);
    draw_note(form, canvas, (struct area){inside.row + inside.rows - 1, inside.column, 1, inside.columns});
}

static void value_changed(struct form *form) {
    form->fields[form->at].touched = TRUE;
    if (form->changed != NULL)
        form->changed(form, form->at, form->data);
    check_all(form);
}

/* Shows all that is wrong, and goes to the first. */
static void show_problems(struct form *form) {
    for (guint i = form->count; i > 0; i--) {
        form->fields[i - 1].touched = TRUE;
        if (form->fields[i - 1].problem != NULL)
            form->at = i - 1;
    }
}

static void choose(struct form *form, int step) {
    struct field *field = &form->fields[form->at];
    guint count = field->row->kind == FORM_SWITCH ? 2
                  : field->choices == NULL        ? 0
                                                  : g_strv_length(field->choices);
    if (count == 0)
        return;
    field->chosen = (field->chosen + count + (guint)step) % count;
    value_changed(form);
}

static void submit(struct form *form) {
    struct ui *ui = form->view.ui;
    if (form->view.shown == 0 || ui_too_fast(ui))
        return;
    if (!check_all(form))
        show_problems(form);
    else if (form->submit(form, form->data))
        ui_close(&form->view);
}

static void go(struct form *form, int step) {
    do
        form->at = (form->at + form->count + (guint)step) % form->count;
    while (form->fields[form->at].hidden);
}

static gboolean take_key(struct view *view, const struct input *input) {
    struct form *form = (struct form *)view;
    gboolean text = is_text(&form->fields[form->at]);
    if (input->code == INPUT_ESCAPE || (input->code == INPUT_CONTROL && input->character == 'c'))
        ui_close(view);
    else if (input->code == INPUT_ENTER)
        submit(form);
    else if (input->code == INPUT_DOWN || input->code == INPUT_TAB)
        go(form, 1);
    else if (input->code == INPUT_UP || input->code == INPUT_BACKTAB)
        go(form, -1);
    else if (text && edit_key(form->fields[form->at].edit, input))
        value_changed(form);
    else if (!text &&
             (input->code == INPUT_RIGHT || (input->code == INPUT_CHARACTER && input->character == ' ')))
        choose(form, 1);
    else if (!text && input->code == INPUT_LEFT)
        choose(form, -1);
    return TRUE;
}

static gboolean take_paste(struct view *view, const char *text) {
    struct form *form = (struct form *)view;
    if (!is_text(&form->fields[form->at]))
        return FALSE;
    edit_paste(form->fields[form->at].edit, text);
    value_changed(form);
    return TRUE;
}

static char *hints(struct view *view) {
    return g_strdup("Enter do it  Up/Down field  Left/Right choose  Esc leave");
}

static void free_view(struct view *view) {
    struct form *form = (struct form *)view;
    for (guint i = 0; i < form->count; i++) {
        edit_free(form->fields[i].edit);
        g_strfreev(form->fields[i].choices);
        g_free(form->fields[i].problem);
        g_free(form->fields[i].aside);
    }
    if (form->free_data != NULL)
        form->free_data(form->data);
    g_free(form->fields);
    g_free(form->title);
    g_free(form->note);
    g_free(form);
}

static const struct view_ops ops = {
    .kind = VIEW_OVERLAY,
    .title = "Form",
    .manual = "innkeep-keys(7), FORMS",
    .draw = draw,
    .key = take_key,
    .paste = take_paste,
    .hints = hints,
    .free = free_view,
};

void form_close(struct form *form) {
    ui_close(&form->view);
}

struct form *form_open(struct ui *ui, const struct form_spec *spec) {
    struct form *form = g_new0(struct form, 1);
    form->view.ops = &ops;
    form->title = g_strdup(spec->title);
    form->fields = g_new0(struct field, spec->count);
    form->count = spec->count;
    form->changed = spec->changed;
    form->check = spec->check;
    form->submit = spec->submit;
    form->data = spec->data;
    form->free_data = spec->free_data;
    for (guint i = 0; i < spec->count; i++) {
        form->fields[i].row = &spec->rows[i];
        form->fields[i].edit = edit_new("");
    }
    ui_push(ui, &form->view);
    return form;
}
