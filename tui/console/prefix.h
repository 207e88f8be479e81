/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/console/view.h"

/* The keys after the prefix, from one table. */

/* Does what the key says; it may free the view. */
void prefix_key(struct console_view *view, const struct input *input);

/* The key that answers a question. */
void prefix_answer(struct console_view *view, const struct input *input);

void prefix_help(const struct console_view *view, struct canvas *canvas, struct area area);
