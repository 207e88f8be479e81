/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Reads INI text through inih, and refuses what inih would take silently for something else: lines and names
 * that are too long for it (it splits or cuts them), indented lines (to it a continuation), duplicates, text
 * that is not UTF-8. A ';' begins a comment at the start of a line or after white space. Any thread. */

#define INI_FILE_MAX (1024 * 1024) /* bytes; a larger file is no settings file */

/* Where a reader is; borrowed for the call. */
struct ini_place {
    const char *file; /* as errors show it */
    guint line;       /* from 1 */
    const char *section, *key /* NULL at a section's head */;
};

struct ini_calls {
    /* At each section's head, before its keys; may be NULL. FALSE with an error ends the reading. */
    gboolean (*section)(const struct ini_place *place, gpointer data, GError **error);
    /* For each key, value without comment and surrounding white space. */
    gboolean (*key)(const struct ini_place *place, const char *value, gpointer data, GError **error);
};

/* Reads length bytes of text; file names it in errors. FALSE with a usage error at the first mistake. */
gboolean ini_read_text(const char *text, gsize length, const char *file, const struct ini_calls *calls,
                       gpointer data, GError **error);

/* Reads a file. Not there: not found. Blocks on a disk. */
gboolean ini_read_file(const char *path, const struct ini_calls *calls, gpointer data, GError **error);

/* A usage error at a place: "FILE:LINE: [SECTION] KEY: …"; with near, the hint "did you mean 'NEAR'?". */
void ini_error(GError **error, const struct ini_place *place, const char *near, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* Puts a place before the message of an error that a value's own parser set; its hint stays. Takes cause. */
void ini_propagate(GError **error, const struct ini_place *place, GError *cause);
