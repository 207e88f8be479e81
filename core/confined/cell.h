/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* A cell of a terminal, as it travels from the confined child to the screen. */

enum { CELL_BOLD = 1, CELL_UNDERLINE = 2, CELL_INVERSE = 4, CELL_BLINK = 8, CELL_ITALIC = 16, CELL_ALL = 31 };

enum { CELL_MARKS = 2 };

/* A colour is -1 for the default, 0 to 15 of the palette, or this and 0xRRGGBB. */
#define CELL_RGB (1 << 24)

struct terminal_cell {
    gunichar character;         /* 0: nothing drawn; never a control or format character */
    gunichar marks[CELL_MARKS]; /* combining characters; 0: none */
    gint32 foreground, background;
    guint8 columns; /* 1, 2, or 0 for the right half of a wide one */
    guint8 attributes;
    guint8 unused[2]; /* zero: cells are compared as bytes */
};

/* Brings a cell that comes from the child within bounds. */
void cell_check(struct terminal_cell *cell);

/* Appends its characters, a space for nothing. */
void cell_text(const struct terminal_cell *cell, GString *text);

/* Where text, lower case and cut into characters, stands in a row of cells at or after column from, or, with
 * step -1, at or before it; -1 where it does not. Upper and lower case are one. *columns: how many cells it
 * takes. */
int cell_find(const struct terminal_cell *cells, guint count, int from, int step, const gunichar *text,
              glong length, guint *columns);
