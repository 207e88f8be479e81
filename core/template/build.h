/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Builds the template tiny on this machine and puts its kernel, initrd, image and definition into the pool.
 * One that is there already is a conflict. An operation_run: see there. */
gboolean provision_template_build(struct operation *operation, const struct request *request,
                                  struct outcome *outcome, GError **error);
