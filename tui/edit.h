/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/draw.h"
#include "tui/key.h"

/* One line of text that a person edits. Holds drawable characters alone. */
struct edit;

struct edit *edit_new(const char *text);
void edit_free(struct edit *edit);
const char *edit_text(const struct edit *edit);
void edit_set(struct edit *edit, const char *text);

/* TRUE when the key belongs to editing. */
gboolean edit_key(struct edit *edit, const struct input *input);

/* The first line of a paste, without what cannot be drawn. */
void edit_paste(struct edit *edit, const char *text);

/* Draws it columns wide, scrolled so that the cursor shows, and puts the cursor there when active. */
void edit_draw(const struct edit *edit, struct canvas *canvas, int row, int column, int columns,
               enum style style, gboolean active);
