/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

#define HOSTS_TAB 6

/* Screen 6: facts of the host, and what doctor finds on it with the fix one key away. */
void hosts_open(struct ui *ui);

/* Goes there and looks anew. */
void hosts_check(struct ui *ui, const struct action *action);

/* Has `innkeep setup` mend the check under the cursor, on the terminal; elsewhere opens the screen. */
void hosts_mend(struct ui *ui, const struct action *action);
