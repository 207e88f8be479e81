/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Makes guests: without a template where the request names another source (create_blank.h), else from the
 * request's template (NULL: the settings' default, else the only ready one, else tiny):
 * request->count of them (0: one), named request->new_name or TEMPLATE-N; each an overlay on the golden
 * image, or with request->linked 0 a copy of it. All or none. An operation_run: see there. */
gboolean provision_create(struct operation *operation, const struct request *request, struct outcome *outcome,
                          GError **error);
