/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* What each action of the table does in the console. */
void handlers_run(struct ui *ui, const struct action *action);

/* Whether the console can do it at all. */
gboolean handlers_has(enum action_id id);
