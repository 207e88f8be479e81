/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* Every action by name, found by its letters, with its key. */
void palette_open(struct ui *ui, const struct action *action);

/* The same, with "theme " typed already. */
void palette_theme(struct ui *ui, const struct action *action);
