/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

struct operation;

/* A snapshot of a guest, as libvirt keeps it (not the host's struct snapshot). Plain data. */
struct guest_snapshot {
    char *name, *parent; /* parent: NULL for a first one */
    char *description;   /* NULL: none */
    char *state;         /* what the guest was: "running", "shutoff", "disk-snapshot", … */
    gint64 created_at;   /* Unix seconds; -1 unknown */
    gboolean memory;     /* with what was in its memory */
    gboolean external;   /* in files of its own instead of inside the disks */
    gboolean current;    /* what the guest's disks go on from */
};

/* A guest's snapshots, the oldest first: done gets an array of struct guest_snapshot (borrowed) or an error.
 * Quiet job. Main thread. */
typedef void (*snapshot_list_done)(GPtrArray *snapshots, const GError *error, gpointer data);
void snapshot_list(struct engine *engine, const struct guest *guest, snapshot_list_done done, gpointer data);

/* What libvirt's XML says of one; NULL and an error. The caller frees. Any thread. */
struct guest_snapshot *snapshot_parse(const char *xml, GError **error);
void guest_snapshot_free(struct guest_snapshot *snapshot);

/* Makes a snapshot inside the guest's disks (all that it can write to must be qcow2), of a running guest with
 * its memory, during which it stands still. request->snapshot is its name; NULL: the time in UTC,
 * "20261124-180000". One of that name there already is a conflict. An operation_run: see there. */
gboolean snapshot_create(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error);

/* Takes the guest back to the snapshot request->snapshot: what it wrote since is lost. With request->force
 * also where its devices have changed since and it must be stopped for that. An operation_run. */
gboolean snapshot_revert(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error);

/* Forgets the snapshot request->snapshot; the guest and its other snapshots stay as they are. An
 * operation_run. */
gboolean snapshot_delete(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error);

typedef struct guest_snapshot guest_snapshot_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(guest_snapshot_t, guest_snapshot_free)
