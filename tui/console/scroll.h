/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/console/session.h"

/* What a console printed, page by page: moves, looks for text, selects and copies. The console goes on below.
 */
struct scroll;

/* At the place of the guest's cursor. */
struct scroll *scroll_new(struct session *session);
void scroll_free(struct scroll *scroll);

void scroll_draw(struct scroll *scroll, struct canvas *canvas, struct area area);

/* For the line of status; the caller's. NULL: its search field is open, see scroll_draw_field(). */
char *scroll_status(const struct scroll *scroll);
void scroll_draw_field(const struct scroll *scroll, struct canvas *canvas, int row, int column, int columns);

/* FALSE: it is over. */
gboolean scroll_key(struct scroll *scroll, const struct input *input);
gboolean scroll_paste(struct scroll *scroll, const char *text);
void scroll_move(struct scroll *scroll, int lines);

/* What was asked of the emulator. */
void scroll_line(struct scroll *scroll, guint64 line, const struct terminal_cell *cells, guint columns);
void scroll_found(struct scroll *scroll, gboolean found, guint64 line, guint column, guint columns);

/* The guest printed something. */
void scroll_changed(struct scroll *scroll);
