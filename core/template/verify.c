/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/verify.h"

#include <string.h>

#include "core/host/host-private.h"
#include "core/template/image.h"
#include "core/provision/work.h"
#include "core/storage/pool.h"

static gboolean wrong(const struct image *image, const char *how, GError **error) {
    error_set(error, INNKEEP_ERROR_WRONG,
              "innkeep template fetch makes a new version; guests on this one are damaged",
              "the image of template '%s', %s, is not what was put there: %s", image->definition->name,
              image->path, how);
    return FALSE;
}

static gboolean compare(struct work *work, virStoragePoolPtr pool, const struct image *image,
                        GError **error) {
    const struct template *record = image->record;
    g_autoptr(virStorageVol) handle = volume_lookup(pool, image->volume, error);
    g_autoptr(volume_t) volume = handle == NULL ? NULL : volume_read(handle, error);
    if (volume == NULL)
        return FALSE;
    /* A pool of blocks pads what is put into it. */
    if (g_strcmp0(volume->type, "file") == 0 && volume->physical != record->volume_bytes) {
        g_autofree char *sizes =
            g_strdup_printf("it has %" G_GUINT64_FORMAT " bytes and not %" G_GUINT64_FORMAT, volume->physical,
                            record->volume_bytes);
        return wrong(image, sizes, error);
    }
    if (work->operation->job != NULL)
        job_step(work->operation->job, "read the image");
    struct transfer transfer = work_transfer(work);
    g_autofree char *sum = transfer_sha256(handle, record->volume_bytes, &transfer, error);
    if (sum == NULL)
        return FALSE;
    return strcmp(sum, record->volume_sha256) == 0 || wrong(image, "its SHA-256 is another", error);
}

gboolean provision_template_verify(struct operation *operation, const struct request *request,
                                   struct outcome *outcome, GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    if (operation->host != NULL && host_read_only(operation->host)) {
        error_set(error, INNKEEP_ERROR_REFUSED, NULL,
                  "template verify is refused: a read-only connection may not read volumes");
        return FALSE;
    }
    g_autoptr(virStoragePool) pool = pool_choose(operation->connection, operation->settings, error);
    if (pool == NULL)
        return FALSE;
    pool_refresh(pool);
    g_autoptr(image_t) image = image_read(operation->connection, pool, request->name, error);
    if (image == NULL)
        return FALSE;
    if (!image->ready && (image->record == NULL || image->record->volume == NULL)) {
        error_set(error, INNKEEP_ERROR_NOT_FOUND, NULL, "template '%s' is not in pool '%s'", request->name,
                  virStoragePoolGetName(pool));
        return FALSE;
    }
    if (!image->ready) {
        error_set(error, INNKEEP_ERROR_WRONG, NULL, "template '%s' lacks %s in pool '%s'", request->name,
                  image->missing, virStoragePoolGetName(pool));
        return FALSE;
    }
    if (image->record == NULL || image->record->volume_sha256 == NULL) {
        outcome->note = g_strdup("no checksum was kept when it was put there");
        outcome->message = g_strdup_printf("%s: %s", request->name, outcome->note);
        return TRUE;
    }
    if (!compare(&work, pool, image, error))
        return FALSE;
    outcome->message = g_strdup_printf("%s: as it was put there", request->name);
    return TRUE;
}
