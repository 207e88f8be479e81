/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "cli/cli.h"

/* Whether settings are wrong in any way, also such that only the console would find out: NULL, or an error
 * whose hint is what is meant; the caller's. Blocks on a disk. */
GError *config_fault(const char *path);
