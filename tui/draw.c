/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/draw.h"

#include <string.h>
#include <wchar.h>

#include "core/base/text.h"
#include "tui/palette256.h"
#include "tui/tty.h"

#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>

struct canvas {
    struct capabilities capabilities;
    attr_t attributes[STYLE_COUNT];
    short pairs[STYLE_COUNT];
    int rows, columns;
    cchar_t *sent; /* the cells of the last frame */
    int sent_rows, sent_columns;
    int cursor_row, cursor_column; /* -1: hidden */
    int sent_cursor_row, sent_cursor_column;
    guint cursor_shape;
    gboolean whole;
};

static attr_t look_attributes(const struct look *look) {
    static const struct {
        guint flag;
        attr_t attribute;
    } map[] = {
        {LOOK_BOLD, A_BOLD}, {LOOK_DIM, A_DIM}, {LOOK_UNDERLINE, A_UNDERLINE}, {LOOK_REVERSE, A_REVERSE}};
    attr_t attributes = A_NORMAL;
    for (gsize i = 0; i < G_N_ELEMENTS(map); i++)
        if (look->flags & map[i].flag)
            attributes |= map[i].attribute;
    return attributes;
}

/* A colour that the terminal has: bright ones are their dark selves on a terminal of eight. */
static int possible_colour(int colour) {
    if (colour < COLORS)
        return colour;
    return colour < 16 && COLORS >= 8 ? colour - 8 : palette256_nearest(colour, COLORS);
}

void canvas_set_theme(struct canvas *canvas, const struct theme *theme) {
    for (guint style = 0; style < STYLE_COUNT; style++) {
        const struct look *look = &theme->looks[style];
        canvas->attributes[style] = look_attributes(look);
        canvas->pairs[style] = 0;
        if (!canvas->capabilities.colour ||
            (look->foreground == COLOUR_DEFAULT && look->background == COLOUR_DEFAULT))
            continue;
        int foreground = possible_colour(look->foreground), background = possible_colour(look->background);
        if (foreground == background) /* two colours of the theme are one on this terminal */
            foreground = background == COLOR_BLACK ? COLOR_WHITE : COLOR_BLACK;
        init_pair((short)(style + 1), (short)foreground, (short)background);
        canvas->pairs[style] = (short)(style + 1);
        if (look->foreground >= 8 && look->foreground < 16 && COLORS < 16)
            canvas->attributes[style] |= A_BOLD;
    }
    canvas_redraw(canvas);
}

struct canvas *canvas_new(const struct capabilities *capabilities, const struct theme *theme) {
    struct canvas *canvas = g_new0(struct canvas, 1);
    canvas->capabilities = *capabilities;
    canvas_set_theme(canvas, theme);
    return canvas;
}

void canvas_free(struct canvas *canvas) {
    if (canvas == NULL)
        return;
    g_free(canvas->sent);
    g_free(canvas);
}

const struct capabilities *canvas_capabilities(const struct canvas *canvas) {
    return &canvas->capabilities;
}

struct area canvas_area(const struct canvas *canvas) {
    return (struct area){0, 0, canvas->rows, canvas->columns};
}

void canvas_begin(struct canvas *canvas) {
    getmaxyx(stdscr, canvas->rows, canvas->columns);
    canvas->cursor_row = canvas->cursor_column = -1;
    canvas->cursor_shape = 0;
    cchar_t blank;
    setcchar(&blank, L" ", A_NORMAL, canvas->pairs[STYLE_NORMAL], NULL);
    bkgrndset(&blank);
    attr_set(A_NORMAL, 0, NULL);
    erase();
}

void canvas_redraw(struct canvas *canvas) {
    canvas->whole = TRUE;
}

void canvas_cursor_shape(struct canvas *canvas, guint shape) {
    canvas->cursor_shape = shape;
}

void canvas_cursor(struct canvas *canvas, int row, int column) {
    if (row < 0 || column < 0 || row >= canvas->rows || column >= canvas->columns)
        return;
    canvas->cursor_row = row;
    canvas->cursor_column = column;
}

/* Reads back what was drawn; TRUE when it differs from what was sent. */
static gboolean frame_differs(struct canvas *canvas) {
    gsize row_size = ((gsize)canvas->columns + 1) * sizeof(cchar_t);
    cchar_t *cells = g_malloc0(row_size * (gsize)canvas->rows);
    for (int row = 0; row < canvas->rows; row++)
        mvin_wchnstr(row, 0, cells + (gsize)row * ((gsize)canvas->columns + 1), canvas->columns);
    gboolean differs = canvas->whole || canvas->sent == NULL || canvas->sent_rows != canvas->rows ||
                       canvas->sent_columns != canvas->columns ||
                       canvas->sent_cursor_row != canvas->cursor_row ||
                       canvas->sent_cursor_column != canvas->cursor_column ||
                       memcmp(cells, canvas->sent, row_size * (gsize)canvas->rows) != 0;
    g_free(canvas->sent);
    canvas->sent = cells;
    canvas->sent_rows = canvas->rows;
    canvas->sent_columns = canvas->columns;
    canvas->sent_cursor_row = canvas->cursor_row;
    canvas->sent_cursor_column = canvas->cursor_column;
    return differs;
}

void canvas_end(struct canvas *canvas) {
    tty_cursor_shape(canvas->cursor_shape);
    if (!frame_differs(canvas))
        return;
    if (canvas->whole)
        clearok(curscr, TRUE);
    canvas->whole = FALSE;
    if (canvas->capabilities.synchronized)
        tty_write_raw("\033[?2026h");
    curs_set(canvas->cursor_row >= 0 ? 1 : 0);
    if (canvas->cursor_row >= 0)
        move(canvas->cursor_row, canvas->cursor_column);
    else
        move(canvas->rows - 1, 0);
    refresh();
    if (canvas->capabilities.synchronized)
        tty_write_raw("\033[?2026l");
}

static void set_style(struct canvas *canvas, enum style style) {
    attr_set(canvas->attributes[style], canvas->pairs[style], NULL);
}

/* Safe text to the screen. What the C library cannot measure the way we do (a character younger than its
 * tables) would be drawn by ncurses in its own way: a stand-in takes its place. */
static int put(struct canvas *canvas, int row, int column, int columns, const char *safe) {
    if (row < 0 || row >= canvas->rows || column < 0 || column >= canvas->columns)
        return 0;
    columns = MIN(columns, canvas->columns - column);
    g_autofree wchar_t *wide = g_new(wchar_t, strlen(safe) * 2 + 1);
    gsize length = 0;
    int used = 0;
    for (const char *at = safe; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        int width = text_character_columns(character);
        if (used + width > columns)
            break;
        if (wcwidth((wchar_t)character) == width) {
            wide[length++] = (wchar_t)character;
        } else {
            for (int i = 0; i < width; i++)
                wide[length++] = L'?';
        }
        used += width;
    }
    mvaddnwstr(row, column, wide, (int)length);
    return used;
}

int draw_text(struct canvas *canvas, int row, int column, int columns, enum style style, const char *text) {
    columns = MIN(columns, canvas->columns - column);
    if (columns <= 0)
        return 0;
    g_autofree char *safe = text_safe(text, columns, canvas->capabilities.ascii);
    set_style(canvas, style);
    return put(canvas, row, column, columns, safe);
}

void draw_fit(struct canvas *canvas, int row, int column, int columns, enum style style, gboolean right,
              const char *text) {
    columns = MIN(columns, canvas->columns - column);
    if (columns <= 0)
        return;
    g_autofree char *safe = text_fit(text == NULL ? "" : text, columns, right, canvas->capabilities.ascii);
    set_style(canvas, style);
    put(canvas, row, column, columns, safe);
}

int draw_format(struct canvas *canvas, int row, int column, int columns, enum style style, const char *format,
                ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return draw_text(canvas, row, column, columns, style, text);
}

void draw_fill(struct canvas *canvas, struct area area, enum style style) {
    for (int row = 0; row < area.rows; row++)
        draw_fit(canvas, area.row + row, area.column, area.columns, style, FALSE, "");
}

static void draw_line(struct canvas *canvas, int row, int column, int columns, const char *left,
                      const char *middle, const char *right) {
    GString *line = g_string_new(left);
    for (int i = 0; i < columns - 2; i++)
        g_string_append(line, middle);
    g_string_append(line, right);
    put(canvas, row, column, columns, line->str);
    g_string_free(line, TRUE);
}

struct area draw_box(struct canvas *canvas, struct area area, const char *title) {
    gboolean plain = canvas->capabilities.plain;
    draw_fill(canvas, area, STYLE_NORMAL);
    set_style(canvas, STYLE_BORDER);
    draw_line(canvas, area.row, area.column, area.columns, plain ? "+" : "┌", plain ? "-" : "─",
              plain ? "+" : "┐");
    draw_line(canvas, area.row + area.rows - 1, area.column, area.columns, plain ? "+" : "└",
              plain ? "-" : "─", plain ? "+" : "┘");
    for (int row = 1; row < area.rows - 1; row++) {
        put(canvas, area.row + row, area.column, 1, plain ? "|" : "│");
        put(canvas, area.row + row, area.column + area.columns - 1, 1, plain ? "|" : "│");
    }
    if (title != NULL)
        draw_format(canvas, area.row, area.column + 2, area.columns - 4, STYLE_TITLE, " %s ", title);
    return (struct area){area.row + 1, area.column + 2, area.rows - 2, area.columns - 4};
}

static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const plain_blocks[] = {"_", ".", "-", "=", "+", "*", "#", "#"};

#define LEVELS 8

static const char *block(const struct canvas *canvas, int level) {
    return canvas->capabilities.plain ? plain_blocks[level] : blocks[level];
}

/* 0 to LEVELS - 1. */
static int level_of(double value, double full) {
    return CLAMP((int)(value / full * LEVELS), 0, LEVELS - 1);
}

void draw_sparkline(struct canvas *canvas, int row, int column, int columns, enum style style,
                    const struct history *history, double full) {
    if (columns <= 0)
        return;
    gboolean plain = canvas->capabilities.plain;
    GString *line = g_string_new(NULL);
    for (int i = columns - 1; i >= 0; i--) {
        guint ago = (guint)(i * HISTORY_SECONDS / columns);
        guint count = (guint)((i + 1) * HISTORY_SECONDS / columns) - ago;
        double mean = history_mean(history, ago, MAX(1u, count));
        if (isnan(mean))
            g_string_append(line, plain ? " " : "·");
        else
            g_string_append(line, block(canvas, level_of(mean, full)));
    }
    set_style(canvas, style);
    put(canvas, row, column, columns, line->str);
    g_string_free(line, TRUE);
}

void draw_graph(struct canvas *canvas, struct area area, enum style style, const struct history *history,
                double full) {
    set_style(canvas, style);
    for (int i = 0; i < area.columns; i++) {
        int back = area.columns - 1 - i;
        guint ago = (guint)(back * HISTORY_SECONDS / area.columns);
        guint count = (guint)((back + 1) * HISTORY_SECONDS / area.columns) - ago;
        double mean = history_mean(history, ago, MAX(1u, count));
        if (isnan(mean))
            continue;
        int eighths = CLAMP((int)ceil(mean / full * area.rows * LEVELS), 1, area.rows * LEVELS);
        for (int row = area.rows - 1; row >= 0 && eighths > 0; row--, eighths -= LEVELS)
            put(canvas, area.row + row, area.column + i, 1, block(canvas, MIN(eighths, LEVELS) - 1));
    }
}

void draw_bar(struct canvas *canvas, int row, int column, int columns, enum style style, double fraction) {
    GString *bar = g_string_new("[");
    int inside = columns - 2;
    int full = isnan(fraction) ? 0 : CLAMP((int)(fraction * inside + 0.5), 0, inside);
    for (int i = 0; i < inside; i++)
        g_string_append_c(bar, i < full ? '#' : isnan(fraction) ? '.' : '-');
    g_string_append_c(bar, ']');
    set_style(canvas, style);
    put(canvas, row, column, columns, bar->str);
    g_string_free(bar, TRUE);
}

static attr_t cell_attributes(guint attributes) {
    static const struct {
        guint cell;
        attr_t attribute;
    } map[] = {{CELL_BOLD, A_BOLD},
               {CELL_UNDERLINE, A_UNDERLINE},
               {CELL_INVERSE, A_REVERSE},
               {CELL_BLINK, A_BLINK},
               {CELL_ITALIC, A_ITALIC}};
    attr_t result = A_NORMAL;
    for (gsize i = 0; i < G_N_ELEMENTS(map); i++)
        if (attributes & map[i].cell)
            result |= map[i].attribute;
    return result;
}

/* A guest's colour as one that the terminal has. On one with colours by value those beyond the palette are
 * numbers of themselves. */
static int guest_colour(int colour) {
    if (colour < 0)
        return -1;
    if ((colour & CELL_RGB) == 0)
        return possible_colour(colour);
    if (COLORS > 256)
        return MAX(colour & 0xffffff, 8);
    return palette256_of_rgb(colour & 0xffffff, COLORS);
}

void draw_cell(struct canvas *canvas, int row, int column, const struct terminal_cell *cell) {
    g_autoptr(GString) text = g_string_sized_new(16);
    cell_text(cell, text);
    g_autofree char *safe = text_safe(text->str, 2, canvas->capabilities.ascii);
    int pair = 0;
    if (canvas->capabilities.colour && (cell->foreground >= 0 || cell->background >= 0))
        pair = MAX(0, alloc_pair(guest_colour(cell->foreground), guest_colour(cell->background)));
    attr_set(cell_attributes(cell->attributes), (short)pair, &pair);
    put(canvas, row, column, 2, safe);
}

static guint darkness(guint upper, guint lower, guint steps) {
    guint light = 0;
    for (guint shift = 0; shift <= 16; shift += 8)
        light += (upper >> shift & 0xff) + (lower >> shift & 0xff);
    return light * (steps - 1) / (6 * 255);
}

void draw_half_block(struct canvas *canvas, int row, int column, guint upper, guint lower) {
    static const char *const shades[] = {" ", "░", "▒", "▓", "█"};
    static const char *const letters[] = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"};
    int pair = 0;
    if (!canvas->capabilities.plain && canvas->capabilities.colour && COLORS >= 256)
        pair = MAX(0, alloc_pair(guest_colour(CELL_RGB | (int)upper), guest_colour(CELL_RGB | (int)lower)));
    attr_set(A_NORMAL, (short)pair, &pair);
    if (pair > 0)
        put(canvas, row, column, 1, "▀");
    else if (canvas->capabilities.plain)
        put(canvas, row, column, 1, letters[darkness(upper, lower, G_N_ELEMENTS(letters))]);
    else
        put(canvas, row, column, 1, shades[darkness(upper, lower, G_N_ELEMENTS(shades))]);
}
