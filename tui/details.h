/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* Everything known of the guest under the cursor. */
void details_open(struct ui *ui, const struct action *action);
