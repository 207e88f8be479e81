/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* A form: a password, SSH keys, and whose, for the guest under the cursor. */
void set_form(struct ui *ui, const struct action *action);
