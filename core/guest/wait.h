/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

struct operation;

/* The word that asks the guest itself. */
#define WAIT_CLOUD_INIT "cloud-init"

/* Waits until the guest is as request->wait_for says (running, address, agent, cloud-init, stopped, or a port
 * such as 22/tcp) for at most wait_timeout() seconds, by the host's snapshots; whether cloud-init has ended
 * the guest's agent is asked, and an error that it ended with is one. Of type operation_run. */
gboolean wait_for_guest(struct operation *operation, const struct request *request, struct outcome *outcome,
                        GError **error);

/* request->timeout_s, or, where it is 0, 600 seconds for cloud-init and 60 for the rest. Any thread. */
guint wait_timeout(const struct request *request);

/* What can be waited for by a word, besides a port; NULL-terminated. */
const char *const *wait_words(void);

/* TRUE for a word that wait_for_guest() knows; else a usage error with the nearest one. Any thread. */
gboolean wait_check_word(const char *word, GError **error);
