/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/confined/cell.h"
#include "core/confined/gate.h"
#include "core/confined/scrollback.h"

/* The emulator behind the gate, with the lines that left its screen: what the confined child is about,
 * without its pipes. One thread. */
struct emulator;

/* reply: what the emulator answers to a query. NULL: out of memory. */
struct emulator *emulator_new(void (*reply)(const char *bytes, gsize length, gpointer data), gpointer data);
void emulator_free(struct emulator *emulator);

/* FALSE: out of memory. */
gboolean emulator_resize(struct emulator *emulator, guint columns, guint rows);
void emulator_feed(struct emulator *emulator, const guint8 *bytes, gsize length);

/* A line of ours, UTF-8, of what the guest wrote here already or, past, before. */
void emulator_mark(struct emulator *emulator, const char *text, gsize length, gboolean past);

/* The screen, rows * columns; valid until the next call. */
const struct terminal_cell *emulator_cells(struct emulator *emulator);
guint emulator_columns(const struct emulator *emulator);
guint emulator_rows(const struct emulator *emulator);
void emulator_cursor(const struct emulator *emulator, guint *column, guint *row, gboolean *visible);
const struct gate_modes *emulator_modes(const struct emulator *emulator);
const struct scrollback *emulator_scrollback(const struct emulator *emulator);

/* A line that left the screen or, after those, a row of it: its cells, valid until the next call; NULL: it is
 * not there. */
const struct terminal_cell *emulator_line(struct emulator *emulator, guint64 line, guint *columns);

/* See terminal_find(). */
gboolean emulator_find(struct emulator *emulator, guint64 *line, int column, int step, const char *text,
                       gsize length, guint *at, guint *columns);

/* See terminal_copy(); at most most bytes. */
GString *emulator_copy(struct emulator *emulator, guint64 from, guint from_column, guint64 to,
                       guint to_column, gsize most);
