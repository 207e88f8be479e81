/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

/* OpenPGP signatures of lists of checksums, checked by gpgv against the keys of one file and no other. All
 * functions block and run on a worker. */

/* The file of keys that a definition names in signed-by: an absolute path, or one beside the definition, or
 * below "keys" of the search path. NULL and an error; the caller's. */
char *signature_keys(const char *signed_by, const char *definition, GError **error);

/* Whether the text is clearsigned: the signature is in it. */
gboolean signature_is_inline(const char *text, gsize length);

/* Checks the text's signature (NULL: it is inline). What was signed is *content, the caller's: of a
 * clearsigned text only that. folder is a private folder to work in. FALSE and an error (refused) when no
 * good signature by one of the keys is there. */
gboolean signature_check(GBytes *text, GBytes *signature, const char *keys, const char *folder,
                         GBytes **content, GCancellable *cancellable, GError **error);
