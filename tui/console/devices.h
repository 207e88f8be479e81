/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/console/view.h"

/* Which console of a guest that has several: a list to choose from, those that are open marked. */
void devices_choose(struct ui *ui, const struct guest *guest);
