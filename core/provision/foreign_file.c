/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/foreign_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "core/base/xml.h"
#include "core/host/connection.h"
#include "core/seed/person.h"
#include "core/storage/pool.h"
#include "core/storage/reach.h"
#include "core/storage/transfer.h"

void foreign_file_clear(struct foreign_file *source) {
    g_free(source->path);
    libvirt_volume_free(source->volume);
    *source = (struct foreign_file){0};
}

/* ---- finding it ---- */

/* POOL/VOLUME of an active pool; NULL without an error where it names none. */
static virStorageVolPtr find_volume(virConnectPtr connection, const char *text, GError **error) {
    const char *slash = strchr(text, '/');
    if (*text == '/')
        return volume_lookup_path(connection, text, error);
    if (slash == NULL || slash[1] == '\0')
        return NULL;
    g_autofree char *name = g_strndup(text, (gsize)(slash - text));
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(connection, name);
    if (pool == NULL)
        return NULL;
    pool_refresh(pool);
    return volume_lookup(pool, slash + 1, error);
}

static void refuse_device(const char *path, GError **error) {
    error_set(error, INNKEEP_ERROR_USAGE,
              "copy what is on it into a pool's folder (qemu-img convert -O qcow2 DEVICE FILE) and give that",
              "%s is a block device, and only files are taken", path);
}

/* Whether it is a file there; what cannot be looked at is. */
static gboolean is_file(const char *path, const char *what, GError **error) {
    GStatBuf status;
    if (g_stat(path, &status) < 0 || S_ISREG(status.st_mode))
        return TRUE;
    if (S_ISBLK(status.st_mode))
        refuse_device(path, error);
    else
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s is not a regular file: no %s", path, what);
    return FALSE;
}

static gboolean take_volume(struct foreign_file *source, virStorageVolPtr handle, GError **error) {
    g_autoptr(volume_t) volume = volume_read(handle, error);
    if (volume == NULL)
        return FALSE;
    if (g_strcmp0(volume->type, "block") == 0) {
        refuse_device(volume->path, error);
        return FALSE;
    }
    if (g_strcmp0(volume->type, "file") != 0) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "volume '%s' of pool '%s' is no file", volume->name,
                  volume->pool);
        return FALSE;
    }
    source->path = g_strdup(volume->path);
    return TRUE;
}

static void not_found(GError **error, virConnectPtr connection, const char *text, const char *path,
                      gboolean local) {
    char *host = virConnectGetHostname(connection);
    if (!local && g_file_test(path, G_FILE_TEST_EXISTS))
        error_set(error, INNKEEP_ERROR_USAGE,
                  "put it into a pool there (virsh vol-create-as, virsh vol-upload) and give POOL/VOLUME",
                  "%s is on this machine, and the guests are on '%s'", path, host == NULL ? "another" : host);
    else
        error_set(error, INNKEEP_ERROR_NOT_FOUND, NULL,
                  local ? "no file %s, and no volume by that name in a pool"
                        : "no volume '%s' in a pool there",
                  local ? path : text);
    free(host);
}

gboolean foreign_file_find(virConnectPtr connection, const char *text, const char *what,
                           struct foreign_file *source, GError **error) {
    GStatBuf status;
    GError *cause = NULL;
    gboolean local = connection_is_here(connection);
    g_auto(person_t) person = {0};
    person_calling(&person);
    g_autofree char *named = person_path(&person, text);
    g_autofree char *path = g_canonicalize_filename(named, NULL);
    if (*text == '\0') {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "which %s?", what);
        return FALSE;
    }
    gboolean there = local && g_stat(path, &status) == 0;
    int why = there ? 0 : errno;
    if (there && !is_file(path, what, error))
        return FALSE;
    source->volume = find_volume(connection, there ? path : text, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    if (source->volume == NULL && !there) {
        if (local && why != ENOENT && why != ENOTDIR)
            error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot look at %s: %s", path, g_strerror(why));
        else
            not_found(error, connection, text, path, local);
        return FALSE;
    }
    if (there)
        source->path = g_steal_pointer(&path);
    else if (!take_volume(source, source->volume, error) || (local && !is_file(source->path, what, error)))
        return FALSE;
    source->here = local && g_access(source->path, R_OK) == 0;
    return TRUE;
}

/* ---- who comes to it ---- */

gboolean foreign_file_reachable(virConnectPtr connection, const struct foreign_file *source, const char *type,
                                GError **error) {
    struct reach reach = {0};
    if (!connection_is_here(connection) || !reach_emulator(connection, type, &reach))
        return TRUE;
    g_autofree char *above = g_path_get_dirname(source->path);
    g_autofree char *folder = reach_closed(&reach, above);
    if (folder == NULL)
        return TRUE;
    g_autofree char *hint =
        g_strdup_printf("put it into a pool's folder, or setfacl -m u:%u:x '%s'", reach.user, folder);
    error_set(error, INNKEEP_ERROR_REFUSED, hint,
              "QEMU runs as user %u here and cannot come to %s: the folder %s is closed to it", reach.user,
              source->path, folder);
    return FALSE;
}

/* ---- what it holds ---- */

GBytes *foreign_file_head(const struct foreign_file *source, gsize length, GError **error) {
    if (!source->here) {
        if (source->volume != NULL)
            return transfer_head(source->volume, length, error);
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read %s: %s", source->path, g_strerror(EACCES));
        return NULL;
    }
    g_autofree char *bytes = g_malloc(length);
    int file = g_open(source->path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : pread(file, bytes, length, 0);
    if (got < 0)
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read %s: %s", source->path, g_strerror(errno));
    if (file >= 0)
        close(file);
    return got < 0 ? NULL : g_bytes_new(bytes, (gsize)got);
}
