/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"
#include "core/guest/snapshot.h"

/* What the workers of both kinds of snapshots share. Private to core. */

/* The name of a snapshot to be made, request->snapshot or the time's, that fits and is free, of a guest of
 * which one can be made now; the caller's, or NULL and an error. Blocks. */
char *snapshot_new_name(virDomainPtr domain, const struct request *request, GError **error);

/* Whether the guest's snapshot request->snapshot is in files of its own; FALSE and an error (not found) when
 * there is none of that name. Blocks. */
gboolean snapshot_is_external(virDomainPtr domain, const struct request *request, gboolean *external,
                              GError **error);

/* A conflict for a guest whose memory is saved: it would be taken back to disks that this memory does not
 * fit. */
gboolean snapshot_not_saved(virDomainPtr domain, const struct request *request, GError **error);

/* Fills the outcome of a dry run: it would action ("create") the snapshot of that name. */
void snapshot_plan(const struct request *request, struct outcome *outcome, const char *name,
                   const char *action);
