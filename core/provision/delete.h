/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Deletes the guest request->uuid with the volumes that innkeep made for it and nothing else uses, and the
 * disks that request->storage names ("vda,vdb"). The plan lists every path that goes, with its size, and what
 * stays and why. A protected guest is refused; one that is active is a conflict without request->force, which
 * powers it off first. An operation_run: see there. */
gboolean provision_delete(struct operation *operation, const struct request *request, struct outcome *outcome,
                          GError **error);
