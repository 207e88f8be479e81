/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/list.h"

#include <string.h>

#define WHEEL_ROWS 3

struct list {
    const struct list_column *columns;
    guint count;
    GPtrArray *rows; /* struct list_row */
    char *selected;  /* the id */
    guint at, top, shown_rows;
    int first_row; /* where on the screen the first row is */
};

static void free_row(gpointer data) {
    struct list_row *row = data;
    g_free(row->id);
    g_strfreev(row->cells);
    g_free(row);
}

GPtrArray *list_rows(void) {
    return g_ptr_array_new_with_free_func(free_row);
}

void list_add(GPtrArray *rows, enum style style, const char *id, char **cells) {
    struct list_row *row = g_new(struct list_row, 1);
    *row = (struct list_row){g_strdup(id), cells, style};
    g_ptr_array_add(rows, row);
}

struct list *list_new(const struct list_column *columns, guint count) {
    struct list *list = g_new0(struct list, 1);
    list->columns = columns;
    list->count = count;
    list->rows = list_rows();
    return list;
}

void list_free(struct list *list) {
    g_ptr_array_unref(list->rows);
    g_free(list->selected);
    g_free(list);
}

static const struct list_row *row_at(const struct list *list, guint index) {
    return g_ptr_array_index(list->rows, index);
}

static void select_row(struct list *list, gint64 at) {
    g_clear_pointer(&list->selected, g_free);
    list->at = 0;
    if (list->rows->len == 0)
        return;
    list->at = (guint)CLAMP(at, 0, (gint64)list->rows->len - 1);
    list->selected = g_strdup(row_at(list, list->at)->id);
}

void list_take(struct list *list, GPtrArray *rows) {
    g_ptr_array_unref(list->rows);
    list->rows = rows;
    for (guint i = 0; list->selected != NULL && i < rows->len; i++)
        if (strcmp(row_at(list, i)->id, list->selected) == 0) {
            list->at = i;
            return;
        }
    select_row(list, list->at);
}

const char *list_selected(const struct list *list) {
    return list->selected;
}

void list_select(struct list *list, const char *id) {
    for (guint i = 0; i < list->rows->len; i++)
        if (strcmp(row_at(list, i)->id, id) == 0)
            select_row(list, i);
}

static void draw_cells(struct list *list, struct canvas *canvas, int row, enum style style,
                       char *const *cells) {
    struct area whole = canvas_area(canvas);
    int column = 2;
    for (guint i = 0; i < list->count; i++) {
        const struct list_column *shown = &list->columns[i];
        int left = whole.columns - column;
        if (whole.columns < shown->from || left <= 0)
            continue;
        int width = i + 1 == list->count ? left : MIN(shown->width, left);
        draw_fit(canvas, row, column, width, style, shown->right, cells == NULL ? shown->header : cells[i]);
        column += width + 2;
    }
}

void list_draw(struct list *list, struct canvas *canvas, struct area area) {
    draw_fit(canvas, area.row, 0, area.columns, STYLE_COLUMNS, FALSE, "");
    draw_cells(list, canvas, area.row, STYLE_COLUMNS, NULL);
    list->first_row = area.row + 1;
    list->shown_rows = (guint)MAX(1, area.rows - 1);
    list->top = MIN(list->top, list->at);
    if (list->at >= list->top + list->shown_rows)
        list->top = list->at - list->shown_rows + 1;
    for (guint i = 0; i < list->shown_rows && list->top + i < list->rows->len; i++) {
        gboolean selected = list->top + i == list->at;
        const struct list_row *shown = row_at(list, list->top + i);
        int row = list->first_row + (int)i;
        enum style style = selected ? STYLE_SELECTED : shown->style;
        draw_fit(canvas, row, 0, area.columns, style, FALSE, selected ? ">" : "");
        draw_cells(list, canvas, row, style, shown->cells);
    }
}

int list_step(enum action_id id, guint page_rows) {
    int page = MAX(1, (int)page_rows - 1);
    switch (id) {
    case ACTION_move_up:
        return -1;
    case ACTION_move_down:
        return 1;
    case ACTION_page_up:
        return -page;
    case ACTION_page_down:
        return page;
    case ACTION_move_first:
        return G_MININT / 2;
    case ACTION_move_last:
        return G_MAXINT / 2;
    default:
        return 0;
    }
}

gboolean list_action(struct list *list, const struct action *action) {
    int step = list_step(action->id, list->shown_rows);
    if (step != 0)
        select_row(list, (gint64)list->at + step);
    return step != 0;
}

void list_mouse(struct list *list, const struct input *input) {
    int row = input->row - list->first_row;
    if (input->button == BUTTON_WHEEL_UP || input->button == BUTTON_WHEEL_DOWN)
        select_row(list, (gint64)list->at + (input->button == BUTTON_WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS));
    else if (input->button == BUTTON_LEFT && row >= 0 && (guint)row < list->shown_rows &&
             list->top + (guint)row < list->rows->len)
        select_row(list, (gint64)list->top + row);
}
