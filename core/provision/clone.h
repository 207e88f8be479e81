/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Clones the guest request->uuid, or, without one, the template request->name: request->count of them (0:
 * one), named request->new_name or SOURCE-N. A clone of a template is made as provision_create() does. Of a
 * guest: a full copy of its disks, of one that is active as they are at one moment and without stopping it;
 * or, of one that is shut off, with request->linked 1 a copy of its overlays that stand on the same golden
 * image; or, with request->snapshot, whatever state it is in, new overlays on what that snapshot in files of
 * its own froze. Identity is renewed; the plan says what could not be kept or renewed. A clone of a template
 * is started, a copy of a guest only when asked. All or none. An operation_run: see there. */
gboolean provision_clone(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error);
