/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* A copied definition made another machine's. Edited in place: whatever is not named here stays, known or
 * not. Any thread. */

/* New name, UUID, MACs and generation id; out go innkeep's metadata, SMBIOS serials, the NVRAM's path, fixed
 * ports and sockets, and what only one guest can have (host devices, leases). notes gets a line (char *) for
 * each thing that a person should know: what was dropped, what could not be kept. log: the file that takes
 * what its first serial line prints, NULL: none. */
void identity_renew(xmlDoc *domain, const char *name, const char *uuid, const char *log, GPtrArray *notes);

/* The disk at target now is this file. */
void identity_set_disk(xmlDoc *domain, const char *target, const char *path, const char *format);
