/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/storage/convert.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "core/base/command.h"
#include "core/host/connection.h"

static gboolean same_file(const struct volume *volume) {
    GStatBuf status;
    return volume->path != NULL && g_stat(volume->path, &status) == 0 && S_ISREG(status.st_mode) &&
           (guint64)status.st_size == volume->physical && g_access(volume->path, R_OK) == 0;
}

gboolean convert_possible(virStoragePoolPtr pool, const struct volume_spec *spec, virStorageVolPtr source) {
    g_autofree char *program = command_find("qemu-img"), *folder = volume_folder(pool);
    if (program == NULL || folder == NULL || g_access(folder, W_OK) < 0 || spec->backing != NULL ||
        strcmp(spec->format, "qcow2") != 0 || !connection_owns_files(virStorageVolGetConnect(source)))
        return FALSE;
    g_autoptr(volume_t) volume = volume_read(source, NULL);
    return volume != NULL && volume->format != NULL && g_strcmp0(volume->type, "file") == 0 &&
           same_file(volume);
}

virStorageVolPtr convert_copy(virStoragePoolPtr pool, const struct volume_spec *spec, virStorageVolPtr source,
                              GCancellable *cancellable, GError **error) {
    struct volume_spec empty = *spec;
    empty.mode = "0600";
    g_autoptr(volume_t) from = volume_read(source, error);
    g_autoptr(virStorageVol) made = from == NULL ? NULL : volume_create(pool, &empty, error);
    g_autoptr(volume_t) to = made == NULL ? NULL : volume_read(made, error);
    if (to == NULL)
        return NULL;
    /* A new image reads as zeros: those of the source need not be written. */
    const char *argv[] = {"qemu-img", "convert", "-n",       "--target-is-zero", "-f", from->format,
                          "-O",       "qcow2",   from->path, to->path,           NULL};
    if (!command_run(argv, "/", NULL, cancellable, error))
        return NULL;
    return g_steal_pointer(&made);
}
