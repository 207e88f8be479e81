/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* How man(1) shows a place such as "innkeep-setup(7), NETWORKS" in the person's own pager, of this build's
 * pages or of the installed ones: its arguments, and the environment for it in *environment, both the
 * caller's. Blocks on a disk. */
GStrv manual_command(const char *see, GStrv *environment);
