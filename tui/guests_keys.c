/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/guests.h"

#include "tui/list.h"
#include "tui/picture.h"

static void mark_one(struct guests *guests) {
    if (guests->selected == NULL)
        return;
    if (!g_hash_table_remove(guests->marks, guests->selected))
        g_hash_table_add(guests->marks, g_strdup(guests->selected));
    guests_move(guests, 1);
}

static void mark_all(struct guests *guests) {
    for (guint i = 0; i < guests->rows->len; i++)
        g_hash_table_add(guests->marks,
                         g_strdup(((const struct guest *)g_ptr_array_index(guests->rows, i))->uuid));
}

static void sort_by(struct guests *guests, int step) {
    int total = canvas_area(guests->view.ui->canvas).columns;
    g_autoptr(GArray) places = guests_layout(guests, total);
    int at = 0;
    for (guint i = 0; i < places->len; i++)
        if (g_array_index(places, struct column_place, i).column == guests->sort)
            at = (int)i;
    at = (at + step + (int)places->len) % (int)places->len;
    guests->sort = g_array_index(places, struct column_place, (guint)at).column;
    guests->inverted = FALSE;
    guests_rebuild(guests);
}

static void clear_filter(struct guests *guests) {
    g_clear_pointer(&guests->filter, filter_free);
    g_clear_pointer(&guests->filter_text, g_free);
    guests_rebuild(guests);
}

gboolean guests_action(struct view *view, const struct action *action) {
    struct guests *guests = (struct guests *)view;
    int step = list_step(action->id, guests->shown_rows);
    if (step != 0) {
        guests_move(guests, step);
        return TRUE;
    }
    switch (action->id) {
    case ACTION_mark:
        mark_one(guests);
        return TRUE;
    case ACTION_mark_all:
        mark_all(guests);
        return TRUE;
    case ACTION_mark_clear:
        g_hash_table_remove_all(guests->marks);
        return TRUE;
    case ACTION_filter:
        guests->edit = edit_new(guests->filter_text);
        return TRUE;
    case ACTION_filter_clear:
        clear_filter(guests);
        return TRUE;
    case ACTION_sort_left:
    case ACTION_sort_right:
        sort_by(guests, action->id == ACTION_sort_left ? -1 : 1);
        return TRUE;
    case ACTION_sort_invert:
        guests->inverted = !guests->inverted;
        guests_rebuild(guests);
        return TRUE;
    default:
        return FALSE;
    }
}

/* A click on a column's header sorts by it, a second one inverts. */
static void click_header(struct guests *guests, int column) {
    int total = canvas_area(guests->view.ui->canvas).columns;
    g_autoptr(GArray) places = guests_layout(guests, total);
    for (guint i = 0; i < places->len; i++) {
        const struct column_place *place = &g_array_index(places, struct column_place, i);
        if (column < place->at || column >= place->at + place->width)
            continue;
        guests->inverted = place->column == guests->sort && !guests->inverted;
        guests->sort = place->column;
        guests_rebuild(guests);
    }
}

#define HEADERS_ROW 2 /* below header and tabs */

gboolean guests_mouse(struct guests *guests, const struct input *input) {
    int row = input->row - guests->list_row;
    if (input->button == BUTTON_WHEEL_UP || input->button == BUTTON_WHEEL_DOWN)
        guests_move(guests, input->button == BUTTON_WHEEL_UP ? -3 : 3);
    else if (input->button != BUTTON_LEFT)
        return TRUE;
    else if (picture_mouse(guests->view.ui, input))
        return TRUE;
    else if (input->row == HEADERS_ROW)
        click_header(guests, input->column);
    else if (row >= 0 && (guint)row < guests->shown_rows && guests->top + (guint)row < guests->rows->len)
        guests_move(guests, (int)guests->top + row - (int)guests->at);
    return TRUE;
}
