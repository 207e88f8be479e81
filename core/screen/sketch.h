/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/screen/pixels.h"

/* A picture drawn with what a terminal has. It is drawn in this process, from pixels whose number was checked
 * and which the confined decoder answered with, not there: what a child said would have to be checked byte by
 * byte before a terminal sees it, by a grammar of each way of drawing, while here nothing of a guest but
 * colours comes into it, whatever their value. chafa's threads, too, are what a confined process may not
 * have. */
struct sketch_terminal {
    guint columns, rows;           /* of the picture's box; at least 1 */
    guint cell_width, cell_height; /* of a cell in pixels; 0: not known */
    gboolean colour, utf8;
    gboolean pictures; /* it may be sent sixels or kitty's pictures, where it is one that knows them */
};

/* How large a picture is wanted, in pixels. */
void sketch_box(const struct sketch_terminal *terminal, guint *width, guint *height);

/* The bytes for it, lines with their ends. The environment ("TERM=…", NULL-terminated) says which terminal it
 * is. The caller's. */
char *sketch_pixels(const struct pixels *pixels, const struct sketch_terminal *terminal, char **environment);
