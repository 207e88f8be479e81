/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Text broken into lines of at most columns columns, at spaces where it can be; a newline always breaks. The
 * result is safe to draw. The caller's. */
GPtrArray *wrap_text(const char *text, int columns, gboolean ascii);
