/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Makes the template request->new_name of the guest request->uuid, which stays as it is: a full copy of its
 * only disk, of one that runs as it is at one moment, and what its definition says of how it boots. What
 * makes a machine of it stays in that copy; cloud-init renews it in each new guest, or the outcome's note
 * says that it does not. With the action template import the definition is not taken over and identity is
 * nobody's concern; request->storage ("vda") names one of several disks. What was published from this very
 * guest before gets a new version, any other template of that name is a conflict. An operation_run: see
 * there. */
gboolean provision_template_publish(struct operation *operation, const struct request *request,
                                    struct outcome *outcome, GError **error);
