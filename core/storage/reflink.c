/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/storage/reflink.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "core/host/connection.h"

/* QEMU, docs/interop/qcow2: version 3's header, of which these are looked at. */
#define HEADER_BYTES       104
#define AT_BACKING         8
#define AT_SNAPSHOTS_COUNT 60
#define AT_INCOMPATIBLE    72

/* Whether all of it is in the file alone, and it was closed as it should be. */
static gboolean stands_alone(int file, const char *format) {
    guint8 header[HEADER_BYTES];
    static const guint8 nothing[8];
    if (strcmp(format, "raw") == 0)
        return TRUE;
    return strcmp(format, "qcow2") == 0 && pread(file, header, sizeof header, 0) == HEADER_BYTES &&
           memcmp(header, "QFI\373\0\0\0\3", 8) == 0 && memcmp(header + AT_BACKING, nothing, 8) == 0 &&
           memcmp(header + AT_SNAPSHOTS_COUNT, nothing, 4) == 0 &&
           memcmp(header + AT_INCOMPATIBLE, nothing, 8) == 0;
}

/* The file that libvirt means: a daemon may see others than this process does. -1: not that. */
static int open_source(const struct volume *volume) {
    GStatBuf status;
    int file = g_open(volume->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
    if (file < 0)
        return -1;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && (guint64)status.st_size == volume->physical) {
        g_autofree char *modified = g_strdup_printf("%" G_GINT64_FORMAT ".%09ld",
                                                    (gint64)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
        if (g_strcmp0(modified, volume->modified) == 0 && stands_alone(file, volume->format))
            return file;
    }
    g_close(file, NULL);
    return -1;
}

/* Tried with a file that has no name and goes at once. */
static gboolean can_share(int source, const char *folder) {
    int file = g_open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0)
        return FALSE;
    gboolean shared = ioctl(file, FICLONE, source) == 0;
    g_close(file, NULL);
    return shared;
}

static gboolean share(int source, const char *path) {
    int file = g_open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0);
    if (file < 0)
        return FALSE;
    gboolean shared = ftruncate(file, 0) == 0 && ioctl(file, FICLONE, source) == 0 && fsync(file) == 0;
    g_close(file, NULL);
    return shared;
}

static virStorageVolPtr make(virStoragePoolPtr pool, const struct volume_spec *spec, int source,
                             GError **error) {
    g_autoptr(virStorageVol) made = volume_create(pool, spec, error);
    char *path = made == NULL ? NULL : virStorageVolGetPath(made);
    gboolean shared = path != NULL && share(source, path);
    free(path);
    if (made != NULL && !shared)
        volume_delete(made, error);
    return shared ? g_steal_pointer(&made) : NULL;
}

virStorageVolPtr reflink_copy(virStoragePoolPtr pool, const struct volume_spec *spec, virStorageVolPtr source,
                              GError **error) {
    gboolean here = connection_is_here(virStorageVolGetConnect(source));
    g_autoptr(volume_t) volume = here ? volume_read(source, NULL) : NULL;
    gboolean alike = volume != NULL && volume->path != NULL && g_strcmp0(volume->type, "file") == 0 &&
                     g_strcmp0(volume->format, spec->format) == 0 && volume->backing == NULL &&
                     spec->backing == NULL && volume->capacity == spec->capacity;
    int file = alike ? open_source(volume) : -1;
    if (file < 0)
        return NULL;
    g_autofree char *folder = volume_folder(pool);
    virStorageVolPtr made = folder != NULL && can_share(file, folder) ? make(pool, spec, file, error) : NULL;
    g_close(file, NULL);
    return made;
}
