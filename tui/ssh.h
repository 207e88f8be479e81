/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* Gives the terminal to the person's own ssh, and takes it back when that ends. */
void ssh_into(struct ui *ui, const struct action *action);

/* "ssh admin@192.168.122.21", or NULL when no address is known. The caller's. */
char *ssh_line(struct ui *ui, const struct guest *guest);
