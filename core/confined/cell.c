/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/cell.h"

#include "core/base/text.h"

static gint32 checked_colour(gint32 colour) {
    gboolean fine = (colour >= -1 && colour < 16) || (colour >> 24) == 1;
    return fine ? colour : -1;
}

void cell_check(struct terminal_cell *cell) {
    if (cell->character != 0 && !(g_unichar_validate(cell->character) && text_drawable(cell->character)))
        cell->character = '?';
    for (gsize i = 0; i < CELL_MARKS; i++)
        if (cell->marks[i] != 0 && !(g_unichar_validate(cell->marks[i]) && text_drawable(cell->marks[i]) &&
                                     g_unichar_ismark(cell->marks[i])))
            cell->marks[i] = 0;
    if (cell->columns > 2)
        cell->columns = 1;
    cell->foreground = checked_colour(cell->foreground);
    cell->background = checked_colour(cell->background);
    cell->attributes &= CELL_ALL;
}

void cell_text(const struct terminal_cell *cell, GString *text) {
    if (cell->columns == 0)
        return;
    g_string_append_unichar(text, cell->character == 0 ? ' ' : cell->character);
    for (gsize i = 0; i < CELL_MARKS && cell->marks[i] != 0; i++)
        g_string_append_unichar(text, cell->marks[i]);
}

/* Whether it stands at that column; how many cells it takes, or 0. */
static guint match_at(const struct terminal_cell *cells, guint count, guint at, const gunichar *text,
                      glong length) {
    guint column = at;
    for (glong i = 0; i < length;) {
        if (column >= count)
            return 0;
        if (cells[column].columns == 0) {
            column++;
            continue;
        }
        gunichar here = cells[column].character == 0 ? ' ' : cells[column].character;
        if (g_unichar_tolower(here) != text[i])
            return 0;
        i++;
        column++;
    }
    return column - at;
}

int cell_find(const struct terminal_cell *cells, guint count, int from, int step, const gunichar *text,
              glong length, guint *columns) {
    if (length == 0)
        return -1;
    for (int at = step > 0 ? MAX(0, from) : MIN(from, (int)count - 1); at >= 0 && at < (int)count;
         at += step) {
        guint width = cells[at].columns == 0 ? 0 : match_at(cells, count, (guint)at, text, length);
        if (width == 0)
            continue;
        *columns = width;
        return at;
    }
    return -1;
}
