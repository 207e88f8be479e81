/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* What runs: a line a job, with a bar, a rate and the time left. */
int jobline_rows(struct ui *ui, int limit);
void jobline_draw(struct ui *ui, struct canvas *canvas, struct area area);

/* "1:05", "2:00:07"; the caller's. */
char *jobline_clock(double seconds);
