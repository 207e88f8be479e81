/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* The screen of the guest under the cursor, at full size of the terminal: what is typed goes to its keyboard.
 */
void screen_view_open(struct ui *ui, const struct action *action);
