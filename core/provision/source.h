/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* A file that a new guest reads and innkeep never owns: a medium, a disk, a kernel. It lies on this machine
 * where the host is this one, or is a volume of one of the host's pools. Plain data; zeroed: none. */
typedef struct source {
    char *path;              /* on the host */
    virStorageVolPtr volume; /* NULL: it is in no pool */
    gboolean here;           /* this process can read it */
} source_t;

/* Finds what a person wrote: a path, or POOL/VOLUME. what says what it is for, "medium". Nothing there: not
 * found; no plain file: a usage error. Blocks: a worker. */
gboolean source_find(virConnectPtr connection, const char *text, const char *what, struct source *source,
                     GError **error);

/* FALSE and an error where it can be told that the user as which the host runs QEMU cannot come to the file,
 * since a folder above it is closed: libvirt gives QEMU the file, and no folder. type: of the domain. Blocks.
 */
gboolean source_reachable(virConnectPtr connection, const struct source *source, const char *type,
                          GError **error);

/* Its first bytes, at most length; NULL and an error; the caller's. Blocks. */
GBytes *source_head(const struct source *source, gsize length, GError **error);

void source_clear(struct source *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(source_t, source_clear)
