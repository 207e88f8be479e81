/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Sizes and times as a person writes them. Any thread. On failure a usage error, and the result is untouched.
 */

/* "2G", "512M", "1024": bytes; K M G T are powers of 1024. Signs, fractions, exponents and what does not fit
 * in 63 bits are refused. */
gboolean units_parse_size(const char *text, guint64 *bytes, GError **error);

/* "500ms", "2s", "10m", "3h", "7d", "2w", or seconds without a unit: milliseconds. Refuses the same. */
gboolean units_parse_duration(const char *text, guint64 *milliseconds, GError **error);

/* "412M", "2.0G", "812B"; the caller's. */
char *units_format_size(guint64 bytes);

/* "3d 2h", "5h 12m", "3m 20s", "45s"; the caller's. */
char *units_format_duration(guint64 seconds);
