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

/* Of libvirt's XML of a snapshot: struct frozen for each disk that it has. One that is not of disks in files
 * alone, which all are frozen, is a conflict. The caller's. Any thread. */
GPtrArray *frozen_parse(const char *xml, const char *name, GError **error);

/* The same of the guest's snapshot of that name; blocks: a worker. */
GPtrArray *frozen_read(virDomainPtr domain, const char *name, GError **error);

/* What is frozen of the disk at target, or NULL; borrowed. */
const struct frozen *frozen_disk(const GPtrArray *frozen, const char *target);

/* Whether the file is frozen by another snapshot of the guest than that of this name (NULL: by any). Blocks.
 */
gboolean frozen_elsewhere(virDomainPtr domain, const char *name, const char *path);

/* All snapshots of the guest that froze from are told that it is to now: a merge moved it. Blocks. */
gboolean frozen_move(virDomainPtr domain, const char *from, const char *to, GError **error);

/* The snapshot becomes the one that the guest's disks go on from. Blocks. */
gboolean frozen_set_current(virDomainPtr domain, const char *name, GError **error);
