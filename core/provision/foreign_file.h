/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* A file that a new guest reads and innkeep never owns: a medium, a disk, a kernel. It lies on this machine
 * where the host is this one, or is a volume of one of the host's pools. Plain data; zeroed: none. */
typedef struct foreign_file {
    char *path;              /* on the host */
    virStorageVolPtr volume; /* NULL: it is in no pool */
    gboolean here;           /* this process can read it */
} foreign_file_t;

/* Finds what a person wrote: a path, or POOL/VOLUME. what says what it is for, "medium". Nothing there: not
 * found; no plain file: a usage error. Blocks: a worker. */
gboolean foreign_file_find(virConnectPtr connection, const char *text, const char *what,
                           struct foreign_file *source, GError **error);

/* FALSE and an error where it can be told that the user as which the host runs QEMU cannot come to the file,
 * since a folder above it is closed: libvirt gives QEMU the file, and no folder. type: of the domain. Blocks.
 */
gboolean foreign_file_reachable(virConnectPtr connection, const struct foreign_file *source, const char *type,
                                GError **error);

/* Its first bytes, at most length; NULL and an error; the caller's. Blocks. */
GBytes *foreign_file_head(const struct foreign_file *source, gsize length, GError **error);

void foreign_file_clear(struct foreign_file *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(foreign_file_t, foreign_file_clear)
