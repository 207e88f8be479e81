/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Waits as wait_for_guest() does. Once cloud-init has ended well, the guest's seed has done its work: it is
 * taken out of the guest and deleted, unless that could make cloud-init begin anew at the next start. That it
 * stays is no failure. An operation_run: see there. */
gboolean seed_eject_after_wait(struct operation *operation, const struct request *request,
                               struct outcome *outcome, GError **error);
