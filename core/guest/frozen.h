/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* A snapshot in files of its own: each disk's file as it was is frozen, and the guest goes on in an overlay.
 */

struct frozen {
    char *target;  /* "vda" */
    char *path;    /* the file that is frozen */
    char *format;  /* what the guest's definition says that it is */
    char *overlay; /* in which the guest went on then */
};

/* All snapshots of the guest, of whatever kind: virDomainSnapshotPtr; the caller's. NULL and an error.
 * Blocks.
 */
GPtrArray *frozen_all(virDomainPtr domain, GError **error);

/* Of libvirt's XML of a snapshot: struct frozen for each disk that it has. One that is not of disks in files
 * alone, which all are frozen, is a conflict. The caller's. Any thread. */
GPtrArray *frozen_parse(const char *xml, const char *name, GError **error);

/* The same of the guest's snapshot of that name; blocks: a worker. */
GPtrArray *frozen_read(virDomainPtr domain, const char *name, GError **error);

/* What is frozen of the disk at target, or NULL; borrowed. */
const struct frozen *frozen_disk(const GPtrArray *frozen, const char *target);

/* Whether a snapshot of the guest froze the file; also TRUE where that is not to be told. Blocks. */
gboolean frozen_file(virDomainPtr domain, const char *path);

/* *name: a snapshot of the guest that lies inside the file and goes with it, the caller's; NULL: none.
 * Blocks.
 */
gboolean frozen_inside(virDomainPtr domain, const char *path, char **name, GError **error);

/* A conflict where the guest has left, by a snapshot in files of its own, a file inside which the snapshot of
 * that name lies: back in it, it would write to what that other one froze, and what its clones stand on.
 * Blocks. */
gboolean frozen_none_between(virDomainPtr domain, const char *name, GError **error);

/* All snapshots of the guest that froze from are told that it is to now: a merge moved it. Blocks. */
gboolean frozen_move(virDomainPtr domain, const char *from, const char *to, GError **error);

/* The snapshot becomes the one that the guest's disks go on from. Blocks. */
gboolean frozen_set_current(virDomainPtr domain, const char *name, GError **error);
