/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"
#include "core/host/store.h"

/* One careful look at guests, without asking QEMU's monitor, so that a hung one does not hold it. Blocks on
 * libvirt: the watcher's thread only. */

/* Looks at one guest and tells the store; one that is gone is forgotten. started: what process_scan() gave,
 * or NULL. FALSE when the link is dead. */
gboolean sight_guest(struct store *store, virDomainPtr domain, GHashTable *started);

/* Reads the whole list. On success *domains maps UUID -> virDomainPtr (the caller's). FALSE and an error. */
gboolean sight_all(struct store *store, virConnectPtr connection, gboolean local, GHashTable **domains,
                   GError **error);

/* libvirt's state and reason as ours; reason is static text. */
enum guest_state sight_state(int state, int reason, const char **words);

/* Bytes of the host's memory, and of those what new guests could have; UNKNOWN_SIZE where libvirt does not
 * tell. Any thread that may block. */
void sight_host_memory(virConnectPtr connection, guint64 *total, guint64 *available);

/* Host name, versions, number of CPUs. */
void sight_host(struct store *store, virConnectPtr connection);

/* Figures of the host now; local: the load is this machine's. */
void sight_host_sample(struct store *store, virConnectPtr connection, gboolean local);
