/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* The first two lines: the host and how it does; the screens. */
void header_draw(struct ui *ui, struct canvas *canvas, struct area area);

/* The screen whose tab lies there, 1 to 7; 0: none. */
int header_tab_at(int row, int column);
