/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* Watches innkeep.ini, and takes what changes there: keys, columns, theme, interval, and whatever is looked
 * up when it is needed. A file that has an error leaves the settings as they were, and is told of. Main
 * thread. */
struct reload *reload_new(struct ui *ui);
void reload_free(struct reload *reload);
