/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* A document as text: numbers in the shortest form that reads back as the same (JsonGenerator prints 0.3 as
 * 0.29999999999999999), and what no terminal should see (ESC, C1 controls, bidi marks) written as \uXXXX, so
 * that names are exact and yet inert. The caller's. */
char *json_write(JsonNode *root, gboolean pretty);
