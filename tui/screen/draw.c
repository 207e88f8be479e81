/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/screen/draw.h"

#include <string.h>

#include "core/confined/cell.h"

static gboolean same_cell(const struct text_cell *a, const struct text_cell *b) {
    return a->character == b->character && a->foreground == b->foreground && a->background == b->background;
}

static guint changed_text(const struct text_screen *old, const struct text_screen *now) {
    guint count = now->columns * now->rows, changed = 0;
    if (old->columns != now->columns || old->rows != now->rows)
        return count;
    for (guint i = 0; i < count; i++)
        changed += !same_cell(&old->cells[i], &now->cells[i]);
    return changed;
}

/* Two pixels are a cell. */
static guint changed_pixels(const struct pixels *old, const struct pixels *now) {
    gsize row = (gsize)now->width * 3;
    guint changed = 0;
    if (old->width != now->width || old->height != now->height)
        return now->width * now->height / 2;
    for (gsize i = 0; i < row * now->height; i += 3)
        changed += memcmp(old->rgb + i, now->rgb + i, 3) != 0;
    return changed / 2 + changed % 2;
}

static void forget_picture(struct screen_shown *shown) {
    text_screen_clear(&shown->text);
    pixels_clear(&shown->pixels);
}

guint screen_shown_take(struct screen_shown *shown, const struct picture_seen *seen) {
    guint changed = 0;
    if (seen->is_text)
        changed = changed_text(&shown->text, &seen->text);
    else
        changed = changed_pixels(&shown->pixels, &seen->pixels);
    gboolean blinks = changed == 0 && shown->any && shown->is_text && seen->is_text && shown->text.cursor &&
                      !seen->text.cursor;
    guint column = shown->text.cursor_column, row = shown->text.cursor_row;
    forget_picture(shown);
    shown->any = TRUE;
    shown->width = seen->width;
    shown->height = seen->height;
    shown->is_text = seen->is_text;
    if (seen->is_text) {
        shown->text = seen->text;
        shown->text.cells = g_memdup2(seen->text.cells,
                                      (gsize)seen->text.columns * seen->text.rows * sizeof *seen->text.cells);
        if (blinks) { /* where nothing else changed it is the dark half of a blink: the terminal has its own
                       */
            shown->text.cursor = TRUE;
            shown->text.cursor_column = column;
            shown->text.cursor_row = row;
        }
    } else {
        shown->pixels = seen->pixels;
        shown->pixels.rgb = g_memdup2(seen->pixels.rgb, (gsize)seen->pixels.width * seen->pixels.height * 3);
    }
    return changed;
}

/* ---- the part that is shown ---- */

static const struct text_cell *cell_at(const struct text_screen *text, guint column, guint row) {
    return &text->cells[row * text->columns + column];
}

static void find_focus(const struct text_screen *text, guint *column, guint *row) {
    *column = *row = 0;
    if (text->cursor) {
        *column = text->cursor_column;
        *row = text->cursor_row;
        return;
    }
    guint8 usual = cell_at(text, 0, 0)->background;
    for (guint i = 0; i < text->columns * text->rows; i++) {
        if (text->cells[i].background != usual) {
            *row = i / text->columns;
            return;
        }
        if (text->cells[i].character != ' ')
            *row = i / text->columns;
    }
}

static guint brought_in(guint first, guint wanted, guint window, guint all) {
    if (all <= window)
        return 0;
    if (wanted < first)
        first = wanted;
    else if (wanted >= first + window)
        first = wanted - window + 1;
    return MIN(first, all - window);
}

void screen_shown_follow(struct screen_shown *shown, guint columns, guint rows) {
    guint column, row;
    if (!shown->is_text || columns == 0 || rows == 0)
        return;
    find_focus(&shown->text, &column, &row);
    gboolean moved = column != shown->focus_column || row != shown->focus_row;
    guint wanted_column = moved ? column : shown->pan_column, wanted_row = moved ? row : shown->pan_row;
    shown->focus_column = column;
    shown->focus_row = row;
    shown->pan_column = brought_in(shown->pan_column, wanted_column, columns, shown->text.columns);
    shown->pan_row = brought_in(shown->pan_row, wanted_row, rows, shown->text.rows);
}

static guint moved_by(guint from, int by) {
    return by < 0 && (guint)-by > from ? 0 : (guint)((int)from + by);
}

/* What is too far is brought back when it is known how much the window shows. */
void screen_shown_pan(struct screen_shown *shown, int columns, int rows) {
    shown->pan_column = moved_by(shown->pan_column, columns);
    shown->pan_row = moved_by(shown->pan_row, rows);
}

/* ---- what is searched for ---- */

/* The column at which the text stands in a row, from that one on; -1: none. */
static int find_in_row(const struct text_screen *text, guint row, guint from, const char *search) {
    glong length = g_utf8_strlen(search, -1);
    for (guint column = from; column + (guint)length <= text->columns; column++) {
        const char *at = search;
        guint i = 0;
        while (*at != '\0' &&
               g_unichar_tolower(cell_at(text, column + i, row)->character) == g_utf8_get_char(at)) {
            at = g_utf8_next_char(at);
            i++;
        }
        if (*at == '\0')
            return (int)column;
    }
    return -1;
}

int screen_shown_find(const struct screen_shown *shown, guint row) {
    const struct text_screen *text = &shown->text;
    if (!shown->is_text || shown->search == NULL)
        return -1;
    for (guint i = 0; i < text->rows; i++)
        if (find_in_row(text, (row + i) % text->rows, 0, shown->search) >= 0)
            return (int)((row + i) % text->rows);
    return -1;
}

/* ---- drawing ---- */

/* Without colours, what is dark on light is reversed, and what is bright is bold. */
static guint attributes_of(const struct text_cell *cell, gboolean colour, gboolean marked) {
    guint attributes = marked ? CELL_INVERSE | CELL_UNDERLINE : 0;
    if (colour)
        return attributes;
    if (cell->background % 8 == 7 || (cell->foreground == 0 && cell->background != 0))
        attributes ^= CELL_INVERSE;
    return attributes | (cell->foreground > 8 ? CELL_BOLD : 0);
}

static void draw_text_cell(const struct text_cell *cell, struct canvas *canvas, int row, int column,
                           gboolean marked) {
    const struct capabilities *can = canvas_capabilities(canvas);
    gunichar character = can->ascii ? (guchar)text_screen_ascii(cell->character) : cell->character;
    gboolean usual = cell->foreground == 7 && cell->background == 0;
    const struct terminal_cell drawn = {.character = character,
                                        .columns = 1,
                                        .foreground = usual ? -1 : cell->foreground,
                                        .background = usual ? -1 : cell->background,
                                        .attributes = (guint8)attributes_of(cell, can->colour, marked)};
    draw_cell(canvas, row, column, &drawn);
}

static void draw_text_row(const struct screen_shown *shown, struct canvas *canvas, struct area area,
                          guint row) {
    const struct text_screen *text = &shown->text;
    glong length = shown->search == NULL ? 0 : g_utf8_strlen(shown->search, -1);
    int found = length == 0 ? -1 : find_in_row(text, row, 0, shown->search);
    for (guint column = 0; column < text->columns; column++) {
        while (found >= 0 && (glong)column >= found + length)
            found = find_in_row(text, row, column, shown->search);
        gboolean marked = found >= 0 && column >= (guint)found;
        if (column >= shown->pan_column && column < shown->pan_column + (guint)area.columns)
            draw_text_cell(cell_at(text, column, row), canvas, area.row + (int)(row - shown->pan_row),
                           area.column + (int)(column - shown->pan_column), marked);
    }
}

static void draw_text_screen(const struct screen_shown *shown, struct canvas *canvas, struct area area) {
    const struct text_screen *text = &shown->text;
    for (guint row = shown->pan_row; row < text->rows && row < shown->pan_row + (guint)area.rows; row++)
        draw_text_row(shown, canvas, area, row);
    if (text->cursor && text->cursor_row >= shown->pan_row && text->cursor_column >= shown->pan_column &&
        text->cursor_row < shown->pan_row + (guint)area.rows &&
        text->cursor_column < shown->pan_column + (guint)area.columns)
        canvas_cursor(canvas, area.row + (int)(text->cursor_row - shown->pan_row),
                      area.column + (int)(text->cursor_column - shown->pan_column));
}

static guint rgb_at(const struct pixels *pixels, guint x, guint y) {
    const guint8 *at = pixels->rgb + ((gsize)MIN(y, pixels->height - 1) * pixels->width + x) * 3;
    return (guint)at[0] << 16 | (guint)at[1] << 8 | at[2];
}

/* In the middle of the window. */
static void draw_pixels(const struct pixels *pixels, struct canvas *canvas, struct area area) {
    guint rows = MIN((pixels->height + 1) / 2, (guint)area.rows),
          columns = MIN(pixels->width, (guint)area.columns);
    int top = area.row + (area.rows - (int)rows) / 2, left = area.column + (area.columns - (int)columns) / 2;
    for (guint row = 0; row < rows; row++)
        for (guint column = 0; column < columns; column++)
            draw_half_block(canvas, top + (int)row, left + (int)column, rgb_at(pixels, column, row * 2),
                            rgb_at(pixels, column, row * 2 + 1));
}

void screen_shown_draw(const struct screen_shown *shown, struct canvas *canvas, struct area area) {
    if (shown->any && shown->is_text)
        draw_text_screen(shown, canvas, area);
    else if (shown->any)
        draw_pixels(&shown->pixels, canvas, area);
}

void screen_shown_clear(struct screen_shown *shown) {
    forget_picture(shown);
    g_clear_pointer(&shown->search, g_free);
    shown->any = FALSE;
}
