/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/expected.h"

#include <string.h>

#include "config/error.h"
#include "core/template/download.h"
#include "core/template/signature.h"

#define LIST_MAX (4 * 1024 * 1024) /* bytes; the longest of the distributions has 100 KiB */

/* The file's name in an address, without query and fragment; the caller's. */
static char *file_name(const char *address) {
    g_autoptr(GUri) uri = g_uri_parse(address, G_URI_FLAGS_PARSE_RELAXED, NULL);
    return uri == NULL ? NULL : g_path_get_basename(g_uri_get_path(uri));
}

/* A signature beside the list, by one of the usual names; NULL and an error. */
static GBytes *find_signature(const char *address, GCancellable *cancellable, GError **error) {
    static const char *const suffixes[] = {".sign", ".gpg", ".asc"};
    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        gboolean absent = FALSE;
        g_autofree char *beside = g_strconcat(address, suffixes[i], NULL);
        GBytes *signature = download_text(beside, LIST_MAX, &absent, cancellable, error);
        if (signature != NULL || !absent)
            return signature;
    }
    error_set(error, INNKEEP_ERROR_REFUSED, NULL,
              "the checksums are refused: they are not signed (%s has neither .sign nor .gpg nor .asc)",
              address);
    return NULL;
}

/* The list as far as it is signed; NULL and an error. */
static GBytes *check_list(const struct template *definition, GBytes *list, const char *folder,
                          GCancellable *cancellable, GError **error) {
    gsize length = 0;
    GBytes *content = NULL;
    const char *text = g_bytes_get_data(list, &length);
    g_autofree char *keys = signature_keys(definition->signed_by, definition->path, error);
    if (keys == NULL)
        return NULL;
    gboolean within = signature_is_inline(text, length);
    g_autoptr(GBytes) signature = within ? NULL : find_signature(definition->checksums, cancellable, error);
    if (!within && signature == NULL)
        return NULL;
    return signature_check(list, signature, keys, folder, &content, cancellable, error) ? content : NULL;
}

static struct checksum *from_list(const struct template *definition, const char *folder,
                                  GCancellable *cancellable, GError **error) {
    gsize length = 0;
    g_autoptr(GBytes) list = download_text(definition->checksums, LIST_MAX, NULL, cancellable, error);
    if (list == NULL)
        return NULL;
    g_autoptr(GBytes) content = definition->signed_by == NULL
                                    ? g_bytes_ref(list)
                                    : check_list(definition, list, folder, cancellable, error);
    if (content == NULL)
        return NULL;
    g_autofree char *name = file_name(definition->source), *of = file_name(definition->checksums);
    if (name == NULL || of == NULL) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "'%s' is not an address", definition->source);
        return NULL;
    }
    const char *text = g_bytes_get_data(content, &length);
    return checksum_find(text, length, name, g_str_has_prefix(of, name), error);
}

struct checksum *expected_checksum(const struct template *definition, gboolean pinned, const char *folder,
                                   GCancellable *cancellable, GError **error) {
    const char *own = definition->sha512 != NULL ? definition->sha512 : definition->sha256;
    if (own != NULL && (pinned || definition->checksums == NULL))
        return checksum_new(own, strlen(own));
    if (definition->checksums != NULL)
        return from_list(definition, folder, cancellable, error);
    g_autofree char *hint = g_strdup_printf("add sha256, sha512 or checksums to [template] in %s",
                                            definition->path == NULL ? "its definition" : definition->path);
    error_set(error, INNKEEP_ERROR_REFUSED, hint,
              "template '%s' is not fetched: nothing says what its image must be", definition->name);
    return NULL;
}
