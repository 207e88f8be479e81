/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/signature.h"

#include <string.h>

#include "config/error.h"
#include "config/paths.h"
#include "core/base/command.h"

#define CLEARSIGNED "-----BEGIN PGP SIGNED MESSAGE-----"
#define ARMOURED    "-----BEGIN PGP PUBLIC KEY BLOCK-----"
#define KEYS_MAX    (1024 * 1024) /* bytes */

char *signature_keys(const char *signed_by, const char *definition, GError **error) {
    g_autofree char *folder = definition == NULL ? NULL : g_path_get_dirname(definition);
    g_autofree char *beside = folder == NULL ? NULL : g_build_filename(folder, signed_by, NULL);
    if (g_path_is_absolute(signed_by))
        return g_strdup(signed_by);
    if (beside != NULL && g_file_test(beside, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer(&beside);
    g_autofree char *below = g_build_filename("keys", signed_by, NULL);
    char *found = paths_find(below, TRUE);
    if (found == NULL)
        error_set(error, INNKEEP_ERROR_NOT_FOUND, NULL,
                  "the keys that sign the checksums, '%s', are not there", signed_by);
    return found;
}

gboolean signature_is_inline(const char *text, gsize length) {
    return g_strstr_len(text, (gssize)length, CLEARSIGNED) != NULL;
}

static gboolean write_bytes(const char *path, GBytes *bytes, GError **error) {
    GError *cause = NULL;
    gsize length = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    if (g_file_set_contents(path, data == NULL ? "" : data, (gssize)length, &cause))
        return TRUE;
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot write %s: %s", path, cause->message);
    g_error_free(cause);
    return FALSE;
}

static GBytes *read_bytes(const char *path, GError **error) {
    GError *cause = NULL;
    char *text = NULL;
    gsize length = 0;
    if (g_file_get_contents(path, &text, &length, &cause) && length <= KEYS_MAX)
        return g_bytes_new_take(text, length);
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read %s: %s", path,
              cause == NULL ? "it is larger than 1 MiB" : cause->message);
    g_clear_error(&cause);
    g_free(text);
    return NULL;
}

/* The base64 text of an armoured block, without its head and its checksum; the caller's. */
static guchar *dearmour(const char *text, gsize *length) {
    const char *begin = strstr(text, "\n\n");
    if (begin == NULL)
        begin = strstr(text, "\r\n\r\n");
    g_autoptr(GString) packed = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(begin == NULL ? "" : begin, "\n", -1);
    for (char **line = lines; *line != NULL && **line != '-'; line++)
        if (*g_strstrip(*line) != '=')
            g_string_append(packed, *line);
    return g_base64_decode(packed->str, length);
}

/* gpgv reads binary keys alone. */
static gboolean write_keys(const char *keys, const char *path, GError **error) {
    g_autoptr(GBytes) bytes = read_bytes(keys, error);
    if (bytes == NULL)
        return FALSE;
    gsize length = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    g_autofree char *text = g_strndup(data, length);
    const char *armour = strstr(text, ARMOURED);
    if (armour == NULL)
        return write_bytes(path, bytes, error);
    guchar *binary = dearmour(armour, &length);
    g_autoptr(GBytes) decoded = g_bytes_new_take(binary, length);
    return write_bytes(path, decoded, error);
}

gboolean signature_check(GBytes *text, GBytes *signature, const char *keys, const char *folder,
                         GBytes **content, GCancellable *cancellable, GError **error) {
    g_autofree char *keyring = g_build_filename(folder, "keys.gpg", NULL);
    g_autofree char *signed_text = g_build_filename(folder, "checksums", NULL);
    g_autofree char *detached = g_build_filename(folder, "checksums.sig", NULL);
    g_autofree char *plain = g_build_filename(folder, "checksums.plain", NULL);
    const char *beside[] = {"gpgv", "--homedir", folder, "--keyring", keyring, detached, signed_text, NULL};
    const char *within[] = {"gpgv",     "--homedir", folder,      "--keyring", keyring,
                            "--output", plain,       signed_text, NULL};
    if (!write_keys(keys, keyring, error) || !write_bytes(signed_text, text, error) ||
        (signature != NULL && !write_bytes(detached, signature, error)))
        return FALSE;
    GError *cause = NULL;
    if (!command_run(signature != NULL ? beside : within, folder, NULL, cancellable, &cause)) {
        gboolean absent = g_error_matches(cause, INNKEEP_ERROR, INNKEEP_ERROR_NOT_FOUND);
        if (absent || !g_error_matches(cause, INNKEEP_ERROR, INNKEEP_ERROR_FAILED))
            g_propagate_error(error, g_steal_pointer(&cause));
        else
            error_set(error, INNKEEP_ERROR_REFUSED, NULL, "the checksums are refused: no good signature (%s)",
                      cause->message);
        g_clear_error(&cause);
        return FALSE;
    }
    *content = signature != NULL ? g_bytes_ref(text) : read_bytes(plain, error);
    return *content != NULL;
}
