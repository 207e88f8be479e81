/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/confined/picture.h"
#include "tui/draw.h"

/* A guest's screen as it was seen last, and the part of it that is shown. */
struct screen_shown {
    gboolean any;
    guint width, height; /* of the guest's screen, in pixels */
    gboolean is_text;
    struct text_screen text;
    struct pixels pixels;
    guint pan_column, pan_row;     /* of text that is larger than the window: its first cell shown */
    guint focus_column, focus_row; /* the cell that was brought into the window last */
    char *search;                  /* what is marked in it, lower case; NULL: nothing */
};

/* Takes over what was seen. How many cells of the window are drawn anew for it. */
guint screen_shown_take(struct screen_shown *shown, const struct picture_seen *seen);

/* Brings the part where something goes on into a window of that size: the cursor's, else that of a line which
 * stands out, else the last one used; and leaves it alone while that stays where it is. */
void screen_shown_follow(struct screen_shown *shown, guint columns, guint rows);

/* Moves the part shown, as far as there is anything. */
void screen_shown_pan(struct screen_shown *shown, int columns, int rows);

/* The row that has the text searched for at or after that row, beginning again at the top; -1: none. */
int screen_shown_find(const struct screen_shown *shown, guint row);

void screen_shown_draw(const struct screen_shown *shown, struct canvas *canvas, struct area area);
void screen_shown_clear(struct screen_shown *shown);
