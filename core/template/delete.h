/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Removes what lies of a template (request->name) in the pool: images of all its versions, kernel, initrd,
 * definition. While anything stands on one of them or uses it, nothing is removed (conflict, the dependants
 * named). With request->unused only images of earlier versions go that nothing depends on, of that template
 * or (name NULL) of all. An operation_run: see there. */
gboolean provision_template_delete(struct operation *operation, const struct request *request,
                                   struct outcome *outcome, GError **error);
