/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* When each QEMU on this machine began: guest's UUID -> Unix seconds (gint64 *). libvirt itself does not
 * tell; every QEMU it starts has `-uuid UUID` on its command line, which any user may read in /proc. The
 * caller's table. Worker threads. */
GHashTable *process_scan(void);
