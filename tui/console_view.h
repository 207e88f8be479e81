/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* Attaches the serial console of the guest under the cursor, at full screen. */
void console_view_attach(struct ui *ui, const struct action *action);
