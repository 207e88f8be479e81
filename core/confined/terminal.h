/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

#include "core/confined/cell.h"

/* A guest's terminal, emulated by libtsm in a confined child process: what a guest writes is hostile. The
 * parent sees bounded cells only. Main thread. */
struct terminal;

struct terminal_screen {
    guint columns, rows;
    guint cursor_column, cursor_row;
    gboolean cursor_visible;
    gboolean cursor_keys_application;  /* DECCKM: arrows are SS3 */
    gboolean paste;                    /* the guest wants a paste in brackets */
    guint mouse;                       /* it wants the mouse told: 0, 1000 or 1002 */
    gboolean mouse_sgr;                /* in decimal (1006) */
    guint cursor_shape;                /* DECSCUSR, 0 to 6 */
    guint64 first, end;                /* lines that left it at its top and are kept; see terminal_want() */
    const struct terminal_cell *cells; /* rows * columns */
};

struct terminal_events {
    void (*changed)(struct terminal *terminal, gpointer data);
    void (*reply)(struct terminal *terminal, const guint8 *bytes, gsize length,
                  gpointer data); /* to the guest */
    void (*died)(struct terminal *terminal, const char *why, gpointer data);
    /* Answers to what was asked, all checked; may be NULL. */
    void (*line)(struct terminal *terminal, guint64 line, const struct terminal_cell *cells, guint columns,
                 gpointer data);
    void (*found)(struct terminal *terminal, gboolean found, guint64 line, guint column, guint columns,
                  gpointer data);
    void (*text)(struct terminal *terminal, const char *text, gpointer data);
};

/* How many lines that left the screen are kept; fewer where they are so wide and colourful that they take
 * more than SCROLLBACK_BYTES. */
enum { SCROLLBACK_LINES = 10000, SCROLLBACK_BYTES = 32 << 20 };

/* Starts the child. NULL and an error when it cannot be confined or started. events must outlive the
 * terminal. */
struct terminal *terminal_new(guint columns, guint rows, const struct terminal_events *events, gpointer data,
                              GError **error);

/* Queues guest output; when the child is more than 1 MiB behind, the oldest is dropped and a mark drawn. */
void terminal_feed(struct terminal *terminal, const guint8 *bytes, gsize length);

/* Puts a line of our own after what was fed so far; it disturbs no sequence and no look of the guest's. */
void terminal_mark(struct terminal *terminal, const char *text);

/* Lines that the guest wrote before, shown as such; text is cut where it is longer than a message. */
void terminal_past(struct terminal *terminal, const char *text);
void terminal_resize(struct terminal *terminal, guint columns, guint rows);

/* Asks for lines: those that left the screen have the numbers first to end - 1, its rows those from end on. A
 * line that is not there is not answered. */
void terminal_want(struct terminal *terminal, guint64 line, guint lines);

/* Asks where a text stands, from that place on and round the end; step 1: down, -1: up. */
void terminal_find(struct terminal *terminal, guint64 line, int column, int step, const char *text);

/* Asks for the text from one place to another, both included; without what the lines have of spaces at their
 * ends. */
void terminal_copy(struct terminal *terminal, guint64 from, guint from_column, guint64 to, guint to_column);

/* The screen as last reported; valid until the main loop runs again. */
const struct terminal_screen *terminal_screen(const struct terminal *terminal);
void terminal_free(struct terminal *terminal);

/* The program's first argument in the hidden role. */
#define TERMINAL_CHILD_ROLE "--confined-terminal"

/* The hidden role: main() calls it first when argv[0] or argv[1] says so; never returns. */
_Noreturn void terminal_child_main(int input, int output);
