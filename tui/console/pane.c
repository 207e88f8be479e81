/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console/view.h"

/* Screens this wide have the pane beside them, and 80 columns left for themselves. */
#define BESIDE_FROM 160
#define BESIDE_LEFT 80

struct view *console_pane(struct ui *ui) {
    return ui->pane;
}

struct area console_pane_cut(struct area *body) {
    if (body->columns >= BESIDE_FROM) {
        struct area right = {body->row, BESIDE_LEFT + 1, body->rows, body->columns - BESIDE_LEFT - 1};
        body->columns = BESIDE_LEFT;
        return right;
    }
    int rows = body->rows * 3 / 5;
    struct area beneath = {body->row + body->rows - rows, body->column, rows, body->columns};
    body->rows -= rows;
    return beneath;
}
