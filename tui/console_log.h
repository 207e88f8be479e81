/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* What the serial console of the guest under the cursor printed so far, in the pager, at its end. */
void console_log_open(struct ui *ui, const struct action *action);
