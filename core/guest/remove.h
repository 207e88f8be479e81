/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* Pulls the plug; off already is no error. Blocks: a worker. */
gboolean remove_power_off(virDomainPtr domain, GError **error);

/* Pulls the plug where it is active, and removes the definition with the saved state, NVRAM, and snapshots'
 * and checkpoints' metadata; no disk. Gone already is no error. Blocks: a worker. */
gboolean remove_domain(virDomainPtr domain, GError **error);
