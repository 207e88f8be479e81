/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* The keys of this screen, from the table of actions. */
void help_open(struct ui *ui, const struct action *action);

/* Everything that was said. */
void help_messages(struct ui *ui, const struct action *action);
