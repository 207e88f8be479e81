/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/guests.h"

#include <string.h>

static int compare_rows(gconstpointer a, gconstpointer b, gpointer data) {
    const struct guests *guests = data;
    return columns_compare(guests->sort, guests->inverted, *(const struct guest *const *)a,
                           *(const struct guest *const *)b);
}

/* Puts the selection on row at; an empty list has none. */
static void select_row(struct guests *guests, guint at) {
    g_clear_pointer(&guests->selected, g_free);
    guests->at = 0;
    if (guests->rows->len == 0)
        return;
    guests->at = MIN(at, guests->rows->len - 1);
    guests->selected = g_strdup(((const struct guest *)g_ptr_array_index(guests->rows, guests->at))->uuid);
}

static gboolean find_row(struct guests *guests, const char *uuid, guint *at) {
    for (guint i = 0; uuid != NULL && i < guests->rows->len; i++)
        if (strcmp(((const struct guest *)g_ptr_array_index(guests->rows, i))->uuid, uuid) == 0) {
            *at = i;
            return TRUE;
        }
    return FALSE;
}

/* A mark belongs to a guest: one that is gone takes its mark along. */
static void drop_marks(struct guests *guests) {
    GHashTableIter iter;
    gpointer uuid;
    if (g_hash_table_size(guests->marks) == 0 || !guests->view.ui->snapshot->listed ||
        guests->view.ui->snapshot->link != LINK_UP)
        return;
    g_hash_table_iter_init(&iter, guests->marks);
    while (g_hash_table_iter_next(&iter, &uuid, NULL))
        if (snapshot_guest(guests->view.ui->snapshot, uuid) == NULL)
            g_hash_table_iter_remove(&iter);
}

void guests_rebuild(struct guests *guests) {
    const struct snapshot *snapshot = guests->view.ui->snapshot;
    g_ptr_array_set_size(guests->rows, 0);
    for (guint i = 0; i < snapshot->guests->len; i++) {
        struct guest *guest = g_ptr_array_index(snapshot->guests, i);
        if (guests->filter == NULL || filter_matches(guests->filter, guest))
            g_ptr_array_add(guests->rows, guest);
    }
    g_ptr_array_sort_with_data(guests->rows, compare_rows, guests);
    guint at = 0;
    if (find_row(guests, guests->awaited, &at)) {
        select_row(guests, at);
        g_clear_pointer(&guests->awaited, g_free);
    } else if (find_row(guests, guests->selected, &at)) {
        guests->at = at;
    } else {
        select_row(guests, guests->at);
    }
    ui_dirty(guests->view.ui);
}

static void refresh(struct view *view) {
    struct guests *guests = (struct guests *)view;
    drop_marks(guests);
    guests_rebuild(guests);
}

void guests_move(struct guests *guests, int rows) {
    if (guests->rows->len > 0)
        select_row(guests, (guint)CLAMP((gint64)guests->at + rows, 0, (gint64)guests->rows->len - 1));
}

void guests_await(struct guests *guests, const char *uuid) {
    g_free(guests->awaited);
    guests->awaited = g_strdup(uuid);
    guests_rebuild(guests);
}

GPtrArray *guests_targets(struct guests *guests, gboolean bulk, guint *hidden) {
    GPtrArray *uuids = g_ptr_array_new_with_free_func(g_free);
    *hidden = 0;
    guint marks = bulk ? g_hash_table_size(guests->marks) : 0;
    for (guint i = 0; marks > 0 && i < guests->rows->len; i++) {
        const struct guest *guest = g_ptr_array_index(guests->rows, i);
        if (g_hash_table_contains(guests->marks, guest->uuid))
            g_ptr_array_add(uuids, g_strdup(guest->uuid));
    }
    *hidden = marks - MIN(marks, uuids->len);
    if (marks == 0 && guests->selected != NULL)
        g_ptr_array_add(uuids, g_strdup(guests->selected));
    return uuids;
}

static const char *selected_guest(struct view *view) {
    return ((struct guests *)view)->selected;
}

/* Takes the field's text as the filter; a word that is not understood yet leaves the last one standing. */
static void apply_edit(struct guests *guests) {
    g_autoptr(GError) error = NULL;
    const char *text = edit_text(guests->edit);
    g_clear_pointer(&guests->edit_problem, g_free);
    struct filter *filter = *text == '\0' ? NULL : filter_parse_line(text, &error);
    if (error != NULL) {
        guests->edit_problem = g_strdup(error->message);
        return;
    }
    g_clear_pointer(&guests->filter, filter_free);
    guests->filter = filter;
    g_free(guests->filter_text);
    guests->filter_text = filter == NULL ? NULL : g_strdup(text);
    guests_rebuild(guests);
}

static gboolean edit_filter(struct guests *guests, const struct input *input) {
    if (input->code == INPUT_ENTER && guests->edit_problem != NULL)
        return TRUE; /* what is not understood is not taken for less */
    if (input->code == INPUT_ENTER || input->code == INPUT_ESCAPE ||
        (input->code == INPUT_CONTROL && input->character == 'c')) {
        if (input->code != INPUT_ENTER) {
            edit_set(guests->edit, "");
            apply_edit(guests);
        }
        g_clear_pointer(&guests->edit_problem, g_free);
        g_clear_pointer(&guests->edit, edit_free);
        return TRUE;
    }
    if (input->code == INPUT_UP || input->code == INPUT_DOWN)
        guests_move(guests, input->code == INPUT_UP ? -1 : 1);
    else if (edit_key(guests->edit, input))
        apply_edit(guests);
    return TRUE;
}

static gboolean take_key(struct view *view, const struct input *input) {
    struct guests *guests = (struct guests *)view;
    if (input->code == INPUT_MOUSE)
        return guests_mouse(guests, input);
    return guests->edit != NULL && edit_filter(guests, input);
}

static gboolean take_paste(struct view *view, const char *text) {
    struct guests *guests = (struct guests *)view;
    if (guests->edit == NULL)
        return FALSE;
    edit_paste(guests->edit, text);
    apply_edit(guests);
    return TRUE;
}

static char *hints(struct view *view) {
    struct guests *guests = (struct guests *)view;
    return guests->edit == NULL ? NULL : g_strdup("Enter keep  Esc clear  Up move");
}

static void free_view(struct view *view) {
    struct guests *guests = (struct guests *)view;
    g_ptr_array_unref(guests->rows);
    g_hash_table_unref(guests->marks);
    g_clear_pointer(&guests->filter, filter_free);
    edit_free(guests->edit);
    g_free(guests->selected);
    g_free(guests->filter_text);
    g_free(guests->edit_problem);
    g_free(guests->awaited);
    g_free(guests);
}

static const struct view_ops ops = {
    .kind = VIEW_SCREEN,
    .title = "Guests",
    .manual = "innkeep-keys(7), GUESTS",
    .tab = 1,
    .draw = guests_draw,
    .key = take_key,
    .action = guests_action,
    .paste = take_paste,
    .guest = selected_guest,
    .refresh = refresh,
    .hints = hints,
    .free = free_view,
};

struct guests *guests_new(struct ui *ui) {
    struct guests *guests = g_new0(struct guests, 1);
    guests->view.ops = &ops;
    guests->view.ui = ui;
    guests->rows = g_ptr_array_new();
    guests->marks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guests->sort = &columns[0];
    guests_rebuild(guests);
    return guests;
}
