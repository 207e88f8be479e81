/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

struct operation;

/* Waits until the guest is as request->wait_for says (running, address, agent, stopped) for at most
 * request->timeout_s seconds (0: 60), by the host's snapshots. Of type operation_run. */
gboolean wait_for_guest(struct operation *operation, const struct request *request, struct outcome *outcome,
                        GError **error);

/* TRUE for a word that wait_for_guest() knows; else a usage error with the nearest one. Any thread. */
gboolean wait_check_word(const char *word, GError **error);
