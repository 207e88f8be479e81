/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* What a person should know before disks that are made now and grow later, or memory, outgrow what is there:
 * "pool 'default' has 5G free and the disks may grow to 20G". NULL: all fits, or what is there is not known.
 * disk: bytes that all new disks can grow to; memory: bytes that all new guests have once they run, 0 where
 * none is started. What is free is what libvirt tells of the pool and its host. The caller's. Blocks: a
 * worker. */
char *overcommit_note(virStoragePoolPtr pool, guint64 disk, guint64 memory);
