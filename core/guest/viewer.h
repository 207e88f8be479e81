/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/model.h"

/* What to do about a guest without a serial console: its VNC or SPICE address and the `ssh -L` line that
 * brings it to another machine, or ssh, or how to give it a serial console. The caller's. Any thread. */
char *viewer_hint(const struct guest *guest);
