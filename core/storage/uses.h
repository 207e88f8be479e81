/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* Who uses which file: every path in every domain's definition (disks, chains, mirrors, kernels, firmware),
 * and every volume that stands on another. From this alone it is decided whether a volume may be removed or
 * taken for a golden image, so that anything that looks like a use counts as one. */
struct uses;

struct use {
    char *path;
    char *by;           /* the guest's or the volume's name */
    char *uuid;         /* the guest's; NULL for a volume */
    char *via;          /* the volume's path; NULL for a guest */
    gboolean read_only; /* as a disk that the guest cannot write to, or as a backing file */
};

/* Looks at all domains and, with volumes, at all volumes of active pools, which it refreshes first. NULL and
 * an error. The caller frees. Blocks: a worker. */
struct uses *uses_read(virConnectPtr connection, gboolean volumes, GError **error);

/* Uses of a path by others than the guest of that UUID (NULL: by anyone); the caller's array of borrowed
 * struct use. A path and a link to it are the same. */
GPtrArray *uses_by_others(const struct uses *uses, const char *path, const char *uuid);

/* The guest, other than that of this UUID (NULL: any), that could write to the path, or NULL; borrowed. */
const char *uses_writer(const struct uses *uses, const char *path, const char *uuid);

/* Names of who uses it, "web, wiki": for a person; the caller's. */
char *uses_names(const GPtrArray *found);

/* Adds the names of the guests that use the path or stand on it, be it through overlays of overlays, and with
 * volumes those of the last overlays that no guest uses; each once, as strings of the array's own. */
void uses_add_dependants(const struct uses *uses, const char *path, gboolean volumes, GPtrArray *names);

void uses_free(struct uses *uses);
typedef struct uses uses_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(uses_t, uses_free)
