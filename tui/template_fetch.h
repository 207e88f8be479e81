/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* A form with the templates that have an address; Enter fetches one as a job. */
void template_fetch_form(struct ui *ui, const struct action *action);
