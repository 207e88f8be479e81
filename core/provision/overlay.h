/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/provision/work.h"

/* The files in which a guest goes on from a snapshot, noted as its own. All functions block: a worker. */

/* Makes an empty overlay on the volume below, which the guest takes for format, in the same pool: journalled,
 * a step of made. Named after guest and snapshot, and after target where it is not NULL. Its path, or NULL
 * and an error; the caller's. */
char *overlay_make(struct work *work, struct made *made, virDomainPtr domain, virStorageVolPtr below,
                   const char *format, const char *snapshot, const char *target, GError **error);

/* The guest will stand on the overlay at path no more: journalled so that it then goes, with its note, when
 * the journal is taken back, in this process or after a kill. */
gboolean overlay_forgo(struct work *work, virDomainPtr domain, const char *path, GError **error);

/* Removes volumes (their paths) that are the guest's own and that nothing uses: journalled. What must stay
 * does, and is no error. */
void overlay_remove(struct work *work, virDomainPtr domain, GPtrArray *paths);
