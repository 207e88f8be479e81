/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Power: each of type operation_run. Being there already is success and said in the outcome. */

/* One call: start, reboot, reset, pause, resume, save, as request->action says. */
gboolean lifecycle_change(struct operation *, const struct request *, struct outcome *, GError **error);

/* Asks the guest and waits request->timeout_s (0: 60) for it to be off; then, with force, pulls the plug,
 * else a time-out. */
gboolean lifecycle_shutdown(struct operation *, const struct request *, struct outcome *, GError **error);

/* Pulls the plug; a hung QEMU takes libvirt about 11 s. While it lasts the poller leaves the guest out. */
gboolean lifecycle_poweroff(struct operation *, const struct request *, struct outcome *, GError **error);
