/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

#define TEMPLATES_TAB 2

/* Screen 2: the templates, what state each is in, and what can be done with one. */
void templates_open(struct ui *ui);

/* Actions on a template, from wherever they are asked: on the screen they go to the selected one, elsewhere
 * they lead to the screen. */
void templates_act(struct ui *ui, const struct action *action);

/* Forms: an image of this machine, or the guest under the cursor, becomes a template. */
void templates_import_form(struct ui *ui, const struct action *action);
void templates_publish_form(struct ui *ui, const struct action *action);
