/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* A running guest's file systems frozen for as long as a person wants, through its guest agent: for a copy
 * that something else makes. What a kill leaves half done is thawed by recovery; what was frozen stays so,
 * since that is what was asked for. Workers. */

/* With request->timeout_s it stays with them for so long, and thaws them then, or when it is cancelled, or
 * killed and recovered. */
gboolean stillness_freeze(struct operation *operation, const struct request *request, struct outcome *outcome,
                          GError **error);

/* Fine with file systems that are not frozen. */
gboolean stillness_thaw(struct operation *operation, const struct request *request, struct outcome *outcome,
                        GError **error);
