/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* What a console prints, written to a file of this user: lines of plain text, made safe to look at (no
 * escape sequence, no control), since raw bytes of a guest are dangerous to whoever prints the file later.
 * The file is new, for its user alone, and ends at RECORD_BYTES. Main thread; the work is a thread's. */
struct console_record;

enum { RECORD_BYTES = 256 << 20 };

/* In the directory "consoles" of the user's state, named by guest and time. ended: it could not go on, on the
 * main thread. NULL and an error. Blocks on a disk for a moment. */
struct console_record *console_record_new(const char *guest, void (*ended)(const char *why, gpointer data),
                                          gpointer data, GError **error);

/* What the disk is too slow for is left out, and the file says so. */
void console_record_add(struct console_record *record, const guint8 *bytes, gsize length);

const char *console_record_path(const struct console_record *record);

/* What was added before is written yet: blocks on a disk. */
void console_record_free(struct console_record *record);
