/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/guest/frozen.h"
#include "core/provision/work.h"

/* A shut-off guest's disk with one overlay less, by qemu-img: libvirt has a running guest's QEMU do it
 * (core/guest/merge.h). For this machine's libvirt, and files that this process may write. Block: workers. */

/* Whether it can be done; *why: what stands against it, static. above: the layer that stands on the overlay,
 * NULL: it is the first. */
gboolean merge_at_rest_can(virConnectPtr connection, const struct frozen *frozen, const char *overlay,
                           const char *above, const char **why);

/* Puts what is in overlay into the file frozen, which it stands on, and lets the guest, or the layer above,
 * stand on that. QEMU's locks keep a guest that is started meanwhile from the files; one that was quicker,
 * and runs with the overlay, merges it itself. Cancelled, failed or killed, the disk stays as it is to the
 * guest, and the overlay whole. */
gboolean merge_at_rest(struct work *work, virDomainPtr domain, const struct frozen *frozen,
                       const char *overlay, const char *above, GError **error);
