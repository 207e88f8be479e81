/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/scrollback.h"

#include <string.h>

/* Cells of one look that follow each other. */
struct run {
    gint32 foreground, background;
    guint16 cells;
    guint8 columns, attributes;
};

/* In the text behind a line's runs: the next character stands in the cell of the one before. */
#define JOINS '\001'

struct line {
    guint32 runs, size; /* runs, then size bytes of UTF-8 */
    guint8 bytes[];
};

struct scrollback {
    guint lines_most;
    gsize bytes_most, bytes;
    guint64 first, end;
    struct line **ring; /* lines_most of them; line n at n % lines_most */
};

struct scrollback *scrollback_new(guint lines_most, gsize bytes_most) {
    struct scrollback *scrollback = g_new0(struct scrollback, 1);
    scrollback->lines_most = lines_most;
    scrollback->bytes_most = bytes_most;
    scrollback->ring = g_new0(struct line *, lines_most);
    return scrollback;
}

void scrollback_free(struct scrollback *scrollback) {
    if (scrollback == NULL)
        return;
    for (guint i = 0; i < scrollback->lines_most; i++)
        g_free(scrollback->ring[i]);
    g_free(scrollback->ring);
    g_free(scrollback);
}

static gsize size_of(const struct line *line) {
    return sizeof *line + line->runs * sizeof(struct run) + line->size;
}

static void drop_first(struct scrollback *scrollback) {
    struct line **place = &scrollback->ring[scrollback->first++ % scrollback->lines_most];
    scrollback->bytes -= size_of(*place);
    g_clear_pointer(place, g_free);
}

static gboolean empty(const struct terminal_cell *cell) {
    return (cell->character == 0 || cell->character == ' ') && cell->background == -1 &&
           (cell->attributes & (CELL_INVERSE | CELL_UNDERLINE)) == 0;
}

static gboolean same_look(const struct run *run, const struct terminal_cell *cell) {
    return run->foreground == cell->foreground && run->background == cell->background &&
           run->columns == cell->columns && run->attributes == cell->attributes;
}

static struct line *pack(const struct terminal_cell *cells, guint count) {
    g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(struct run));
    g_autoptr(GString) text = g_string_sized_new(count);
    for (guint i = 0; i < count; i++) {
        const struct terminal_cell *cell = &cells[i];
        struct run *last = runs->len == 0 ? NULL : &g_array_index(runs, struct run, runs->len - 1);
        if (cell->columns == 0)
            continue; /* the right half follows from the left one */
        g_string_append_unichar(text, cell->character == 0 ? ' ' : cell->character);
        for (gsize mark = 0; mark < CELL_MARKS && cell->marks[mark] != 0; mark++) {
            g_string_append_c(text, JOINS);
            g_string_append_unichar(text, cell->marks[mark]);
        }
        if (last != NULL && last->cells < G_MAXUINT16 && same_look(last, cell)) {
            last->cells++;
            continue;
        }
        struct run run = {cell->foreground, cell->background, 1, cell->columns, cell->attributes};
        g_array_append_val(runs, run);
    }
    gsize run_bytes = runs->len * sizeof(struct run);
    struct line *line = g_malloc(sizeof *line + run_bytes + text->len);
    line->runs = runs->len;
    line->size = (guint32)text->len;
    if (run_bytes > 0)
        memcpy(line->bytes, runs->data, run_bytes);
    memcpy(line->bytes + run_bytes, text->str, text->len);
    return line;
}

void scrollback_add(struct scrollback *scrollback, const struct terminal_cell *cells, guint count) {
    while (count > 0 && empty(&cells[count - 1]))
        count--;
    struct line *line = pack(cells, count);
    scrollback->bytes += size_of(line);
    while (scrollback->first < scrollback->end &&
           (scrollback->end - scrollback->first >= scrollback->lines_most ||
            scrollback->bytes > scrollback->bytes_most))
        drop_first(scrollback);
    scrollback->ring[scrollback->end++ % scrollback->lines_most] = line;
}

guint64 scrollback_first(const struct scrollback *scrollback) {
    return scrollback->first;
}

guint64 scrollback_end(const struct scrollback *scrollback) {
    return scrollback->end;
}

gsize scrollback_bytes(const struct scrollback *scrollback) {
    return scrollback->bytes;
}

guint scrollback_get(const struct scrollback *scrollback, guint64 number, struct terminal_cell *cells,
                     guint most) {
    if (number < scrollback->first || number >= scrollback->end)
        return 0;
    const struct line *line = scrollback->ring[number % scrollback->lines_most];
    const char *at = (const char *)line->bytes + line->runs * sizeof(struct run), *end = at + line->size;
    guint count = 0;
    for (guint i = 0; i < line->runs; i++) {
        struct run run;
        memcpy(&run, line->bytes + i * sizeof run, sizeof run);
        for (guint cell = 0; cell < run.cells && at < end && count + run.columns <= most; cell++) {
            struct terminal_cell *to = &cells[count];
            memset(to, 0, run.columns * sizeof *to);
            for (guint half = 0; half < run.columns; half++) {
                to[half].foreground = run.foreground;
                to[half].background = run.background;
                to[half].attributes = run.attributes;
            }
            to->columns = run.columns;
            to->character = g_utf8_get_char(at);
            at = g_utf8_next_char(at);
            for (gsize mark = 0; mark < CELL_MARKS && at < end && *at == JOINS; mark++) {
                to->marks[mark] = g_utf8_get_char(at + 1);
                at = g_utf8_next_char(at + 1);
            }
            count += run.columns;
        }
    }
    return count;
}
