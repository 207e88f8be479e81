/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/model.h"

/* What the serial console of a guest printed so far, from the file that its definition names. */

/* The guest's file, borrowed from it; NULL and an error (conflict: nothing keeps it; refused: it lies on
 * another machine). uri: of its host. Any thread. */
const char *console_log_path(const struct guest *guest, const char *uri, GError **error);

/* Its last lines, most at the most, oldest first (char *), and those before a roll-over too. What a guest
 * prints is hostile: escape sequences are left out, the rest came through text_safe(). *cut (may be NULL):
 * there is more. NULL and an error. Blocks on a disk. Any thread. */
GPtrArray *console_log_lines(const struct guest *guest, const char *path, guint most, gboolean *cut,
                             GError **error);

/* Writes all of it as it is, from the oldest that is not compressed. Blocks. */
gboolean console_log_copy(const struct guest *guest, const char *path, int to, GError **error);

/* One line of it as a screen may show it; the caller's. */
char *console_log_safe(const char *bytes, gsize length);
