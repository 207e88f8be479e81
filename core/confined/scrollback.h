/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/confined/cell.h"

/* Lines that left a terminal's screen at its top, kept small: runs of one look, and text. Lines are counted
 * from the first that ever left; the oldest go when there are too many of them or their bytes are. One
 * thread. */
struct scrollback;

struct scrollback *scrollback_new(guint lines_most, gsize bytes_most);
void scrollback_free(struct scrollback *scrollback);

void scrollback_add(struct scrollback *scrollback, const struct terminal_cell *cells, guint count);

/* The oldest line that is there, and the one after the newest. */
guint64 scrollback_first(const struct scrollback *scrollback);
guint64 scrollback_end(const struct scrollback *scrollback);
gsize scrollback_bytes(const struct scrollback *scrollback);

/* Its cells, without the empty ones at its end; most at the most. How many; 0 for a line that is not there.
 */
guint scrollback_get(const struct scrollback *scrollback, guint64 line, struct terminal_cell *cells,
                     guint most);
