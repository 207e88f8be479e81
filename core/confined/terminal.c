/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/terminal.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "config/error.h"
#include "core/base/text.h"
#include "core/confined/protocol.h"

/* When the child is further behind than this, the oldest output is dropped. */
#define BACKLOG_MAX (1024 * 1024)
#define PIECE_MAX   (16 * 1024)

static const char dropped_mark[] = "\r\n[output dropped]\r\n";

struct terminal {
    const struct terminal_events *events;
    gpointer data;
    GPid child;
    int input, output; /* to and from the child */
    guint read_source, write_source, watch_source;
    GQueue *backlog; /* GByteArray: whole messages; the first may be half written */
    gsize backlog_bytes, written;
    GByteArray *heard;
    struct terminal_screen screen;
    struct terminal_cell *cells;   /* being drawn by the child's rows */
    gboolean dead, talking, freed; /* talking: an event is being told */
};

/* The child inherits nothing but its two pipes. */
static gboolean start_child(struct terminal *terminal, GError **error) {
    const char *const arguments[] = {"/proc/self/exe", TERMINAL_CHILD_ROLE, NULL};
    const char *const environment[] = {"LANG=C.UTF-8", NULL};
    GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL;
    g_autoptr(GError) local = NULL;
    if (g_spawn_async_with_pipes_and_fds(NULL, arguments, environment, flags, NULL, NULL, -1, -1, -1, NULL,
                                         NULL, 0, &terminal->child, &terminal->input, &terminal->output, NULL,
                                         &local))
        return g_unix_set_fd_nonblocking(terminal->input, TRUE, error) &&
               g_unix_set_fd_nonblocking(terminal->output, TRUE, error);
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot start the terminal: %s", local->message);
    return FALSE;
}

static void forget(struct terminal *terminal) {
    g_clear_pointer(&terminal->cells, g_free);
    g_queue_free_full(terminal->backlog, (GDestroyNotify)g_byte_array_unref);
    g_byte_array_unref(terminal->heard);
    g_free(terminal);
}

static void stop_listening(struct terminal *terminal) {
    g_clear_handle_id(&terminal->read_source, g_source_remove);
    g_clear_handle_id(&terminal->write_source, g_source_remove);
    if (terminal->input >= 0)
        close(terminal->input);
    if (terminal->output >= 0)
        close(terminal->output);
    terminal->input = terminal->output = -1;
}

static void die(struct terminal *terminal, const char *why) {
    if (terminal->dead)
        return;
    terminal->dead = TRUE;
    stop_listening(terminal);
    kill(terminal->child, SIGKILL);
    terminal->talking = TRUE;
    terminal->events->died(terminal, why, terminal->data);
    terminal->talking = FALSE;
}

static void on_child_end(GPid child, gint status, gpointer data) {
    struct terminal *terminal = data;
    terminal->watch_source = 0;
    g_spawn_close_pid(child);
    die(terminal, "what the guest sent made the terminal fail");
    if (terminal->freed)
        forget(terminal);
}

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

static gboolean take_message(struct terminal *terminal, guint32 kind, const guint8 *bytes, gsize length) {
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

/* Takes all whole messages that were heard. FALSE when one is out of bounds. */
static gboolean take_messages(struct terminal *terminal) {
    gsize at = 0;
    gboolean fine = TRUE;
    terminal->talking = TRUE;
    while (fine && !terminal->freed && terminal->heard->len - at >= sizeof(struct message_header)) {
        struct message_header header;
        memcpy(&header, terminal->heard->data + at, sizeof header);
        if (header.length > MESSAGE_MAX)
            fine = FALSE;
        else if (terminal->heard->len - at < sizeof header + header.length)
            break;
        else
            fine = take_message(terminal, header.kind, terminal->heard->data + at + sizeof header,
                                header.length);
        at += sizeof header + header.length;
    }
    terminal->talking = FALSE;
    if (fine && at > 0)
        g_byte_array_remove_range(terminal->heard, 0, (guint)at);
    return fine;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data) {
    struct terminal *terminal = data;
    guint8 bytes[MESSAGE_MAX];
    ssize_t count = read(fd, bytes, sizeof bytes);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (count <= 0) {
        terminal->read_source = 0; /* its end is told when it was reaped */
        return G_SOURCE_REMOVE;
    }
    g_byte_array_append(terminal->heard, bytes, (guint)count);
    if (take_messages(terminal)) {
        if (terminal->freed && terminal->watch_source == 0)
            forget(terminal);
        return G_SOURCE_CONTINUE;
    }
    terminal->read_source = 0;
    die(terminal, "the terminal said something impossible");
    return G_SOURCE_REMOVE;
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer data) {
    struct terminal *terminal = data;
    GByteArray *first = g_queue_peek_head(terminal->backlog);
    if (first != NULL) {
        ssize_t count = write(fd, first->data + terminal->written, first->len - terminal->written);
        if (count < 0 && errno != EAGAIN && errno != EINTR) {
            terminal->write_source = 0;
            return G_SOURCE_REMOVE;
        }
        terminal->written += (gsize)MAX(count, 0);
        if (terminal->written == first->len) {
            terminal->backlog_bytes -= first->len;
            terminal->written = 0;
            g_byte_array_unref(g_queue_pop_head(terminal->backlog));
        }
    }
    if (!g_queue_is_empty(terminal->backlog))
        return G_SOURCE_CONTINUE;
    terminal->write_source = 0;
    return G_SOURCE_REMOVE;
}

static void queue(struct terminal *terminal, enum message_kind kind, const void *bytes, gsize length) {
    struct message_header header = {kind, (guint32)length};
    GByteArray *message = g_byte_array_new();
    if (terminal->dead) {
        g_byte_array_unref(message);
        return;
    }
    g_byte_array_append(message, (const guint8 *)&header, sizeof header);
    g_byte_array_append(message, bytes, (guint)length);
    g_queue_push_tail(terminal->backlog, message);
    terminal->backlog_bytes += message->len;
    if (terminal->write_source == 0)
        terminal->write_source = g_unix_fd_add(terminal->input, G_IO_OUT, on_writable, terminal);
}

/* Drops what waits, but for what is half written and for a resize, and says so in its place. */
static void drop_backlog(struct terminal *terminal) {
    for (GList *at = terminal->backlog->head == NULL ? NULL : terminal->backlog->head->next; at != NULL;) {
        GList *next = at->next;
        GByteArray *message = at->data;
        struct message_header header;
        memcpy(&header, message->data, sizeof header);
        if (header.kind == MESSAGE_OUTPUT) {
            terminal->backlog_bytes -= message->len;
            g_byte_array_unref(message);
            g_queue_delete_link(terminal->backlog, at);
        }
        at = next;
    }
    queue(terminal, MESSAGE_OUTPUT, dropped_mark, strlen(dropped_mark));
}

void terminal_feed(struct terminal *terminal, const guint8 *bytes, gsize length) {
    if (terminal->backlog_bytes + length > BACKLOG_MAX)
        drop_backlog(terminal);
    for (gsize at = 0; at < length; at += PIECE_MAX)
        queue(terminal, MESSAGE_OUTPUT, bytes + at, MIN(PIECE_MAX, length - at));
}

void terminal_resize(struct terminal *terminal, guint columns, guint rows) {
    struct terminal_screen *screen = &terminal->screen;
    screen->columns = CLAMP(columns, 1, COLUMNS_MAX);
    screen->rows = CLAMP(rows, 1, ROWS_MAX);
    screen->cursor_column = MIN(screen->cursor_column, screen->columns - 1);
    screen->cursor_row = MIN(screen->cursor_row, screen->rows - 1);
    g_free(terminal->cells);
    terminal->cells = g_new0(struct terminal_cell, screen->columns * screen->rows);
    screen->cells = terminal->cells;
    struct message_size size = {screen->columns, screen->rows};
    queue(terminal, MESSAGE_RESIZE, &size, sizeof size);
}

struct terminal *terminal_new(guint columns, guint rows, const struct terminal_events *events, gpointer data,
                              GError **error) {
    struct terminal *terminal = g_new0(struct terminal, 1);
    terminal->events = events;
    terminal->data = data;
    terminal->input = terminal->output = -1;
    terminal->backlog = g_queue_new();
    terminal->heard = g_byte_array_new();
    if (!start_child(terminal, error)) {
        stop_listening(terminal);
        forget(terminal);
        return NULL;
    }
    terminal->read_source = g_unix_fd_add(terminal->output, G_IO_IN | G_IO_HUP, on_readable, terminal);
    terminal->watch_source = g_child_watch_add(terminal->child, on_child_end, terminal);
    terminal_resize(terminal, columns, rows);
    return terminal;
}

const struct terminal_screen *terminal_screen(const struct terminal *terminal) {
    return &terminal->screen;
}

static const struct terminal_events nobody = {0};

void terminal_free(struct terminal *terminal) {
    if (terminal == NULL)
        return;
    gboolean reaped = terminal->watch_source == 0;
    terminal->freed = terminal->dead = TRUE;
    terminal->events = &nobody;
    stop_listening(terminal);
    if (!reaped)
        kill(terminal->child, SIGKILL);
    if (reaped && !terminal->talking)
        forget(terminal);
}
