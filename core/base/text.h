/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* What a guest or a user named is untrusted: libvirt accepts names with C1 controls, bidi marks, tabs and
 * 5,000 characters. Only what came through these functions may reach a screen. Any thread; results are the
 * caller's. */

/* A copy of text that is safe to draw on one line: valid UTF-8; controls (C0, DEL, C1), line and paragraph
 * separators, bidi and other format marks, private-use and unassigned characters become a visible stand-in
 * ('?'); combining marks beyond two in a row are dropped. No more than max_columns columns wide (an ellipsis
 * or, with ascii, '~' ends a cut text); max_columns < 0 means 200. With ascii, everything outside ASCII
 * becomes '?'. NULL gives "". */
char *text_safe(const char *text, int max_columns, gboolean ascii);

/* Whether a character may be drawn at all: no control, format, private-use or unassigned character, no
 * separator. */
gboolean text_drawable(gunichar character);

/* Columns that safe text takes on a terminal (wide characters two, combining marks none). */
int text_columns(const char *text);

/* Columns of one character: 0, 1 or 2. */
int text_character_columns(gunichar character);

/* Safe text cut or padded with spaces to exactly columns columns; right aligns to the right. */
char *text_fit(const char *text, int columns, gboolean right, gboolean ascii);
