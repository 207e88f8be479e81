/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Downloads the image of a template (request->name) from its source, checks it against its checksum, and puts
 * it into the pool; a later version as a new volume. A source without a checksum is refused. What is there
 * already and has not changed is left as it is, and said. A download that was cut off is continued by the
 * next. An operation_run: see there. */
gboolean provision_template_fetch(struct operation *operation, const struct request *request,
                                  struct outcome *outcome, GError **error);
