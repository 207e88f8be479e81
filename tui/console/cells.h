/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/confined/cell.h"
#include "tui/draw.h"

/* Draws a row of a guest's cells, as many as fit. flip (may be NULL): for each of them, whether it is drawn
 * inverse. */
void cells_draw(struct canvas *canvas, int row, int column, guint columns, const struct terminal_cell *cells,
                guint count, const gboolean *flip);
