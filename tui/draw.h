/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/confined/cell.h"
#include "core/host/model.h"
#include "tui/theme.h"

/* Everything that is put on the screen goes through here: text is made safe and cut, and a frame is sent only
 * when a cell changed. Main thread. */
struct canvas;

/* What the terminal can show. */
struct capabilities {
    gboolean colour;
    gboolean ascii;        /* text in ASCII alone */
    gboolean plain;        /* no block glyphs or lines: graphs in ASCII */
    gboolean synchronized; /* takes the brackets of a synchronized update */
    gboolean clipboard;    /* may take OSC 52 */
};

struct area {
    int row, column, rows, columns;
};

/* After the terminal was opened. The theme is borrowed. */
struct canvas *canvas_new(const struct capabilities *capabilities, const struct theme *theme);
void canvas_free(struct canvas *canvas);
void canvas_set_theme(struct canvas *canvas, const struct theme *theme);
const struct capabilities *canvas_capabilities(const struct canvas *canvas);
struct area canvas_area(const struct canvas *canvas);

/* A frame: begin clears the picture, end sends what changed since the last one, and nothing if nothing did.
 */
void canvas_begin(struct canvas *canvas);
void canvas_end(struct canvas *canvas);

/* The next frame is sent whole. */
void canvas_redraw(struct canvas *canvas);

/* Shows the terminal's cursor there in this frame; without a call it is hidden. */
void canvas_cursor(struct canvas *canvas, int row, int column);

/* The shape of the cursor in this frame, as DECSCUSR counts them, where the terminal knows how to change it
 * and back. */
void canvas_cursor_shape(struct canvas *canvas, guint shape);

/* Text, made safe, cut to columns. Returns the columns it took. */
int draw_text(struct canvas *canvas, int row, int column, int columns, enum style style, const char *text);

/* The same, padded to columns. */
void draw_fit(struct canvas *canvas, int row, int column, int columns, enum style style, gboolean right,
              const char *text);
int draw_format(struct canvas *canvas, int row, int column, int columns, enum style style, const char *format,
                ...) G_GNUC_PRINTF(6, 7);

void draw_fill(struct canvas *canvas, struct area area, enum style style);

/* A frame with a title, its inside cleared. Returns the inside. */
struct area draw_box(struct canvas *canvas, struct area area, const char *title);

/* The newest values of a history, columns wide, each the mean of its share of the last minute; full is the
 * value of a full block. */
void draw_sparkline(struct canvas *canvas, int row, int column, int columns, enum style style,
                    const struct history *history, double full);

/* A larger graph of the last minute. */
void draw_graph(struct canvas *canvas, struct area area, enum style style, const struct history *history,
                double full);

/* [#####-----] for fraction 0 to 1; NAN: unknown. columns include the brackets. */
void draw_bar(struct canvas *canvas, int row, int column, int columns, enum style style, double fraction);

/* One cell of a guest's terminal; colours that the terminal does not have become the nearest that it has. */
void draw_cell(struct canvas *canvas, int row, int column, const struct terminal_cell *cell);

/* One cell that is two pixels (0xRRGGBB), the upper and the lower half of it: in colours where the terminal
 * has 256 of them or more, else by their darkness. */
void draw_half_block(struct canvas *canvas, int row, int column, guint upper, guint lower);
