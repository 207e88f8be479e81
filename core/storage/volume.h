/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "core/base/libvirt.h"

/* A volume as libvirt describes it. Plain data. */
struct volume {
    char *pool, *name, *path;
    char *type;                     /* file, block, dir, network, … */
    char *format;                   /* "qcow2", "raw", "iso"; NULL: none is told */
    char *backing, *backing_format; /* NULL: it stands on nothing */
    char *modified;                 /* when it was last written to, as libvirt writes it; NULL: not told */
    guint64 capacity;               /* bytes that a guest sees */
    guint64 allocation;             /* bytes it takes in the pool */
    guint64 physical;               /* bytes of the file from end to end */
};

/* What a new volume shall be; borrowed. */
struct volume_spec {
    const char *name, *format;
    const char *backing, *backing_format; /* NULL: none */
    guint64 capacity;                     /* bytes */
    const char *mode;                     /* of its file, "0444" for a golden image; NULL: libvirt's own */
};

/* All functions block and run on a worker. */

/* Describes a volume. NULL and an error. The caller frees. */
struct volume *volume_read(virStorageVolPtr volume, GError **error);

/* The volume of that name in the pool, NULL without an error when there is none (error set for anything
 * else).
 */
virStorageVolPtr volume_lookup(virStoragePoolPtr pool, const char *name, GError **error);

/* The volume whose path this is, in whichever pool; NULL without an error when no pool has it. */
virStorageVolPtr volume_lookup_path(virConnectPtr connection, const char *path, GError **error);

/* Bytes that a copy of it takes which stands alone: with the images below it, as far as pools have them. */
guint64 volume_whole_size(virConnectPtr connection, const struct volume *volume);

/* Makes an empty volume, an overlay when it has a backing (qcow2, compat 1.1). A volume of that name there
 * already is a conflict and stays as it is. The caller frees. */
virStorageVolPtr volume_create(virStoragePoolPtr pool, const struct volume_spec *spec, GError **error);

/* The XML of a new volume; the caller's. */
char *volume_xml(const struct volume_spec *spec);

/* Removes a volume and its data. While libvirt still writes to it (an upload's or a copy's end after its
 * client died) it waits, at most 30 s. Gone already is no error. */
gboolean volume_delete(virStorageVolPtr volume, GError **error);

/* The folder that the pool's volumes lie in; NULL: it has none, or that cannot be told. The caller's. */
char *volume_folder(virStoragePoolPtr pool);

/* Whether a new volume can be made read-only at once. A session's daemon is no root: it cannot write into
 * what is read-only, so that is made so afterwards, by volume_protect(). */
gboolean volume_can_be_read_only(virConnectPtr connection);

/* Takes the write permission off a volume that lies on this machine and was not made read-only already. Best
 * effort: only the file's owner and root may. */
void volume_protect(virStorageVolPtr volume);

void volume_free(struct volume *volume);
typedef struct volume volume_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(volume_t, volume_free)
