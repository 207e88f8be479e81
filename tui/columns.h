/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/draw.h"

/* The columns of the list of guests. */
struct column {
    const char *name; /* as in [ui] columns */
    const char *header;
    int width, widest; /* columns it needs, and what it takes where there is room */
    gboolean right;    /* aligned to the right */
    int rank;          /* the highest go first where they do not fit */
    /* Order of two guests; what is not known comes last. */
    int (*compare)(const struct guest *a, const struct guest *b);
    /* Its text; the caller's. width is what it has. */
    char *(*text)(const struct guest *guest, int width);
    enum style (*style)(const struct guest *guest); /* NULL: normal */
    /* Draws instead of text; may be NULL. */
    void (*draw)(struct canvas *canvas, int row, int column, int width, enum style style,
                 const struct guest *guest);
};

struct column_place {
    const struct column *column;
    int at, width;
};

extern const struct column columns[];
extern const guint columns_count;

/* By name; NULL if there is none. */
const struct column *column_by_name(const char *name);

/* Which columns a line of total columns shows, and where; names (may be NULL) chooses and orders them. The
 * caller's array of struct column_place. */
GArray *columns_layout(const char *const *names, int total);

/* The order of the list: by column, then name, then UUID, so that it never depends on where a guest was. */
int columns_compare(const struct column *column, gboolean inverted, const struct guest *a,
                    const struct guest *b);
