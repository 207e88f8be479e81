/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/storage/volume.h"

/* Makes the volume as a copy that shares all blocks with source until one of them is written to: at once, and
 * taking no room. NULL without an error where that cannot be, which is for a copy in full: another machine's
 * libvirt, a file system without reflinks (FICLONE, ioctl_ficlone(2)), another format or size, a source that
 * stands on another file or has snapshots inside. Nothing may write to source meanwhile. The caller frees.
 * Blocks: a worker. */
virStorageVolPtr reflink_copy(virStoragePoolPtr pool, const struct volume_spec *spec, virStorageVolPtr source,
                              GError **error);
