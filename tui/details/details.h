/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* Everything known of the guest under the cursor, in tabs. */
void details_open(struct ui *ui, const struct action *action);

/* Reverts to, or deletes, the snapshot under the cursor of the snapshots' tab; opens that where it is not
 * shown. */
void details_snapshot(struct ui *ui, const struct action *action);
