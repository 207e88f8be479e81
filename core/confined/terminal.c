/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/terminal.h"

#include <string.h>

#include "core/base/text.h"
#include "core/confined/process.h"
#include "core/confined/protocol.h"

/* When the child is further behind than this, the oldest output is dropped. */
#define BACKLOG_MAX (1024 * 1024)
#define PIECE_MAX   (16 * 1024)

static const char dropped_mark[] = "\r\n[output dropped]\r\n";

struct terminal {
    const struct terminal_events *events;
    gpointer data;
    struct confined *child;
    struct terminal_screen screen;
    struct terminal_cell *cells; /* being drawn by the child's rows */
};

/* A cell as the child says it, brought within bounds. */
static void check_cell(struct terminal_cell *cell) {
    if (cell->character != 0 && !(g_unichar_validate(cell->character) && text_drawable(cell->character)))
        cell->character = '?';
    if (cell->columns > 2)
        cell->columns = 1;
    if (cell->foreground < -1 || cell->foreground > 15)
        cell->foreground = -1;
    if (cell->background < -1 || cell->background > 15)
        cell->background = -1;
    cell->attributes &= CELL_BOLD | CELL_UNDERLINE | CELL_INVERSE | CELL_BLINK | CELL_ITALIC;
}

static gboolean take_row(struct terminal *terminal, const guint8 *bytes, gsize length) {
    struct message_row head;
    if (length < sizeof head)
        return FALSE;
    memcpy(&head, bytes, sizeof head);
    if (head.columns != terminal->screen.columns || head.row >= terminal->screen.rows)
        return TRUE; /* of before a resize */
    if (length != sizeof head + head.columns * sizeof(struct terminal_cell))
        return FALSE;
    struct terminal_cell *row = terminal->cells + head.row * head.columns;
    memcpy(row, bytes + sizeof head, length - sizeof head);
    for (guint i = 0; i < head.columns; i++)
        check_cell(&row[i]);
    return TRUE;
}

static gboolean take_state(struct terminal *terminal, const guint8 *bytes, gsize length) {
    struct message_state state;
    struct terminal_screen *screen = &terminal->screen;
    if (length != sizeof state)
        return FALSE;
    memcpy(&state, bytes, sizeof state);
    if (state.columns != screen->columns || state.rows != screen->rows)
        return TRUE;
    screen->cursor_column = MIN(state.cursor_column, screen->columns - 1);
    screen->cursor_row = MIN(state.cursor_row, screen->rows - 1);
    screen->cursor_visible = state.cursor_visible != 0;
    screen->cursor_keys_application = state.cursor_keys_application != 0;
    terminal->events->changed(terminal, terminal->data);
    return TRUE;
}

static gboolean take_message(guint32 kind, const guint8 *bytes, gsize length, gpointer data) {
    struct terminal *terminal = data;
    switch (kind) {
    case MESSAGE_ROW:
        return take_row(terminal, bytes, length);
    case MESSAGE_STATE:
        return take_state(terminal, bytes, length);
    case MESSAGE_REPLY:
        if (length > REPLY_MAX)
            return FALSE;
        terminal->events->reply(terminal, bytes, length, terminal->data);
        return TRUE;
    default:
        return FALSE;
    }
}

static void on_died(const char *why, gpointer data) {
    struct terminal *terminal = data;
    terminal->events->died(terminal, why, terminal->data);
}

static const struct confined_kind kind = {TERMINAL_CHILD_ROLE, "terminal", MESSAGE_MAX};
static const struct confined_events confined_events = {take_message, on_died};

void terminal_feed(struct terminal *terminal, const guint8 *bytes, gsize length) {
    if (confined_backlog(terminal->child) + length > BACKLOG_MAX) {
        confined_drop(terminal->child, MESSAGE_OUTPUT);
        confined_send(terminal->child, MESSAGE_OUTPUT, dropped_mark, strlen(dropped_mark));
    }
    for (gsize at = 0; at < length; at += PIECE_MAX)
        confined_send(terminal->child, MESSAGE_OUTPUT, bytes + at, MIN(PIECE_MAX, length - at));
}

static void set_size(struct terminal *terminal, guint columns, guint rows) {
    struct terminal_screen *screen = &terminal->screen;
    screen->columns = CLAMP(columns, 1, COLUMNS_MAX);
    screen->rows = CLAMP(rows, 1, ROWS_MAX);
    screen->cursor_column = MIN(screen->cursor_column, screen->columns - 1);
    screen->cursor_row = MIN(screen->cursor_row, screen->rows - 1);
    g_free(terminal->cells);
    terminal->cells = g_new0(struct terminal_cell, screen->columns * screen->rows);
    screen->cells = terminal->cells;
}

void terminal_resize(struct terminal *terminal, guint columns, guint rows) {
    set_size(terminal, columns, rows);
    struct message_size size = {terminal->screen.columns, terminal->screen.rows};
    confined_send(terminal->child, MESSAGE_RESIZE, &size, sizeof size);
}

struct terminal *terminal_new(guint columns, guint rows, const struct terminal_events *events, gpointer data,
                              GError **error) {
    struct terminal *terminal = g_new0(struct terminal, 1);
    terminal->events = events;
    terminal->data = data;
    terminal->child = confined_start(&kind, &confined_events, terminal, error);
    if (terminal->child == NULL) {
        g_free(terminal);
        return NULL;
    }
    terminal_resize(terminal, columns, rows);
    return terminal;
}

const struct terminal_screen *terminal_screen(const struct terminal *terminal) {
    return &terminal->screen;
}

void terminal_free(struct terminal *terminal) {
    if (terminal == NULL)
        return;
    confined_free(terminal->child);
    g_free(terminal->cells);
    g_free(terminal);
}
