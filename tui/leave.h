/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* Back, away, and away for a while. */
void leave_back(struct ui *ui, const struct action *action);
void leave_quit(struct ui *ui, const struct action *action);
void leave_suspend(struct ui *ui, const struct action *action);
