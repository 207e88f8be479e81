/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/filter.h"
#include "tui/columns.h"
#include "tui/edit.h"
#include "tui/ui.h"

/* Screen 1: the list of guests. Selection and marks belong to UUIDs; the rows are sorted when a snapshot
 * arrives or the order changes, not when a key is pressed. */
struct guests {
    struct view view;
    GPtrArray *rows;   /* const struct guest, of ui->snapshot: those that the filter lets through, in order */
    GHashTable *marks; /* UUIDs */
    char *selected;    /* UUID, or NULL in an empty list */
    guint at, top;     /* its row, the first row shown */
    guint shown_rows;  /* how many fitted last time */
    int list_row;      /* where on the screen the first one was */
    const struct column *sort;
    gboolean inverted;
    char *filter_text; /* NULL: none */
    struct filter *filter;
    struct edit *edit; /* the filter's field while it is open */
    char *edit_problem;
    char *awaited; /* UUID to select when it appears */
};

struct guests *guests_new(struct ui *ui);

/* The UUIDs an action goes to: the marked ones that are shown, else the selected one. *hidden is how many
 * marked ones the filter hides. The caller's array of owned strings. */
GPtrArray *guests_targets(struct guests *guests, gboolean bulk, guint *hidden);

/* Selects the guest as soon as it is in the list. */
void guests_await(struct guests *guests, const char *uuid);

/* Rebuilds the rows: filter or order changed. */
void guests_rebuild(struct guests *guests);

void guests_draw(struct view *view, struct canvas *canvas, struct area area);
GArray *guests_layout(struct guests *guests, int total);
gboolean guests_action(struct view *view, const struct action *action);
gboolean guests_mouse(struct guests *guests, const struct input *input);
void guests_move(struct guests *guests, int rows);
