/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/terminal.h"

#include <libtsm.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "core/confined/confine.h"
#include "core/confined/gate.h"
#include "core/confined/protocol.h"

/* At most this often a picture is sent while the guest goes on writing. */
#define PICTURE_EVERY_US (G_USEC_PER_SEC / 50)

struct child {
    int input, output;
    struct gate *gate;
    struct tsm_screen *screen;
    struct tsm_vte *vte;
    GByteArray *passed;
    struct terminal_cell *now, *sent; /* rows * columns */
    guint columns, rows;
    struct message_state state_sent;
    gboolean dirty;
};

static void say(struct child *child, enum message_kind kind, const void *head, gsize head_length,
                const void *body, gsize body_length) {
    message_say(child->output, kind, head, head_length, body, body_length);
}

static void on_reply(struct tsm_vte *vte, const char *bytes, size_t length, void *data) {
    say(data, MESSAGE_REPLY, bytes, MIN(length, (size_t)REPLY_MAX), NULL, 0);
}

/* A colour beyond the sixteen becomes the nearest of them: each channel on or off, bright or not. */
static gint16 colour(int code, guint8 red, guint8 green, guint8 blue) {
    if (code >= 0)
        return code < 16 ? (gint16)code : -1;
    guint8 highest = MAX(red, MAX(green, blue));
    if (highest < 48)
        return 0;
    guint8 half = highest / 2;
    int index = (red > half) | (green > half) << 1 | (blue > half) << 2;
    return (gint16)(index + (highest > 170 ? 8 : 0));
}

static int on_cell(struct tsm_screen *screen, uint64_t id, const uint32_t *characters, size_t length,
                   unsigned int width, unsigned int column, unsigned int row,
                   const struct tsm_screen_attr *attributes, tsm_age_t age, void *data) {
    struct child *child = data;
    if (column >= child->columns || row >= child->rows)
        return 0;
    struct terminal_cell *cell = &child->now[row * child->columns + column];
    memset(cell, 0, sizeof *cell);
    cell->character = length > 0 ? characters[0] : 0;
    cell->columns = (guint8)MIN(width, 2u);
    cell->attributes =
        (guint8)((attributes->bold ? CELL_BOLD : 0) | (attributes->underline ? CELL_UNDERLINE : 0) |
                 (attributes->inverse ? CELL_INVERSE : 0) | (attributes->blink ? CELL_BLINK : 0) |
                 (attributes->italic ? CELL_ITALIC : 0));
    cell->foreground = colour(attributes->fccode, attributes->fr, attributes->fg, attributes->fb);
    cell->background = colour(attributes->bccode, attributes->br, attributes->bg, attributes->bb);
    return 0;
}

static void send_picture(struct child *child) {
    gsize row_size = child->columns * sizeof *child->now;
    gboolean changed = FALSE;
    tsm_screen_draw(child->screen, on_cell, child);
    for (guint row = 0; row < child->rows; row++) {
        struct terminal_cell *now = child->now + row * child->columns,
                             *sent = child->sent + row * child->columns;
        if (memcmp(now, sent, row_size) == 0)
            continue;
        struct message_row head = {row, child->columns};
        say(child, MESSAGE_ROW, &head, sizeof head, now, row_size);
        memcpy(sent, now, row_size);
        changed = TRUE;
    }
    struct message_state state = {
        .columns = child->columns,
        .rows = child->rows,
        .cursor_column = tsm_screen_get_cursor_x(child->screen),
        .cursor_row = tsm_screen_get_cursor_y(child->screen),
        .cursor_visible = (tsm_screen_get_flags(child->screen) & TSM_SCREEN_HIDE_CURSOR) == 0,
        .cursor_keys_application = (guint32)gate_cursor_keys_application(child->gate)};
    if (changed || memcmp(&state, &child->state_sent, sizeof state) != 0)
        say(child, MESSAGE_STATE, &state, sizeof state, NULL, 0);
    child->state_sent = state;
    child->dirty = FALSE;
}

static void resize(struct child *child, guint columns, guint rows) {
    child->columns = CLAMP(columns, 1, COLUMNS_MAX);
    child->rows = CLAMP(rows, 1, ROWS_MAX);
    if (tsm_screen_resize(child->screen, child->columns, child->rows) < 0)
        _exit(CHILD_EXIT_BROKEN);
    g_free(child->now);
    g_free(child->sent);
    child->now = g_new0(struct terminal_cell, child->columns * child->rows);
    child->sent = g_new0(struct terminal_cell, child->columns * child->rows);
    memset(child->sent, 0xff, child->columns * child->rows * sizeof *child->sent);
    child->dirty = TRUE;
}

static void take_message(struct child *child) {
    static guint8 bytes[MESSAGE_MAX];
    struct message_size size;
    struct message_header header = message_hear(child->input, bytes, sizeof bytes);
    if (header.kind == MESSAGE_RESIZE && header.length == sizeof size) {
        memcpy(&size, bytes, sizeof size);
        resize(child, size.columns, size.rows);
    } else if (header.kind == MESSAGE_OUTPUT) {
        g_byte_array_set_size(child->passed, 0);
        gate_pass(child->gate, bytes, header.length, child->passed);
        tsm_vte_input(child->vte, (const char *)child->passed->data, child->passed->len);
        child->dirty = TRUE;
    }
}

_Noreturn void terminal_child_main(int input, int output) {
    struct child child = {.input = input, .output = output};
    const char *why = NULL;
    gint64 next_picture = 0;
    if (!confine(&why))
        _exit(CHILD_EXIT_UNCONFINED);
    child.gate = gate_new();
    child.passed = g_byte_array_new();
    if (tsm_screen_new(&child.screen, NULL, NULL) < 0 ||
        tsm_vte_new(&child.vte, child.screen, on_reply, &child, NULL, NULL) < 0)
        _exit(CHILD_EXIT_BROKEN);
    resize(&child, 80, 24);
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
