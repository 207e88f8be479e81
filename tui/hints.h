/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* The last line: the keys that matter here. */
void hints_draw(struct ui *ui, struct canvas *canvas, struct area area);
