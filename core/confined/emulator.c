/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/emulator.h"

#include <libtsm.h>
#include <stdlib.h>
#include <string.h>

#include "core/confined/clusters.h"
#include "core/confined/protocol.h"

/* libtsm keeps lines whole, and tells neither that one left the screen nor how many there are. So it is fed
 * in small pieces, and after each what left is taken away and kept in a form of ours. A piece of line ends
 * alone is no more lines than these. */
#define PIECE      2048
#define KEPT_LINES 2100

/* Grey, for what is not of now. */
#define PAST_COLOUR 8

struct emulator {
    struct gate *gate;
    struct clusters *clusters;
    struct cluster last; /* what was printed last, if marks can join it */
    guint last_count;
    struct tsm_screen *screen;
    struct tsm_vte *vte;
    GByteArray *passed;
    struct scrollback *scrollback;
    guint columns, rows;
    struct terminal_cell *cells, *line; /* the screen; a line of COLUMNS_MAX cells */
    gboolean stale;                     /* cells are older than the screen */
    void (*reply)(const char *bytes, gsize length, gpointer data);
    gpointer data;
};

static void on_write(struct tsm_vte *vte, const char *bytes, size_t length, void *data) {
    struct emulator *emulator = data;
    (void)vte;
    emulator->reply(bytes, length, emulator->data);
}

static gint32 colour(int code, guint8 red, guint8 green, guint8 blue) {
    if (code >= 0)
        return code < 16 ? code : -1;
    return CELL_RGB | red << 16 | green << 8 | blue;
}

static int on_cell(struct tsm_screen *screen, uint64_t id, const uint32_t *characters, size_t length,
                   unsigned int width, unsigned int column, unsigned int row,
                   const struct tsm_screen_attr *attributes, tsm_age_t age, void *data) {
    struct emulator *emulator = data;
    struct cluster cluster = {0};
    if (column >= emulator->columns || row >= emulator->rows)
        return 0;
    struct terminal_cell *cell = &emulator->cells[row * emulator->columns + column];
    memset(cell, 0, sizeof *cell);
    if (length > 0)
        cluster = clusters_of(emulator->clusters, characters[0]);
    cell->character = cluster.characters[0];
    memcpy(cell->marks, cluster.characters + 1, sizeof cell->marks);
    cell->columns = (guint8)MIN(width, 2u);
    cell->attributes =
        (guint8)((attributes->bold ? CELL_BOLD : 0) | (attributes->underline ? CELL_UNDERLINE : 0) |
                 (attributes->inverse ? CELL_INVERSE : 0) | (attributes->blink ? CELL_BLINK : 0) |
                 (attributes->italic ? CELL_ITALIC : 0));
    cell->foreground = colour(attributes->fccode, attributes->fr, attributes->fg, attributes->fb);
    cell->background = colour(attributes->bccode, attributes->br, attributes->bg, attributes->bb);
    return 0;
}

/* libtsm draws the cursor as an inverse cell; ours is the terminal's own. */
static void draw(struct emulator *emulator) {
    unsigned int hidden = tsm_screen_get_flags(emulator->screen) & TSM_SCREEN_HIDE_CURSOR;
    tsm_screen_set_flags(emulator->screen, TSM_SCREEN_HIDE_CURSOR);
    tsm_screen_draw(emulator->screen, on_cell, emulator);
    if (hidden == 0)
        tsm_screen_reset_flags(emulator->screen, TSM_SCREEN_HIDE_CURSOR);
}

/* How many lines libtsm has above its screen: it only tells the text of a selection. */
static guint lines_above(struct emulator *emulator) {
    char *text = NULL;
    guint lines = 0;
    tsm_screen_sb_up(emulator->screen, KEPT_LINES);
    tsm_screen_selection_start(emulator->screen, 0, 0);
    tsm_screen_sb_reset(emulator->screen);
    tsm_screen_selection_target(emulator->screen, 0, 0);
    int length = tsm_screen_selection_copy(emulator->screen, &text);
    tsm_screen_selection_reset(emulator->screen);
    for (int i = 0; i < length; i++)
        lines += text[i] == '\n';
    free(text);
    return lines;
}

/* Takes them, but for the first ones. */
static void take_lines(struct emulator *emulator, guint but) {
    guint lines = lines_above(emulator);
    if (lines == 0)
        return;
    tsm_screen_sb_up(emulator->screen, lines);
    for (guint done = 0; done < lines;) {
        draw(emulator);
        guint here = MIN(emulator->rows, lines - done);
        for (guint row = done < but ? MIN(but - done, here) : 0; row < here; row++)
            scrollback_add(emulator->scrollback, emulator->cells + row * emulator->columns,
                           emulator->columns);
        done += here;
        tsm_screen_sb_down(emulator->screen, here);
    }
    tsm_screen_sb_reset(emulator->screen);
    tsm_screen_clear_sb(emulator->screen);
    emulator->stale = TRUE;
}

static void input(struct emulator *emulator, const char *bytes, gsize length) {
    if (length > 0)
        tsm_vte_input(emulator->vte, bytes, length);
}

/* A mark joins the character before it, if that is one column wide: both are printed over it. In the last
 * column the cursor waits behind it, and "back" goes one too far. */
static void join(struct emulator *emulator, gunichar mark) {
    char utf8[6];
    gboolean waits = tsm_screen_get_cursor_x(emulator->screen) >= emulator->columns,
             inserts = (tsm_screen_get_flags(emulator->screen) & TSM_SCREEN_INSERT_MODE) != 0;
    if (emulator->last_count == 0 || emulator->last_count > CELL_MARKS || inserts || !g_unichar_ismark(mark))
        return;
    emulator->last.characters[emulator->last_count++] = mark;
    input(emulator, "\b\033[C", waits && emulator->columns > 1 ? 4 : 1);
    gunichar stand_in = clusters_stand_in(emulator->clusters, &emulator->last);
    input(emulator, utf8, (gsize)g_unichar_to_utf8(stand_in, utf8));
}

/* A wide character that has only one column left goes to the next line. */
static void make_room(struct emulator *emulator) {
    if (tsm_screen_get_cursor_x(emulator->screen) + 1 == emulator->columns && emulator->columns > 1 &&
        (tsm_screen_get_flags(emulator->screen) & TSM_SCREEN_AUTO_WRAP) != 0)
        input(emulator, "\r\n", 2);
}

/* Behind a sequence that the gate let pass, whole as it is. */
static const char *skip_sequence(const char *at, const char *end) {
    gboolean control = at + 1 < end && at[1] == '[', charset = at + 1 < end && at[1] >= '(' && at[1] <= '+';
    at += 2;
    if (charset)
        return MIN(at + 1, end);
    while (control && at < end && !(*at >= 0x40 && *at <= 0x7e))
        at++;
    return MIN(at + (control ? 1 : 0), end);
}

/* What the emulator cannot do by itself is done around it. */
static void play(struct emulator *emulator, const char *bytes, gsize length) {
    const char *at = bytes, *from = bytes, *end = bytes + length;
    while (at < end) {
        if (*at == '\033') {
            emulator->last_count = 0;
            at = skip_sequence(at, end);
            continue;
        }
        gunichar character = g_utf8_get_char(at);
        gboolean mark = character >= 0x300 && g_unichar_iszerowidth(character);
        gboolean wide = character >= 0x1100 && g_unichar_iswide(character);
        if (mark || wide) {
            input(emulator, from, (gsize)(at - from));
            from = mark ? g_utf8_next_char(at) : at;
        }
        if (mark)
            join(emulator, character);
        else if (wide)
            make_room(emulator);
        if (!mark) {
            emulator->last = (struct cluster){{character}};
            emulator->last_count = character < ' ' || wide ? 0 : 1;
        }
        at = g_utf8_next_char(at);
    }
    input(emulator, from, (gsize)(end - from));
}

/* The end of a piece that begins there: no sequence and no character is cut. */
static const char *piece_end(const char *at, const char *end) {
    const char *limit = at + MIN((gsize)(end - at), (gsize)PIECE);
    while (at < limit)
        at = *at == '\033' ? skip_sequence(at, end) : g_utf8_next_char(at);
    return at;
}

void emulator_feed(struct emulator *emulator, const guint8 *bytes, gsize length) {
    g_byte_array_set_size(emulator->passed, 0);
    gate_pass(emulator->gate, bytes, length, emulator->passed);
    if (emulator->passed->len == 0)
        return;
    const char *at = (const char *)emulator->passed->data, *end = at + emulator->passed->len;
    while (at < end) {
        const char *stop = piece_end(at, end);
        play(emulator, at, (gsize)(stop - at));
        take_lines(emulator, 0);
        at = stop;
    }
    emulator->stale = TRUE;
}

static void write_line(struct emulator *emulator, const char *text, gsize length, gboolean past) {
    struct tsm_screen_attr attributes;
    tsm_vte_get_def_attr(emulator->vte, &attributes);
    attributes.bold = attributes.italic = attributes.underline = attributes.blink = 0;
    attributes.inverse = !past;
    attributes.fccode = past ? PAST_COLOUR : TSM_COLOR_FOREGROUND;
    attributes.bccode = TSM_COLOR_BACKGROUND;
    for (const char *at = text; at < text + length; at = g_utf8_next_char(at))
        tsm_screen_write(emulator->screen, g_utf8_get_char(at), &attributes);
    tsm_screen_newline(emulator->screen);
    take_lines(emulator, 0);
}

/* A full-screen program's picture is left alone. */
static void keep_line(struct emulator *emulator, const char *text, gsize length) {
    guint count = 0;
    memset(emulator->line, 0, COLUMNS_MAX * sizeof *emulator->line);
    for (const char *at = text; at < text + length && count < emulator->columns; at = g_utf8_next_char(at))
        emulator->line[count++] = (struct terminal_cell){.character = g_utf8_get_char(at),
                                                         .foreground = -1,
                                                         .background = -1,
                                                         .columns = 1,
                                                         .attributes = CELL_INVERSE};
    scrollback_add(emulator->scrollback, emulator->line, count);
}

void emulator_mark(struct emulator *emulator, const char *text, gsize length, gboolean past) {
    gate_interrupt(emulator->gate);
    emulator->last_count = 0;
    emulator->stale = TRUE;
    if (!g_utf8_validate(text, (gssize)length, NULL))
        return;
    if ((tsm_screen_get_flags(emulator->screen) & TSM_SCREEN_ALTERNATE) != 0) {
        keep_line(emulator, text, length);
        return;
    }
    if (tsm_screen_get_cursor_x(emulator->screen) > 0)
        tsm_screen_newline(emulator->screen);
    for (const char *at = text, *end = text + length; at <= end;) {
        const char *stop = memchr(at, '\n', (gsize)(end - at));
        gsize here = (gsize)((stop == NULL ? end : stop) - at);
        if (here > 0 || stop != NULL)
            write_line(emulator, at, here, past);
        at += here + 1;
    }
}

const struct terminal_cell *emulator_cells(struct emulator *emulator) {
    if (emulator->stale)
        draw(emulator);
    emulator->stale = FALSE;
    return emulator->cells;
}

static guint empty_rows_below_cursor(struct emulator *emulator) {
    const struct terminal_cell *cells = emulator_cells(emulator);
    guint row = emulator->rows, cursor = tsm_screen_get_cursor_y(emulator->screen);
    for (; row > cursor + 1; row--)
        for (guint column = 0; column < emulator->columns; column++) {
            const struct terminal_cell *cell = &cells[(row - 1) * emulator->columns + column];
            if ((cell->character != 0 && cell->character != ' ') || cell->background != -1)
                return emulator->rows - row;
        }
    return emulator->rows - row;
}

/* A screen that gets lower loses its first rows in libtsm, even where its last ones are empty: those go up
 * front before, as many as are to be lost. How many went. */
static guint turn_empty_rows_up(struct emulator *emulator, guint rows) {
    guint lost = emulator->rows > rows ? emulator->rows - rows : 0;
    guint count = lost == 0 || emulator->cells == NULL ? 0 : MIN(lost, empty_rows_below_cursor(emulator));
    if (count == 0)
        return 0;
    tsm_screen_set_margins(emulator->screen, 0, 0);
    tsm_screen_scroll_down(emulator->screen, count);
    tsm_screen_move_down(emulator->screen, count, false);
    return count;
}

gboolean emulator_resize(struct emulator *emulator, guint columns, guint rows) {
    columns = CLAMP(columns, 1, COLUMNS_MAX);
    rows = CLAMP(rows, 1, ROWS_MAX);
    guint turned = turn_empty_rows_up(emulator, rows);
    emulator->columns = columns;
    emulator->rows = rows;
    if (tsm_screen_resize(emulator->screen, emulator->columns, emulator->rows) < 0)
        return FALSE;
    g_free(emulator->cells);
    emulator->cells = g_new0(struct terminal_cell, emulator->columns * emulator->rows);
    take_lines(emulator, turned);
    emulator->stale = TRUE;
    return TRUE;
}

guint emulator_columns(const struct emulator *emulator) {
    return emulator->columns;
}

guint emulator_rows(const struct emulator *emulator) {
    return emulator->rows;
}

void emulator_cursor(const struct emulator *emulator, guint *column, guint *row, gboolean *visible) {
    *column = tsm_screen_get_cursor_x(emulator->screen);
    *row = tsm_screen_get_cursor_y(emulator->screen);
    *visible = (tsm_screen_get_flags(emulator->screen) & TSM_SCREEN_HIDE_CURSOR) == 0;
}

const struct gate_modes *emulator_modes(const struct emulator *emulator) {
    return gate_modes(emulator->gate);
}

const struct scrollback *emulator_scrollback(const struct emulator *emulator) {
    return emulator->scrollback;
}

const struct terminal_cell *emulator_line(struct emulator *emulator, guint64 line, guint *columns) {
    guint64 end = scrollback_end(emulator->scrollback);
    if (line >= end + emulator->rows || line < scrollback_first(emulator->scrollback))
        return NULL;
    if (line >= end) {
        *columns = emulator->columns;
        return emulator_cells(emulator) + (line - end) * emulator->columns;
    }
    *columns = scrollback_get(emulator->scrollback, line, emulator->line, COLUMNS_MAX);
    return emulator->line;
}

gboolean emulator_find(struct emulator *emulator, guint64 *line, int column, int step, const char *text,
                       gsize length, guint *at, guint *columns) {
    glong characters = 0;
    if (!g_utf8_validate(text, (gssize)length, NULL))
        return FALSE;
    g_autofree char *lower = g_utf8_strdown(text, (gssize)length);
    g_autofree gunichar *wanted = g_utf8_to_ucs4_fast(lower, -1, &characters);
    guint64 first = scrollback_first(emulator->scrollback),
            all = scrollback_end(emulator->scrollback) + emulator->rows - first;
    guint64 now = CLAMP(*line, first, first + all - 1);
    for (guint64 looked = 0; looked <= all; looked++) {
        guint count = 0;
        const struct terminal_cell *cells = emulator_line(emulator, now, &count);
        int from = looked == 0 ? column : step > 0 ? 0 : COLUMNS_MAX;
        int place = cells == NULL ? -1 : cell_find(cells, count, from, step, wanted, characters, columns);
        if (place >= 0) {
            *line = now;
            *at = (guint)place;
            return TRUE;
        }
        now = first + (now - first + all + (step > 0 ? 1 : all - 1)) % all;
    }
    return FALSE;
}

GString *emulator_copy(struct emulator *emulator, guint64 from, guint from_column, guint64 to,
                       guint to_column, gsize most) {
    GString *text = g_string_new(NULL);
    for (guint64 line = MAX(from, scrollback_first(emulator->scrollback)); line <= to && text->len < most;
         line++) {
        guint count = 0;
        gsize start = text->len;
        const struct terminal_cell *cells = emulator_line(emulator, line, &count);
        if (cells == NULL)
            break;
        for (guint i = line == from ? from_column : 0; i < count && (line < to || i <= to_column); i++)
            cell_text(&cells[i], text);
        while (text->len > start && text->str[text->len - 1] == ' ')
            g_string_truncate(text, text->len - 1);
        if (line < to)
            g_string_append_c(text, '\n');
    }
    if (text->len > most) {
        const char *end = g_utf8_find_prev_char(text->str, text->str + most);
        g_string_truncate(text, end == NULL ? 0 : (gsize)(end - text->str));
    }
    return text;
}

struct emulator *emulator_new(void (*reply)(const char *bytes, gsize length, gpointer data), gpointer data) {
    struct emulator *emulator = g_new0(struct emulator, 1);
    emulator->reply = reply;
    emulator->data = data;
    emulator->gate = gate_new();
    emulator->clusters = clusters_new();
    emulator->passed = g_byte_array_new();
    emulator->scrollback = scrollback_new(SCROLLBACK_LINES, SCROLLBACK_BYTES);
    emulator->line = g_new0(struct terminal_cell, COLUMNS_MAX);
    if (tsm_screen_new(&emulator->screen, NULL, NULL) == 0 &&
        tsm_vte_new(&emulator->vte, emulator->screen, on_write, emulator, NULL, NULL) == 0) {
        tsm_screen_set_max_sb(emulator->screen, KEPT_LINES);
        if (emulator_resize(emulator, 80, 24))
            return emulator;
    }
    emulator_free(emulator);
    return NULL;
}

void emulator_free(struct emulator *emulator) {
    if (emulator == NULL)
        return;
    if (emulator->vte != NULL)
        tsm_vte_unref(emulator->vte);
    if (emulator->screen != NULL)
        tsm_screen_unref(emulator->screen);
    gate_free(emulator->gate);
    clusters_free(emulator->clusters);
    g_byte_array_unref(emulator->passed);
    scrollback_free(emulator->scrollback);
    g_free(emulator->cells);
    g_free(emulator->line);
    g_free(emulator);
}
