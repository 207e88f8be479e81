/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console/cells.h"

void cells_draw(struct canvas *canvas, int row, int column, guint columns, const struct terminal_cell *cells,
                guint count, const gboolean *flip) {
    for (guint i = 0; i < MIN(count, columns); i++) {
        struct terminal_cell cell = cells[i];
        if (flip != NULL && flip[i])
            cell.attributes ^= CELL_INVERSE;
        if (cell.columns > 0 && i + cell.columns <= columns)
            draw_cell(canvas, row, column + (int)i, &cell);
    }
}
