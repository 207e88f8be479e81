/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* cloud-init's user data: one document, or several as a MIME message that cloud-init takes apart and merges.
 */

#define USER_DATA_MAX (1024 * 1024) /* bytes of one document */

/* The media type that cloud-init gives a document by its first line ("#cloud-config", "#!…", "## template:
 * jinja", …); NULL where it knows none. Static. */
const char *user_data_type(const char *text);

/* Whether cloud-init fetches more by what the document, or one of those joined, says: "#include". */
gboolean user_data_fetches(const char *text);

/* All in one: own (innkeep's "#cloud-config"), of_template and of_caller (NULL: none; else of a known type).
 * Without the others own as it is. Of two values for one key the caller's holds, then the template's; lists
 * are joined. NULL and an error; the caller's. Any thread. */
char *user_data_join(const char *own, const char *of_template, const char *of_caller, GError **error);

/* Reads one document from a file. NULL and a usage error where cloud-init would not know what it is; the
 * caller's. Blocks on a disk. */
char *user_data_read(const char *path, GError **error);
