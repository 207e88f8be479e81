/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* New guests, from a template or from another guest, with a form or at once. */
void create_form(struct ui *ui, const struct action *action);
void create_now(struct ui *ui, const struct action *action);

/* The same from the template of that name. */
void create_form_of(struct ui *ui, const char *name);
void create_now_of(struct ui *ui, const char *name);

void clone_form(struct ui *ui, const struct action *action);
void clone_now(struct ui *ui, const struct action *action);
void template_build(struct ui *ui, const struct action *action);
