/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/terminal.h"

#include <string.h>

#include "core/base/text.h"
#include "core/confined/process.h"
#include "core/confined/protocol.h"

/* When the child is further behind than this, the oldest output is dropped. */
#define BACKLOG_MAX (1024 * 1024)
#define PIECE_MAX   (16 * 1024)

/* Of the text that is looked for. */
#define FIND_MAX 256

/* A number of lines that no console reaches. */
#define LINES_EVER ((guint64)1 << 48)

static const char dropped_mark[] = "[output dropped]";

struct terminal {
    const struct terminal_events *events;
    gpointer data;
    struct confined *child;
    struct terminal_screen screen;
    struct terminal_cell *cells; /* being drawn by the child's rows */
};

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
        cell_check(&row[i]);
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
    screen->paste = state.paste != 0;
    screen->mouse = state.mouse == 1000 || state.mouse == 1002 ? state.mouse : 0;
    screen->mouse_sgr = state.mouse_sgr != 0;
    screen->cursor_shape = state.cursor_shape <= 6 ? state.cursor_shape : 0;
    screen->first = MIN(state.first, LINES_EVER);
    screen->end = CLAMP(state.end, screen->first, screen->first + SCROLLBACK_LINES);
    terminal->events->changed(terminal, terminal->data);
    return TRUE;
}

static gboolean take_line(struct terminal *terminal, const guint8 *bytes, gsize length) {
    struct message_line head;
    struct terminal_cell cells[COLUMNS_MAX];
    if (length < sizeof head)
        return FALSE;
    memcpy(&head, bytes, sizeof head);
    if (head.columns > COLUMNS_MAX || head.line > LINES_EVER ||
        length != sizeof head + head.columns * sizeof *cells)
        return FALSE;
    memcpy(cells, bytes + sizeof head, length - sizeof head);
    for (guint i = 0; i < head.columns; i++)
        cell_check(&cells[i]);
    if (terminal->events->line != NULL)
        terminal->events->line(terminal, head.line, cells, head.columns, terminal->data);
    return TRUE;
}

static gboolean take_found(struct terminal *terminal, const guint8 *bytes, gsize length) {
    struct message_found found;
    if (length != sizeof found)
        return FALSE;
    memcpy(&found, bytes, sizeof found);
    if (found.line > LINES_EVER || found.column >= COLUMNS_MAX || found.columns > COLUMNS_MAX)
        return FALSE;
    if (terminal->events->found != NULL)
        terminal->events->found(terminal, found.found != 0, found.line, found.column, found.columns,
                                terminal->data);
    return TRUE;
}

static gboolean take_text(struct terminal *terminal, const guint8 *bytes, gsize length) {
    if (length > TEXT_MAX || !g_utf8_validate((const char *)bytes, (gssize)length, NULL))
        return FALSE;
    g_autoptr(GString) text = g_string_sized_new(length);
    const char *end = (const char *)bytes + length;
    for (const char *at = (const char *)bytes; at < end; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        g_string_append_unichar(text, *at == '\n' || text_drawable(character) ? character : '?');
    }
    if (terminal->events->text != NULL)
        terminal->events->text(terminal, text->str, terminal->data);
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
    case MESSAGE_LINE:
        return take_line(terminal, bytes, length);
    case MESSAGE_FOUND:
        return take_found(terminal, bytes, length);
    case MESSAGE_TEXT:
        return take_text(terminal, bytes, length);
    default:
        return FALSE;
    }
}

static void on_died(const char *why, gpointer data) {
    struct terminal *terminal = data;
    terminal->events->died(terminal, why, terminal->data);
}

static const struct confined_kind terminal_kind = {TERMINAL_CHILD_ROLE, "terminal", MESSAGE_MAX};
static const struct confined_events confined_events = {take_message, on_died};

void terminal_feed(struct terminal *terminal, const guint8 *bytes, gsize length) {
    if (confined_backlog(terminal->child) + length > BACKLOG_MAX) {
        confined_drop(terminal->child, MESSAGE_OUTPUT);
        terminal_mark(terminal, dropped_mark);
    }
    for (gsize at = 0; at < length; at += PIECE_MAX)
        confined_send(terminal->child, MESSAGE_OUTPUT, bytes + at, MIN(PIECE_MAX, length - at));
}

static void send_text(struct terminal *terminal, enum message_kind kind, const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    gsize length = strlen(valid);
    if (length > PIECE_MAX) { /* the newest of it */
        const char *start = g_utf8_find_next_char(valid + length - PIECE_MAX, NULL);
        confined_send(terminal->child, kind, start, strlen(start));
    } else {
        confined_send(terminal->child, kind, valid, length);
    }
}

void terminal_mark(struct terminal *terminal, const char *text) {
    send_text(terminal, MESSAGE_MARK, text);
}

void terminal_past(struct terminal *terminal, const char *text) {
    send_text(terminal, MESSAGE_PAST, text);
}

void terminal_want(struct terminal *terminal, guint64 line, guint lines) {
    struct message_want want = {.line = line, .lines = lines};
    confined_send(terminal->child, MESSAGE_WANT, &want, sizeof want);
}

void terminal_find(struct terminal *terminal, guint64 line, int column, int step, const char *text) {
    struct message_find find = {line, column, step};
    g_autoptr(GByteArray) message = g_byte_array_new();
    g_byte_array_append(message, (const guint8 *)&find, sizeof find);
    g_byte_array_append(message, (const guint8 *)text, (guint)MIN(strlen(text), (gsize)FIND_MAX));
    confined_send(terminal->child, MESSAGE_FIND, message->data, message->len);
}

void terminal_copy(struct terminal *terminal, guint64 from, guint from_column, guint64 to, guint to_column) {
    struct message_copy copy = {from, to, from_column, to_column};
    confined_send(terminal->child, MESSAGE_COPY, &copy, sizeof copy);
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
    terminal->child = confined_start(&terminal_kind, &confined_events, terminal, error);
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
