/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/action.h"

/* Both are made from the table of actions, and go to stdout. */
void help_print(void);
void help_print_command(const struct action *action);
