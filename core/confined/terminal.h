/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* A guest's terminal, emulated by libtsm in a confined child process: what a guest writes is hostile. The
 * parent sees bounded cells only. Main thread. */
struct terminal;

enum { CELL_BOLD = 1, CELL_UNDERLINE = 2, CELL_INVERSE = 4, CELL_BLINK = 8, CELL_ITALIC = 16 };

struct terminal_cell {
    gunichar character; /* 0: nothing drawn; never a control or format character */
    guint8 columns;     /* 1, 2, or 0 for the right half of a wide one */
    guint8 attributes;
    gint16 foreground,
        background; /* 0 to 15 palette, -1 default, 256 + rgb is not used: nearest of the palette */
};

struct terminal_screen {
    guint columns, rows;
    guint cursor_column, cursor_row;
    gboolean cursor_visible;
    gboolean cursor_keys_application;  /* DECCKM: arrows are SS3 */
    const struct terminal_cell *cells; /* rows * columns */
};

struct terminal_events {
    void (*changed)(struct terminal *terminal, gpointer data);
    void (*reply)(struct terminal *terminal, const guint8 *bytes, gsize length,
                  gpointer data); /* to the guest */
    void (*died)(struct terminal *terminal, const char *why, gpointer data);
};

/* Starts the child. NULL and an error when it cannot be confined or started. events must outlive the
 * terminal. */
struct terminal *terminal_new(guint columns, guint rows, const struct terminal_events *events, gpointer data,
                              GError **error);

/* Queues guest output; when the child is more than 1 MiB behind, the oldest is dropped and a mark drawn. */
void terminal_feed(struct terminal *terminal, const guint8 *bytes, gsize length);
void terminal_resize(struct terminal *terminal, guint columns, guint rows);

/* The screen as last reported; valid until the main loop runs again. */
const struct terminal_screen *terminal_screen(const struct terminal *terminal);
void terminal_free(struct terminal *terminal);

/* The program's first argument in the hidden role. */
#define TERMINAL_CHILD_ROLE "--confined-terminal"

/* The hidden role: main() calls it first when argv[0] or argv[1] says so; never returns. */
_Noreturn void terminal_child_main(int input, int output);
