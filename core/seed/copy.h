/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/provision/work.h"

/* The seed of a guest that is copied: the copy gets one of its own, with the source's user data and an
 * instance and a host name of its own, so that cloud-init in the copy begins anew, and with what renews the
 * machine-id and DHCP leases before an address is asked for. */

/* The guest's disk that is the seed innkeep made for it, or NULL; borrowed. */
const struct guest_disk *seed_copy_disk(const struct guest_facts *facts);

/* Whether the guest is set up by cloud-init, so that its copy gets a seed. */
gboolean seed_copy_wanted(const struct guest_facts *facts);

/* What a person should know of the identity inside a copy with that definition, or NULL; static. */
const char *seed_copy_note(const struct guest_facts *facts, xmlDoc *domain);

/* Makes the copy's seed and puts it into the copy's definition: with the user data of the source's, or, where
 * that has been taken out of the source, with what renews the machine and leaves its users as they are. The
 * new volume's path, or NULL and an error; the caller's. */
char *seed_copy(struct work *work, struct made *made, virStoragePoolPtr pool, const struct guest_facts *facts,
                xmlDoc *domain, GError **error);
