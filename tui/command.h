/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* A screen: a command is typed, runs in all targets by their guest agents, a few at a time, and what it
 * printed stands side by side, or one guest beneath the other where there is no room. */
void command_open(struct ui *ui, const struct action *action);
