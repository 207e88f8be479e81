/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"
#include "core/guest/set_keys.h"

/* Changes a guest as a request with the fields of set_take() says; its user is who cloud-init made in it
 * where none is named. What is added to a user's keys stands beside those that are there. A worker. */
gboolean set_change(struct operation *operation, const struct request *request, struct outcome *outcome,
                    GError **error);
