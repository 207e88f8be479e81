/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"
#include "core/storage/transfer.h"

/* A running guest's disk with one overlay less: what is in it is put into the file below, by QEMU. All
 * functions block: a worker. */

/* Merges overlay, a layer of the disk at target ("vda"), into below, which it stands on, and waits for the
 * end; the guest then stands on below. Cancelled, or failed, the disk stays as it is to the guest, and below
 * holds a part of what was in the overlay. */
gboolean merge_run(virDomainPtr domain, const char *target, const char *overlay, const char *below,
                   const struct transfer *transfer, GError **error);

/* Whether the guest runs with overlay as a layer of the disk at target. */
gboolean merge_has_layer(virDomainPtr domain, const char *target, const char *overlay);

/* Ends what goes on at the disk; nothing to do is fine. */
gboolean merge_abort(virDomainPtr domain, const char *target, GError **error);
