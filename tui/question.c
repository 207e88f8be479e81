/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/question.h"

#include <string.h>

#include "tui/edit.h"
#include "tui/wrap.h"

#define WIDEST 76

struct question {
    struct view view;
    char *title, *text, *typed;
    struct edit *edit; /* NULL for y/N */
    GPtrArray *list;   /* char *, or NULL */
    GPtrArray *lines;  /* the list as it was last drawn, broken to the width */
    gboolean ready;
    guint top, page; /* of the list */
    void (*yes)(struct ui *ui, gpointer data);
    gpointer data;
    GDestroyNotify free_data;
};

/* The list broken into lines, what goes on indented; the caller's. */
static GPtrArray *broken_list(const struct question *question, int columns, gboolean ascii) {
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; question->list != NULL && i < question->list->len; i++) {
        const char *text = g_ptr_array_index(question->list, i);
        int indent = (int)strspn(text, " ");
        g_autoptr(GPtrArray) parts = wrap_text(text + indent, columns - indent - 2, ascii);
        for (guint j = 0; j < parts->len && g_ptr_array_index(parts, j) != NULL; j++)
            g_ptr_array_add(lines, g_strdup_printf("%*s%s", j == 0 ? indent : indent + 2, "",
                                                   (const char *)g_ptr_array_index(parts, j)));
    }
    return lines;
}

/* Where in a list that does not fit this is. */
static void draw_place(struct question *question, struct canvas *canvas, int row, struct area inside) {
    guint all = question->lines->len;
    if (all <= question->page)
        return;
    g_autofree char *place =
        g_strdup_printf("%u-%u of %u, Up Down", question->top + 1, question->top + question->page, all);
    int width = MIN((int)strlen(place), inside.columns);
    draw_text(canvas, row, inside.column + inside.columns - width, width, STYLE_KEY, place);
}

static void draw_prompt(struct question *question, struct canvas *canvas, struct area inside) {
    int row = inside.row + inside.rows - 1;
    draw_place(question, canvas, row, inside);
    if (!question->ready) {
        draw_text(canvas, row, inside.column, inside.columns, STYLE_NORMAL,
                  "reading what would go, Esc: leave it");
        return;
    }
    if (question->edit == NULL) {
        int used = draw_text(canvas, row, inside.column, inside.columns, STYLE_QUESTION, "y/N ");
        canvas_cursor(canvas, row, inside.column + used);
        return;
    }
    g_autofree char *prompt = g_strdup_printf("type %s: ", question->typed);
    int used = draw_text(canvas, row, inside.column, inside.columns / 2, STYLE_QUESTION, prompt);
    edit_draw(question->edit, canvas, row, inside.column + used, inside.columns - used, STYLE_FIELD, TRUE);
}

static void draw(struct view *view, struct canvas *canvas, struct area area) {
    struct question *question = (struct question *)view;
    int width = MIN(area.columns - 2, WIDEST);
    g_autoptr(GPtrArray) lines = wrap_text(question->text, width - 4, canvas_capabilities(canvas)->ascii);
    g_clear_pointer(&question->lines, g_ptr_array_unref);
    question->lines = broken_list(question, width - 4, canvas_capabilities(canvas)->ascii);
    int listed = (int)question->lines->len;
    int most = area.rows - 2; /* within the border */
    int text_rows = MIN((int)lines->len, MAX(1, most - 1 - MIN(listed, 3)));
    int list_rows = MIN(listed, most - text_rows - 1);
    int rows = text_rows + list_rows + 1 + 2;
    struct area box = {area.row + (area.rows - rows) / 2, area.column + (area.columns - width) / 2, rows,
                       width};
    struct area inside = draw_box(canvas, box, question->title);
    for (int i = 0; i < text_rows; i++)
        draw_text(canvas, inside.row + i, inside.column, inside.columns, STYLE_NORMAL,
                  g_ptr_array_index(lines, (guint)i));
    question->page = (guint)MAX(list_rows, 0);
    question->top = MIN(question->top, (guint)listed - question->page);
    for (int i = 0; i < list_rows; i++)
        draw_text(canvas, inside.row + text_rows + i, inside.column, inside.columns, STYLE_NORMAL,
                  g_ptr_array_index(question->lines, question->top + (guint)i));
    draw_prompt(question, canvas, inside);
}

static void answer(struct question *question, gboolean yes) {
    struct ui *ui = question->view.ui;
    void (*act)(struct ui * ui, gpointer data) = question->yes;
    gpointer data = question->data;
    GDestroyNotify free_data = question->free_data;
    question->free_data = NULL;
    ui_close(&question->view);
    if (yes)
        act(ui, data);
    if (free_data != NULL)
        free_data(data);
}

static void confirm(struct question *question) {
    struct ui *ui = question->view.ui;
    if (question->view.shown == 0)
        ui_say(ui, MESSAGE_NOTE, "that key came before the question could be read");
    else if (question->ready && !ui_too_fast(ui))
        answer(question, TRUE);
}

static gboolean scroll(struct question *question, const struct input *input) {
    guint all = question->lines == NULL ? 0 : question->lines->len;
    guint most = all - MIN(question->page, all);
    if (input->code == INPUT_UP || input->code == INPUT_PAGE_UP)
        question->top -= MIN(question->top, input->code == INPUT_UP ? 1 : question->page);
    else if (input->code == INPUT_DOWN || input->code == INPUT_PAGE_DOWN)
        question->top = MIN(most, question->top + (input->code == INPUT_DOWN ? 1 : question->page));
    else
        return FALSE;
    return TRUE;
}

static gboolean take_key(struct view *view, const struct input *input) {
    struct question *question = (struct question *)view;
    gunichar letter = input->code == INPUT_CHARACTER ? g_unichar_tolower(input->character) : 0;
    if (input->code == INPUT_ESCAPE || (input->code == INPUT_CONTROL && input->character == 'c')) {
        answer(question, FALSE);
    } else if (scroll(question, input)) {
        ;
    } else if (question->edit != NULL) {
        if (input->code != INPUT_ENTER)
            edit_key(question->edit, input);
        else if (strcmp(edit_text(question->edit), question->typed) == 0)
            confirm(question);
        else
            ui_say(view->ui, MESSAGE_NOTE, "that is not it; Esc leaves it");
    } else if (letter == 'y') {
        confirm(question);
    } else if (letter == 'n' || letter == 'q' || input->code == INPUT_ENTER) {
        answer(question, FALSE);
    }
    return TRUE;
}

static gboolean take_paste(struct view *view, const char *text) {
    struct question *question = (struct question *)view;
    if (question->edit == NULL)
        return FALSE;
    edit_paste(question->edit, text);
    return TRUE;
}

static char *hints(struct view *view) {
    return g_strdup(((struct question *)view)->edit == NULL ? "y yes  n no" : "Enter do it  Esc leave it");
}

static void free_view(struct view *view) {
    struct question *question = (struct question *)view;
    if (question->free_data != NULL)
        question->free_data(question->data);
    edit_free(question->edit);
    g_clear_pointer(&question->list, g_ptr_array_unref);
    g_clear_pointer(&question->lines, g_ptr_array_unref);
    g_free(question->title);
    g_free(question->text);
    g_free(question->typed);
    g_free(question);
}

static const struct view_ops ops = {
    .kind = VIEW_OVERLAY,
    .title = "Question",
    .manual = "innkeep-keys(7), QUESTIONS",
    .draw = draw,
    .key = take_key,
    .paste = take_paste,
    .hints = hints,
    .free = free_view,
};

struct question *question_ask(struct ui *ui, const struct question_spec *spec, const char *text) {
    struct question *question = g_new0(struct question, 1);
    question->view.ops = &ops;
    question->title = g_strdup(spec->title);
    question->typed = g_strdup(spec->typed);
    question->text = g_strdup(text);
    question->edit = spec->typed == NULL ? NULL : edit_new("");
    question->yes = spec->yes;
    question->data = spec->data;
    question->free_data = spec->free_data;
    question->ready = TRUE;
    ui_push(ui, &question->view);
    return question;
}

void question_list(struct question *question, const char *const *lines, gboolean ready) {
    g_clear_pointer(&question->list, g_ptr_array_unref);
    question->list = g_ptr_array_new_with_free_func(g_free);
    for (; *lines != NULL; lines++)
        g_ptr_array_add(question->list, g_strdup(*lines));
    question->ready = ready;
    question->view.shown = 0; /* what it says now has not been read yet */
    ui_dirty(question->view.ui);
}
