/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/action.h"
#include "tui/draw.h"
#include "tui/key.h"

/* A list of named things with a header, one of them selected. What is selected is a name and no row: it stays
 * when rows come, go and move. Main thread. */
struct list;

struct list_column {
    const char *header;
    int width;      /* the last column takes what is left */
    gboolean right; /* aligned to the right */
    int from;       /* shown on terminals this wide or wider */
};

struct list_row {
    char *id;
    char **cells; /* one for each column; NULL-terminated */
    enum style style;
};

/* columns are static data. */
struct list *list_new(const struct list_column *columns, guint count);
void list_free(struct list *list);

/* Rows for list_take(), which takes them. */
GPtrArray *list_rows(void);
void list_add(GPtrArray *rows, enum style style, const char *id, char **cells); /* takes cells */
void list_take(struct list *list, GPtrArray *rows);

/* NULL in an empty list; borrowed until rows are taken. */
const char *list_selected(const struct list *list);
void list_select(struct list *list, const char *id);

void list_draw(struct list *list, struct canvas *canvas, struct area area);

/* Moves the selection, if that is what the action is. */
gboolean list_action(struct list *list, const struct action *action);

/* A click selects, the wheel moves. */
void list_mouse(struct list *list, const struct input *input);

/* Rows that a key moves by on pages of so many rows; 0: it does not move. */
int list_step(enum action_id id, guint page_rows);
