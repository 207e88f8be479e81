/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/confined/message.h"
#include "core/screen/text_screen.h"

/* What parent and child of a picture say to each other. The parent checks every number that comes from the
 * child. */
enum picture_message {
    PICTURE_BEGIN = 1, /* parent: struct picture_begin */
    PICTURE_BYTES,     /* parent: some of the file */
    PICTURE_FACTS,     /* child: struct picture_facts */
    PICTURE_PART,      /* child: some of the cells (struct text_cell) or pixels, in order */
};

struct picture_begin {
    guint32 serial, length; /* of the file, in bytes */
    guint32 width, height, text;
};

struct picture_facts {
    guint32 serial, fault; /* enum pixels_fault; nothing follows one */
    guint32 width, height; /* of the screen */
    guint32 is_text;
    guint32 columns, rows; /* cells or pixels that follow */
    guint32 cursor, cursor_column, cursor_row;
};

enum { PICTURE_PART_MAX = 60 * 1024 };
