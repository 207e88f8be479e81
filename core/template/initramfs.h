/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/template/kernel.h"

/* Writes the tiny guest's initramfs, a gzipped newc archive, to path: busybox, the kernel's modules with
 * their order of loading in lib/modules/order, the console device and, over it, the files below the folder
 * contents. Needs no privileges. Blocks: for a worker thread. */
gboolean initramfs_write(const char *path, const struct kernel *kernel, GBytes *busybox, const char *contents,
                         GError **error);
