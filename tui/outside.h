/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* Gives the terminal to another program, and takes it back when that ends. arguments: what to run, found
 * through PATH; environment: its own, or NULL for ours. ended, which may be NULL, gets its status as
 * waitpid(2) has it once the console is back; not when the console has gone meanwhile. What cannot be started
 * is said. Main thread. */
typedef void (*outside_ended)(struct ui *ui, int status);
void outside_run(struct ui *ui, const char *const *arguments, char **environment, outside_ended ended);
