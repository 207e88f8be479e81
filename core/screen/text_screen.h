/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/screen/pixels.h"

/* A picture of text read as text: firmware, boot loaders, kernels and their errors draw one of few fonts on a
 * grid, so that each cell of the picture is compared with their glyphs. Any thread. */

/* Of the largest picture in cells of 8 x 8. */
enum { TEXT_COLUMNS_MAX = PIXELS_SIDE_MAX / 8, TEXT_ROWS_MAX = PIXELS_SIDE_MAX / 8 };

/* Colours are a terminal's sixteen: black, red, green, yellow, blue, magenta, cyan, white, and bright. */
struct text_cell {
    gunichar character; /* a space where there is nothing, U+FFFD where no glyph is known */
    guint8 foreground, background;
};

struct text_screen {
    guint columns, rows;
    gboolean cursor; /* it is shown, and stands there */
    guint cursor_column, cursor_row;
    struct text_cell *cells; /* rows * columns */
};

/* Sorts the fonts, once: before a process is confined, since the C library's sorting asks for the memory's
 * size.
 */
void text_screen_prepare(void);

/* FALSE: it is no text, or not enough of it: graphics. *screen is the caller's with TRUE alone. */
gboolean text_screen_read(const struct pixels *pixels, struct text_screen *screen);

/* What stands for a character where there is only ASCII: corners, lines, arrows and blocks by their likes. */
char text_screen_ascii(gunichar character);

/* A row's text without the spaces at its end; with ascii, in ASCII. The caller's. */
char *text_screen_line(const struct text_screen *screen, guint row, gboolean ascii);

void text_screen_clear(struct text_screen *screen);
