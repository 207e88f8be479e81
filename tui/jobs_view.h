/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* The screen of jobs: those that run, here and elsewhere, and those that ended, each with its details. */
void jobs_view_open(struct ui *ui, const struct action *action);
