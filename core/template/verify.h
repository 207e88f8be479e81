/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Reads the golden image of a template (request->name) back from the pool and compares it with the checksum
 * that was kept when it was put there: another one is an error (wrong). Where none was kept the outcome's
 * note says so. An operation_run: see there. */
gboolean provision_template_verify(struct operation *operation, const struct request *request,
                                   struct outcome *outcome, GError **error);
