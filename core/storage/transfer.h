/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/storage/volume.h"

/* Moving bytes into, out of and between volumes. Everything blocks and runs on a worker; a cancelled transfer
 * ends with G_IO_ERROR_CANCELLED and leaves the target to be removed by the caller. */
struct transfer {
    GCancellable *cancellable; /* NULL: goes to its end */
    void (*progress)(guint64 done, guint64 total,
                     gpointer data); /* bytes; called on the worker; may be NULL */
    gpointer data;
    GChecksum *checksum; /* takes in what is uploaded; NULL: nothing does */
};

/* Writes a file of this machine into the volume, from its start. */
gboolean transfer_upload_file(virStorageVolPtr volume, const char *path, const struct transfer *transfer,
                              GError **error);

gboolean transfer_upload_bytes(virStorageVolPtr volume, const void *bytes, gsize length, GError **error);

/* The SHA-256 of the volume's first length bytes, in hexadecimal; NULL and an error, also where it has fewer.
 * The caller's. */
char *transfer_sha256(virStorageVolPtr volume, guint64 length, const struct transfer *transfer,
                      GError **error);

/* The whole of a small volume, with a zero byte behind it that does not count in length: at most limit bytes,
 * a larger one is an error. The caller's. */
char *transfer_download(virStorageVolPtr volume, gsize limit, gsize *length, GError **error);

/* The volume's first bytes, at most length; NULL and an error; the caller's. */
GBytes *transfer_head(virStorageVolPtr volume, gsize length, GError **error);

/* Copies length bytes of a volume's file as they are: of a qcow2 overlay, the overlay and not what it stands
 * on. They pass through this process in pieces, since a stream that is read faster than it is written grows
 * in memory without bound. */
gboolean transfer_copy_bytes(virStorageVolPtr from, virStorageVolPtr to, guint64 length,
                             const struct transfer *transfer, GError **error);

/* Makes a volume with all that source's guest sees in it, backing files included: by sharing the source's
 * blocks where the file system can, else by qemu-img where this process may, else by libvirt, whose copy
 * cannot be stopped: when cancelled this waits for its end. The caller frees. */
virStorageVolPtr transfer_copy(virStoragePoolPtr pool, const struct volume_spec *spec,
                               virStorageVolPtr source, const struct transfer *transfer, GError **error);
