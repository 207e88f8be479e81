/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/storage/volume.h"

/* Copies by qemu-img of this machine, where libvirt's own could not be stopped, and lets every user of the
 * machine read what it writes until it is whole. All functions block: a worker. */

/* Whether this process may do it: the daemon is here, sees the same files, and they are this user's. */
gboolean convert_possible(virStoragePoolPtr pool, const struct volume_spec *spec, virStorageVolPtr source);

/* Makes the volume (readable by its owner alone) with all that source's guest sees in it, backing files
 * included. Cancelled, qemu-img is ended; what was made is left to the caller. The caller frees. */
virStorageVolPtr convert_copy(virStoragePoolPtr pool, const struct volume_spec *spec, virStorageVolPtr source,
                              GCancellable *cancellable, GError **error);
