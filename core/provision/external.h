/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Snapshots, of which those in files of their own (external) are made, gone back to and forgotten here, and
 * those inside the disks by core/guest/snapshot.h. All are operation_runs: see there. */

/* With request->external the guest's disks are frozen as they are, without its memory and without stopping
 * it, and it goes on in overlays beside them, noted as its own; else snapshot_create(). */
gboolean external_create(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error);

/* The guest, which must be shut off (with request->force it is powered off), goes on from what the snapshot
 * froze, in new overlays; the ones it leaves go unless something stands on them. */
gboolean external_revert(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error);

/* Forgets the snapshot, and merges what the guest wrote next into what was frozen. Anything else that stands
 * on either is a conflict, and so is a guest that is shut off where merge_at_rest() cannot be. */
gboolean external_delete(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error);
