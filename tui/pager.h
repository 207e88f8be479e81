/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* A box of lines to scroll through. */
struct pager_line {
    char *key; /* drawn apart, in a column of its own; NULL: none */
    char *text;
    enum style style;
};

/* Opens it; takes lines, an array of struct pager_line made with pager_lines(). */
void pager_open(struct ui *ui, const char *title, GArray *lines, gboolean at_end);

/* The same of lines that change: fill(data) makes them anew for each frame. */
void pager_open_live(struct ui *ui, const char *title, GArray *(*fill)(gpointer data), gpointer data,
                     GDestroyNotify free_data);

/* Columns of what is wrapped: what is left beside the widest key on a terminal of 80. */
#define PAGER_WIDTH 61

GArray *pager_lines(void);
void pager_add(GArray *lines, enum style style, const char *key, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* The same of a text that is broken at words into as many lines as it needs. */
void pager_add_wrapped(GArray *lines, enum style style, const char *key, const char *text);
