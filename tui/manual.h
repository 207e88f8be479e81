/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* The manual page's section on what is on top of the screen, in the person's own pager. */
void manual_open(struct ui *ui, const struct action *action);

/* The same of a place such as "innkeep-setup(7), NETWORKS". */
void manual_open_at(struct ui *ui, const char *see);
