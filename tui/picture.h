/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* Which screen is shown, how often it is renewed, whether it is, and jobs. */
void picture_screen(struct ui *ui, const struct action *action);
void picture_screen_number(struct ui *ui, guint number);

/* A click on a tab opens its screen; FALSE: it was elsewhere. */
gboolean picture_mouse(struct ui *ui, const struct input *input);
void picture_interval(struct ui *ui, const struct action *action);
void picture_freeze(struct ui *ui, const struct action *action);
void picture_redraw(struct ui *ui, const struct action *action);
void picture_cancel_job(struct ui *ui, const struct action *action);
