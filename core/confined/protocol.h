/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/confined/message.h"
#include "core/confined/terminal.h"

/* What parent and child of a terminal say to each other, both built from the same source. The parent checks
 * every number that comes from the child. */
enum message_kind {
    MESSAGE_OUTPUT = 1, /* parent: bytes of the guest */
    MESSAGE_RESIZE,     /* parent: struct message_size */
    MESSAGE_ROW,        /* child: struct message_row, then its cells */
    MESSAGE_STATE,      /* child: struct message_state; ends a picture */
    MESSAGE_REPLY,      /* child: bytes for the guest */
};

struct message_size {
    guint32 columns, rows;
};

struct message_row {
    guint32 row, columns;
};

struct message_state {
    guint32 columns, rows, cursor_column, cursor_row;
    guint32 cursor_visible, cursor_keys_application;
};

enum { COLUMNS_MAX = 500, ROWS_MAX = 300, MESSAGE_MAX = 64 * 1024, REPLY_MAX = 256 };
