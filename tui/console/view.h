/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/console/consoles.h"
#include "tui/edit.h"
#include "tui/keyname.h"

/* What one sees of the consoles: one of them, at full screen or in a pane beside or beneath the screen below.
 * There is one such view. */

struct scroll;

/* What the next key answers. */
enum console_question { QUESTION_NONE, QUESTION_SIZE, QUESTION_SYSRQ, QUESTION_SYSRQ_SURE };

struct console_view {
    struct view view;
    struct session *session;
    struct key_name prefix;
    gboolean prefixed, help;
    gboolean focused; /* a pane gets the keys only while it has them */
    enum console_question question;
    char sysrq;            /* QUESTION_SYSRQ_SURE: what is to be sent */
    struct scroll *scroll; /* NULL: what is shown is now */
    struct area area;      /* where the guest's screen was drawn last */
    enum input_button held;
};

/* Attaches a serial console of the guest under the cursor, or shows the one that is open. */
void console_view_attach(struct ui *ui, const struct action *action);

/* Shows that console, in the view that is there or a new one. */
void console_view_show(struct ui *ui, struct session *session);

/* Shows another console in place of this one. */
void console_view_turn(struct console_view *view, struct session *session);

/* Leaves: a full screen closes, of a pane the keys go back to the screen beside it. The console stays. */
void console_view_leave(struct console_view *view);

/* Takes the view away, pane or full; no console is closed by it. */
void console_view_end(struct console_view *view);

/* Opens a console of that guest, and shows it. */
void console_view_open(struct ui *ui, const struct guest *guest, const char *device);

/* From a pane to the full screen, and back. */
void console_view_zoom(struct console_view *view);

/* The pane that is to be drawn beside screens, or NULL. */
struct view *console_pane(struct ui *ui);

/* Cuts the pane's area off from that of a screen. */
struct area console_pane_cut(struct area *body);
