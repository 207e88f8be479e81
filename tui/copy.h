/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* Shows name, address and ssh line, and gives the most useful one to the terminal's clipboard. */
void copy_guest(struct ui *ui, const struct action *action);

/* Shows a text, which is not trusted, and gives it to the terminal's clipboard. */
void copy_text(struct ui *ui, const char *text);

/* Gives lines of drawable characters to the terminal's clipboard, if it has one. FALSE: it has none. */
gboolean copy_lines(struct ui *ui, const char *text);
