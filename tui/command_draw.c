/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/base/text.h"
#include "tui/command-private.h"

/* Columns that a guest's output has at least where guests stand side by side, so that a line of ordinary
 * length is whole on a terminal of 80, and two guests need twice that. */
#define COLUMN_LEAST 50

/* One row of the screen for one guest. */
struct cell {
    char *text;
    enum style style;
};

static void clear_cell(gpointer data) {
    g_free(((struct cell *)data)->text);
}

static void add(GArray *cells, enum style style, char *text) {
    const struct cell cell = {text, style};
    g_array_append_val(cells, cell);
}

/* A line is broken where the column ends: output is read as it is, and no part of it is lost. */
static void add_broken(GArray *cells, enum style style, const char *text, int columns) {
    for (gboolean first = TRUE; first || *text != '\0'; first = FALSE) {
        const char *end = text;
        for (int used = 0; *end != '\0'; end = g_utf8_next_char(end)) {
            used += text_character_columns(g_utf8_get_char(end));
            if (used > columns)
                break;
        }
        if (end == text && *text != '\0')
            end = g_utf8_next_char(text);
        add(cells, style, g_strndup(text, (gsize)(end - text)));
        text = end;
    }
}

static GArray *make_cells(const struct run *run, int columns) {
    static const char *const words[] = {[RUN_WAITS] = "waits", [RUN_RUNS] = "runs"};
    GArray *cells = g_array_new(FALSE, FALSE, sizeof(struct cell));
    g_array_set_clear_func(cells, clear_cell);
    const char *verdict = run->verdict != NULL ? run->verdict : words[run->state];
    enum style style = run->state == RUN_FAILED || (run->state == RUN_ENDED && !run->good) ? STYLE_ERROR
                       : run->good                                                         ? STYLE_GOOD
                                                                                           : STYLE_COLUMNS;
    if (run->runs->spec.command == NULL)
        verdict = "";
    g_autofree char *name = text_safe(run->name, MAX(columns - text_columns(verdict) - 2, 8), FALSE);
    add(cells, style, g_strdup_printf("%s%s%s", name, *verdict == '\0' ? "" : ": ", verdict));
    for (guint i = 0; i < run->lines->len; i++) {
        const struct run_line *line = g_ptr_array_index(run->lines, i);
        add_broken(cells, line->error ? STYLE_DETAIL : STYLE_NORMAL, line->text, columns);
    }
    return cells;
}

/* Borrowed from the run. */
static const GArray *cells_of(struct run *run, int columns) {
    if (run->cells != NULL && run->columns == columns)
        return run->cells;
    g_clear_pointer(&run->cells, g_array_unref);
    run->columns = columns;
    return run->cells = make_cells(run, columns);
}

/* Guests first to first + count, side by side: rows that lie below row *at of all are drawn. */
static void draw_group(struct command *command, struct canvas *canvas, struct area area, guint first,
                       guint count, int width, int *at) {
    int height = 0;
    for (guint i = 0; i < count; i++) {
        const GArray *cells = cells_of(g_ptr_array_index(command->runs->all, first + i), width - 1);
        for (guint j = 0; j < cells->len; j++) {
            const struct cell *cell = &g_array_index(cells, struct cell, j);
            int row = *at + (int)j - command->top;
            if (row >= 0 && row < area.rows)
                draw_text(canvas, area.row + row, area.column + 1 + (int)i * width, width - 1, cell->style,
                          cell->text);
        }
        height = MAX(height, (int)cells->len);
    }
    *at += height + 1;
}

/* Rows that all of it takes: the place to scroll to is known before it is drawn. */
static int length_of(const struct command *command, guint side, int width) {
    const GPtrArray *all = command->runs->all;
    int length = -1;
    for (guint first = 0; first < all->len; first += side) {
        int height = 0;
        for (guint i = first; i < MIN(first + side, all->len); i++) {
            const GArray *cells = cells_of(g_ptr_array_index(all, i), width - 1);
            height = MAX(height, (int)cells->len);
        }
        length += height + 1;
    }
    return length;
}

void command_draw_runs(struct command *command, struct canvas *canvas, struct area area) {
    const GPtrArray *all = command->runs->all;
    guint side = CLAMP((guint)MAX((area.columns - 1) / COLUMN_LEAST, 1), 1, all->len);
    int width = (area.columns - 1) / (int)side, at = 0;
    if (command->runs->spec.command == NULL) {
        draw_text(canvas, area.row, 1, area.columns - 1, STYLE_DETAIL,
                  "Words as a shell splits them, and no shell between: for | > $ write sh -c '...'");
        area.row++;
        area.rows--;
    }
    if (command->hidden > 0) {
        draw_format(canvas, area.row, 1, area.columns - 1, STYLE_DETAIL,
                    "%u marked guests are hidden by the filter and left out", command->hidden);
        area.row++;
        area.rows--;
    }
    command->page = MAX(area.rows, 1);
    command->length = length_of(command, side, width);
    command->top = CLAMP(command->top, 0, MAX(0, command->length - command->page));
    for (guint first = 0; first < all->len; first += side)
        draw_group(command, canvas, area, first, MIN(side, all->len - first), width, &at);
}
