/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

/* Bytes; a larger disk of a new guest is refused. */
#define HEADROOM_DISK_MAX (G_GUINT64_CONSTANT(256) << 40)

/* What of the host a new guest could have, besides what the snapshot tells. Plain data. */
struct headroom {
    char *pool;             /* where its disks go; NULL: none can be used */
    guint64 pool_available; /* bytes; UNKNOWN_SIZE */
    GStrv networks;         /* libvirt's, by name; never NULL */
    GStrv active;           /* those of them that a running guest can be connected to; never NULL */
};

/* done gets it (borrowed) or an error. A quiet job. Main thread. */
typedef void (*headroom_done)(const struct headroom *headroom, const GError *error, gpointer data);
void headroom_request(struct engine *engine, headroom_done done, gpointer data);

/* What is wrong with a network's name (bridge:NAME is no matter of libvirt's), or NULL; static. */
const char *headroom_network_problem(const struct headroom *headroom, const char *network, gboolean start);

/* Virtual CPUs of all guests that run. */
guint headroom_vcpus_promised(const struct snapshot *snapshot);

struct headroom *headroom_copy(const struct headroom *headroom);
void headroom_free(struct headroom *headroom);
typedef struct headroom headroom_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(headroom_t, headroom_free)
