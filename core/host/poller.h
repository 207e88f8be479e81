/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/host.h"
#include "core/host/store.h"

/* The threads that watch a host. The watcher has the connection that gets the events, looks at guests that
 * changed, and polls what does not ask QEMU (state, network, CPU time). The slow tier has a connection and a
 * thread of its own and polls what asks QEMU's monitor (balloon, disks), and addresses. A call of the slow
 * tier that does not come back is parked: its thread keeps its connection, closes it when the call returns at
 * last, and another thread goes on without the guest that holds it. */
struct poller;

/* store must live until the last reference to the poller is gone; the poller frees it then. Main thread. */
struct poller *poller_new(struct store *store, const char *uri, gboolean read_only,
                          gboolean memory_statistics, guint interval_ms);
void poller_start(struct poller *poller);

/* Tells the threads to end, gives those that can half a second for it, and drops the caller's reference. Main
 * thread. */
void poller_stop(struct poller *poller);

void poller_set_interval(struct poller *poller, guint interval_ms);
guint poller_interval(struct poller *poller);
void poller_refresh(struct poller *poller);

/* A look at that guest is due. Any thread. */
void poller_touch(struct poller *poller, const char *uuid);

/* Who hears of each event of libvirt's, or NULL. Main thread. */
void poller_set_listener(struct poller *poller, host_listener listener, gpointer data);

/* How long the watcher has been waiting for one answer of libvirt, in µs; 0: it waits for none. Any thread.
 */
gint64 poller_waiting(struct poller *poller);
