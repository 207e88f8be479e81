/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/provision/work.h"

/* The variables of a guest's UEFI firmware: boot entries and keys. A copy of the guest gets a copy of them,
 * as a volume of its own, since a system that was installed without the fallback loader starts by its boot
 * entry alone. All functions block: a worker. */

/* The file of this machine that holds those of the domain. NULL without a note: it has none (yet); NULL with
 * *note (static): it has them, and they cannot be read here. The caller's. */
char *nvram_find(virDomainPtr domain, const char **note);

/* Copies the file, journalled, in steps of made, and has the definition use the copy. The volume's path, or
 * NULL and an error; the caller's. */
char *nvram_copy(struct work *work, struct made *made, virStoragePoolPtr pool, const char *file,
                 xmlDoc *definition, GError **error);
