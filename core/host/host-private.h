/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/host.h"

/* For core's own workers. Any thread. */

/* While a guest is being powered off the poller leaves it out: libvirt keeps whoever asks of it waiting. */
void host_set_going_down(struct host *host, const char *uuid, gboolean going_down);

/* What is known of its file systems, until it ends; any thread. */
void host_set_frozen(struct host *host, const char *uuid, gboolean frozen);

/* That guest changed: the next look at it is due now. */
void host_touch(struct host *host, const char *uuid);
