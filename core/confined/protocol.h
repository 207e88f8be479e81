/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/confined/message.h"
#include "core/confined/terminal.h"

/* What parent and child of a terminal say to each other, both built from the same source. The parent checks
 * every number that comes from the child. Lines are counted from the first that ever left the screen; the
 * rows of the screen follow the newest that did. */
enum message_kind {
    MESSAGE_OUTPUT = 1, /* parent: bytes of the guest */
    MESSAGE_RESIZE,     /* parent: struct message_size */
    MESSAGE_MARK,       /* parent: a line of its own among what the guest wrote, UTF-8 */
    MESSAGE_PAST,       /* parent: lines that the guest wrote before, UTF-8 */
    MESSAGE_WANT,       /* parent: struct message_want */
    MESSAGE_FIND,       /* parent: struct message_find, then the text in UTF-8 */
    MESSAGE_COPY,       /* parent: struct message_copy */
    MESSAGE_ROW,        /* child: struct message_row, then its cells */
    MESSAGE_STATE,      /* child: struct message_state; ends a picture */
    MESSAGE_REPLY,      /* child: bytes for the guest */
    MESSAGE_LINE,       /* child: struct message_line, then its cells; answers MESSAGE_WANT, line by line */
    MESSAGE_FOUND,      /* child: struct message_found; answers MESSAGE_FIND */
    MESSAGE_TEXT,       /* child: UTF-8, at most TEXT_MAX bytes; answers MESSAGE_COPY */
};

struct message_size {
    guint32 columns, rows;
};

struct message_want {
    guint64 line;
    guint32 lines, unused;
};

struct message_find {
    guint64 line;
    gint32 column, step; /* where to begin; 1 or -1 */
};

struct message_copy {
    guint64 from, to;
    guint32 from_column, to_column; /* the last one too */
};

struct message_row {
    guint32 row, columns;
};

struct message_line {
    guint64 line;
    guint32 columns, unused;
};

struct message_found {
    guint64 line;
    guint32 found, column, columns, unused;
};

struct message_state {
    guint32 columns, rows, cursor_column, cursor_row;
    guint32 cursor_visible, cursor_keys_application;
    guint32 paste, mouse, mouse_sgr, cursor_shape;
    guint64 first, end; /* lines that left the screen and are there */
};

enum { COLUMNS_MAX = 500, ROWS_MAX = 300, MESSAGE_MAX = 64 * 1024, REPLY_MAX = 256, TEXT_MAX = 16 * 1024 };

_Static_assert(COLUMNS_MAX * sizeof(struct terminal_cell) + 64 < MESSAGE_MAX, "a row is one message");
