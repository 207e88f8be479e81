/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/model.h"
#include "core/provision/work.h"
#include "core/storage/uses.h"

/* A guest whose disks are copied, be it for another guest or for a template. All functions block: a worker.
 */

/* A disk that gets a copy of its own. */
struct source_disk {
    char *target;
    virStorageVolPtr handle;
    struct volume *volume;
    const char *base, *base_format; /* linked: what a copy stands on; borrowed */
    guint64 size;                   /* bytes of it and, unless it is copied linked, of what it stands on */
};

typedef struct source {
    const char *verb; /* what is done with it, for a person: "clone" */
    const char *only; /* the only disk that is wanted, "vda"; NULL: all that it writes to alone */
    const char
        *snapshot; /* linked: what this one froze is copied, whatever the guest does now; NULL: the guest */
    GPtrArray *frozen; /* see frozen_read() */
    virDomainPtr domain;
    const char *name; /* the domain's */
    char *xml;        /* its inactive definition */
    struct guest_facts *facts;
    GPtrArray *disks; /* struct source_disk */
    virStoragePoolPtr pool;
    gboolean linked, active; /* active: copied while it runs */
} source_t;

/* Reads the guest request->uuid into source, which has verb, only, snapshot and linked and is else zeroed. A
 * guest or a disk that cannot be copied (saved, encrypted, in no pool, written to by another guest, …) is a
 * conflict. The caller clears it in any case. */
gboolean source_read(struct source *source, struct operation *operation, const struct request *request,
                     GError **error);

/* FALSE and a conflict when its disks may be written to by now, or belong to a memory image. */
gboolean source_at_rest(const struct source *source, GError **error);

/* FALSE and an error when the pool has no room for count copies. */
gboolean source_has_room(const struct source *source, guint count, GError **error);

/* Of one that is active: all disks as they are at one moment, into the empty qcow2 volumes at paths, in the
 * order of the disks. notes gets what a person should know (char *). */
gboolean source_copy_live(const struct source *source, struct work *work, struct made *made, GStrv paths,
                          GPtrArray *notes, GError **error);

void source_clear(struct source *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(source_t, source_clear)
