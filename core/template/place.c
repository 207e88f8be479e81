/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/place.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "core/template/image.h"

#define DEFINITION_MAX (256 * 1024) /* bytes */
#define VERSIONS_MAX   1000
#define DATE_DIGITS    8

/* ---- files ---- */

/* Bytes that a guest sees in a qcow2 file: big-endian at 24 of its header (QEMU, docs/interop/qcow2). */
static gboolean qcow2_size(const char *path, guint64 *size, GError **error) {
    guint8 head[32];
    FILE *file = g_fopen(path, "rbe");
    gsize got = file == NULL ? 0 : fread(head, 1, sizeof head, file);
    if (file != NULL)
        fclose(file);
    if (got != sizeof head || memcmp(head, "QFI\373", 4) != 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "%s is not a qcow2 image", path);
        return FALSE;
    }
    guint64 big_endian;
    memcpy(&big_endian, head + 24, sizeof big_endian);
    *size = GUINT64_FROM_BE(big_endian);
    return TRUE;
}

static gboolean file_size(const char *path, guint64 *size, GError **error) {
    GStatBuf status;
    if (g_stat(path, &status) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot look at %s: %s", path, g_strerror(errno));
        return FALSE;
    }
    *size = (guint64)status.st_size;
    return TRUE;
}

/* NULL: made so afterwards. */
static const char *read_only(const struct work *work) {
    return volume_can_be_read_only(work->operation->connection) ? "0444" : NULL;
}

gboolean place_file(const struct place *place, const char *name, const char *format, const char *path,
                    struct placed *placed, GError **error) {
    struct work *work = place->work;
    guint64 bytes = 0;
    struct volume_spec spec = {.name = name, .format = format, .mode = read_only(work)};
    if (!file_size(path, &bytes, error))
        return FALSE;
    spec.capacity = bytes;
    if (strcmp(format, "qcow2") == 0 && !qcow2_size(path, &spec.capacity, error))
        return FALSE;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    work->checksum = placed == NULL ? NULL : checksum;
    g_autoptr(virStorageVol) volume = work_upload(work, place->made, place->pool, &spec, path, error);
    work->checksum = NULL;
    if (volume == NULL)
        return FALSE;
    if (spec.mode == NULL)
        volume_protect(volume);
    if (placed != NULL)
        *placed = (struct placed){.sha256 = g_strdup(g_checksum_get_string(checksum)), .bytes = bytes};
    return TRUE;
}

virStorageVolPtr place_copy(const struct place *place, const char *name, const char *format,
                            virStorageVolPtr from, const struct volume *volume, GError **error) {
    struct volume_spec spec = {.name = name,
                               .format = format,
                               .capacity = volume->capacity,
                               .mode = from == NULL ? NULL : read_only(place->work)};
    virStorageVolPtr copy = work_volume(place->work, place->made, place->pool, &spec, from, error);
    if (copy != NULL && from != NULL && spec.mode == NULL)
        volume_protect(copy);
    return copy;
}

/* ---- definitions ---- */

/* The definition as text, if it can be read back to the same; else NULL and a usage error. */
static char *definition_text(const struct template *definition, GError **error) {
    g_autofree char *text = template_serialise(definition);
    g_autoptr(GError) cause = NULL;
    g_autoptr(template_t) again = template_parse(text, strlen(text), definition->name, TRUE, &cause);
    g_autofree char *back = again == NULL ? NULL : template_serialise(again);
    if (g_strcmp0(text, back) == 0)
        return g_steal_pointer(&text);
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "the definition of template '%s' cannot be written: %s",
              definition->name, cause != NULL ? cause->message : "a value has a ';' or a line's end");
    return NULL;
}

gboolean place_can_define(const struct template *definition, GError **error) {
    g_autofree char *text = definition_text(definition, error);
    return text != NULL;
}

/* Removes the definition that is there, so that the journal can put it back. */
static gboolean remove_old(const struct place *place, const char *file, GError **error) {
    GError *cause = NULL;
    gsize length = 0;
    g_autoptr(virStorageVol) volume = volume_lookup(place->pool, file, &cause);
    if (volume == NULL) {
        if (cause != NULL)
            g_propagate_error(error, cause);
        return cause == NULL;
    }
    g_autofree char *text = transfer_download(volume, DEFINITION_MAX, &length, error);
    return text != NULL && journal_content(place->work->journal, place->pool, file, text, error) &&
           volume_delete(volume, error);
}

gboolean place_definition(const struct place *place, const struct template *definition, GError **error) {
    struct work *work = place->work;
    g_autofree char *file = g_strconcat(definition->name, IMAGE_SUFFIX, NULL);
    g_autofree char *text = definition_text(definition, error);
    if (text == NULL || !remove_old(place, file, error))
        return FALSE;
    struct volume_spec spec = {
        .name = file, .format = "raw", .capacity = strlen(text), .mode = read_only(work)};
    g_autoptr(virStorageVol) volume = work_volume(work, place->made, place->pool, &spec, NULL, error);
    if (volume == NULL || !transfer_upload_bytes(volume, text, strlen(text), error))
        return FALSE;
    if (spec.mode == NULL)
        volume_protect(volume);
    return TRUE;
}

/* ---- versions ---- */

char *place_version_name(const char *name, const char *date, guint number) {
    if (number == 0)
        return g_strconcat(name, ".qcow2", NULL);
    return number == 1 ? g_strdup_printf("%s-%s.qcow2", name, date)
                       : g_strdup_printf("%s-%s-%u.qcow2", name, date, number);
}

char *place_version(virStoragePoolPtr pool, const char *name, GError **error) {
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date = g_date_time_format(now, "%Y%m%d");
    for (guint number = 0; number < VERSIONS_MAX; number++) {
        GError *cause = NULL;
        g_autofree char *file = place_version_name(name, date, number);
        g_autoptr(virStorageVol) volume = volume_lookup(pool, file, &cause);
        if (cause != NULL) {
            g_propagate_error(error, cause);
            return NULL;
        }
        if (volume == NULL)
            return g_steal_pointer(&file);
    }
    error_set(error, INNKEEP_ERROR_CONFLICT, "innkeep template delete --unused",
              "template '%s' has too many versions of one day", name);
    return NULL;
}

gboolean place_is_version(const char *name, const char *volume) {
    static const char digits[] = "0123456789";
    static const char *const suffixes[] = {".qcow2", PLACE_KERNEL_SUFFIX, PLACE_INITRD_SUFFIX, NULL};
    if (!g_str_has_prefix(volume, name))
        return FALSE;
    const char *rest = volume + strlen(name);
    if (*rest == '-' && strspn(rest + 1, digits) == DATE_DIGITS) {
        rest += 1 + DATE_DIGITS;
        if (*rest == '-' && strspn(rest + 1, digits) > 0)
            rest += 1 + strspn(rest + 1, digits);
    }
    return g_strv_contains(suffixes, rest);
}
