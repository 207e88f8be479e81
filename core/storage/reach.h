/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/stat.h>

#include "core/base/libvirt.h"

/* Whether the user as which libvirt runs QEMU may come to a file of this machine: libvirt gives QEMU the file
 * and no folder above it. Blocks on a disk and on the machine's user database: a worker. */
struct reach {
    guint user, group;
};

/* Who that is, by the host's capabilities (<secmodel> "dac", "+64055:+107"). type: of the domain, "kvm" or
 * "qemu". FALSE where that is not told. */
gboolean reach_emulator(virConnectPtr connection, const char *type, struct reach *reach);

/* Whether he has all those permissions (S_IROTH, S_IWOTH, S_IXOTH) by owner, his groups and mode. What a list
 * of access rights may give is not said to be refused, nor what cannot be looked at. */
gboolean reach_may(const struct reach *reach, const char *path, mode_t others_bits);

/* The first folder from this one upwards that is closed to him; NULL: none is. The caller's. */
char *reach_closed(const struct reach *reach, const char *folder);
