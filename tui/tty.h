/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/draw.h"

/* The person's terminal: taken over, and given back as it was, whatever happens. There is one. Main thread.
 */
struct tty;

struct tty_options {
    gboolean colour, mouse;
    const char *ascii; /* "auto", "yes", "no" */
};

/* Takes the terminal over. NULL and an error that names the command to use instead when it cannot bear the
 * console. */
struct tty *tty_open(const struct tty_options *options, GError **error);

/* Gives it back for good. */
void tty_close(struct tty *tty);

const struct capabilities *tty_capabilities(const struct tty *tty);

/* For another program, and back: ssh, suspend. */
void tty_leave(struct tty *tty);
void tty_enter(struct tty *tty);

/* Stops the program as Ctrl-Z does; returns when it goes on. */
void tty_suspend(struct tty *tty);

/* Takes the terminal's new size. */
void tty_resize(struct tty *tty);

/* Whether the terminal has another size than what is drawn: a signal was lost on the way. */
gboolean tty_size_differs(const struct tty *tty);

/* Bytes to the terminal past ncurses, between two frames. */
void tty_write_raw(const char *bytes);

/* The cursor's shape, 1 to 6 as DECSCUSR counts them, or 0 for the terminal's own; nothing where terminfo
 * tells no sequences for both (Ss, Se). */
void tty_cursor_shape(unsigned int shape);
