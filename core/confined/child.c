/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/terminal.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "core/confined/confine.h"
#include "core/confined/emulator.h"
#include "core/confined/protocol.h"

/* At most this often a picture is sent while the guest goes on writing. */
#define PICTURE_EVERY_US (G_USEC_PER_SEC / 50)

struct child {
    int input, output;
    struct emulator *emulator;
    struct terminal_cell *sent; /* rows * columns */
    struct message_state state_sent;
    gboolean dirty;
};

static void say(struct child *child, enum message_kind kind, const void *head, gsize head_length,
                const void *body, gsize body_length) {
    message_say(child->output, kind, head, head_length, body, body_length);
}

static void on_reply(const char *bytes, gsize length, gpointer data) {
    say(data, MESSAGE_REPLY, bytes, MIN(length, (gsize)REPLY_MAX), NULL, 0);
}

static struct message_state state_now(const struct child *child) {
    const struct gate_modes *modes = emulator_modes(child->emulator);
    const struct scrollback *scrollback = emulator_scrollback(child->emulator);
    guint column = 0, row = 0;
    gboolean visible = FALSE;
    emulator_cursor(child->emulator, &column, &row, &visible);
    return (struct message_state){.columns = emulator_columns(child->emulator),
                                  .rows = emulator_rows(child->emulator),
                                  .cursor_column = column,
                                  .cursor_row = row,
                                  .cursor_visible = (guint32)visible,
                                  .cursor_keys_application = (guint32)modes->application_keys,
                                  .paste = (guint32)modes->paste,
                                  .mouse = modes->mouse,
                                  .mouse_sgr = (guint32)modes->mouse_sgr,
                                  .cursor_shape = modes->cursor_shape,
                                  .first = scrollback_first(scrollback),
                                  .end = scrollback_end(scrollback)};
}

static void send_picture(struct child *child) {
    guint columns = emulator_columns(child->emulator), rows = emulator_rows(child->emulator);
    gsize row_size = columns * sizeof *child->sent;
    gboolean changed = FALSE;
    const struct terminal_cell *cells = emulator_cells(child->emulator);
    for (guint row = 0; row < rows; row++) {
        const struct terminal_cell *now = cells + row * columns;
        struct terminal_cell *sent = child->sent + row * columns;
        if (memcmp(now, sent, row_size) == 0)
            continue;
        struct message_row head = {row, columns};
        say(child, MESSAGE_ROW, &head, sizeof head, now, row_size);
        memcpy(sent, now, row_size);
        changed = TRUE;
    }
    struct message_state state = state_now(child);
    if (changed || memcmp(&state, &child->state_sent, sizeof state) != 0)
        say(child, MESSAGE_STATE, &state, sizeof state, NULL, 0);
    child->state_sent = state;
    child->dirty = FALSE;
}

static void resize(struct child *child, const guint8 *bytes, gsize length) {
    struct message_size size;
    if (length != sizeof size)
        _exit(CHILD_EXIT_BROKEN);
    memcpy(&size, bytes, sizeof size);
    if (!emulator_resize(child->emulator, size.columns, size.rows))
        _exit(CHILD_EXIT_BROKEN);
    gsize cells = (gsize)emulator_columns(child->emulator) * emulator_rows(child->emulator);
    g_free(child->sent);
    child->sent = g_new(struct terminal_cell, cells);
    memset(child->sent, 0xff, cells * sizeof *child->sent);
    child->dirty = TRUE;
}

static void answer_want(struct child *child, const guint8 *bytes, gsize length) {
    struct message_want want;
    if (length != sizeof want)
        _exit(CHILD_EXIT_BROKEN);
    memcpy(&want, bytes, sizeof want);
    for (guint32 i = 0; i < MIN(want.lines, (guint32)ROWS_MAX); i++) {
        struct message_line head = {.line = want.line + i};
        const struct terminal_cell *cells = emulator_line(child->emulator, head.line, &head.columns);
        if (cells != NULL)
            say(child, MESSAGE_LINE, &head, sizeof head, cells, head.columns * sizeof *cells);
    }
}

static void answer_find(struct child *child, const guint8 *bytes, gsize length) {
    struct message_find find;
    struct message_found found = {0};
    if (length < sizeof find)
        _exit(CHILD_EXIT_BROKEN);
    memcpy(&find, bytes, sizeof find);
    found.line = find.line;
    found.found = (guint32)emulator_find(child->emulator, &found.line, find.column, find.step,
                                         (const char *)bytes + sizeof find, length - sizeof find,
                                         &found.column, &found.columns);
    say(child, MESSAGE_FOUND, &found, sizeof found, NULL, 0);
}

static void answer_copy(struct child *child, const guint8 *bytes, gsize length) {
    struct message_copy copy;
    if (length != sizeof copy)
        _exit(CHILD_EXIT_BROKEN);
    memcpy(&copy, bytes, sizeof copy);
    g_autoptr(GString) text =
        emulator_copy(child->emulator, copy.from, copy.from_column, copy.to, copy.to_column, TEXT_MAX);
    say(child, MESSAGE_TEXT, text->str, text->len, NULL, 0);
}

static void take_message(struct child *child) {
    static guint8 bytes[MESSAGE_MAX];
    struct message_header header = message_hear(child->input, bytes, sizeof bytes);
    switch (header.kind) {
    case MESSAGE_RESIZE:
        resize(child, bytes, header.length);
        break;
    case MESSAGE_OUTPUT:
        emulator_feed(child->emulator, bytes, header.length);
        break;
    case MESSAGE_MARK:
    case MESSAGE_PAST:
        emulator_mark(child->emulator, (const char *)bytes, header.length, header.kind == MESSAGE_PAST);
        break;
    case MESSAGE_WANT:
        answer_want(child, bytes, header.length);
        return;
    case MESSAGE_FIND:
        answer_find(child, bytes, header.length);
        return;
    case MESSAGE_COPY:
        answer_copy(child, bytes, header.length);
        return;
    default:
        _exit(CHILD_EXIT_BROKEN);
    }
    child->dirty = TRUE;
}

_Noreturn void terminal_child_main(int input, int output) {
    struct child child = {.input = input, .output = output};
    const char *why = NULL;
    gint64 next_picture = 0;
    if (!confine(&why))
        _exit(CHILD_EXIT_UNCONFINED);
    child.emulator = emulator_new(on_reply, &child);
    if (child.emulator == NULL)
        _exit(CHILD_EXIT_BROKEN);
    const struct message_size first = {80, 24};
    resize(&child, (const guint8 *)&first, sizeof first);
    for (;;) {
        struct pollfd from_parent = {.fd = input, .events = POLLIN};
        int wait_ms = child.dirty ? (int)MAX(0, (next_picture - g_get_monotonic_time()) / 1000) : -1;
        int ready = poll(&from_parent, 1, wait_ms);
        if (ready > 0)
            take_message(&child);
        if (child.dirty && g_get_monotonic_time() >= next_picture) {
            send_picture(&child);
            next_picture = g_get_monotonic_time() + PICTURE_EVERY_US;
        }
    }
}
