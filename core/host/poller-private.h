/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"
#include "core/host/poller.h"

/* Calls that never came back hold one of libvirtd's 20 workers each, so they are few: with four workers for
 * actions and one for power off, at most 8 calls of innkeep's are ever stuck. */
#define PARKED_MAX 3

/* One thread of the slow tier. Freed by its own thread. */
struct slow {
    struct poller *poller; /* the thread holds a reference */
    gint64 busy_since;     /* when the running call began; 0: between rounds */
    gboolean parked;
    char *asking_agent; /* UUID of the guest whose agent is being asked */
};

struct poller {
    gatomicrefcount references;
    struct store *store;
    char *uri;
    gboolean read_only, memory_statistics, local;
    host_listener listener; /* main thread */
    gpointer listener_data;
    GMutex lock; /* guards what follows */
    GCond wake;
    guint interval_ms;
    gboolean stopping, link_closed, refresh;
    gboolean round_ended;     /* the slow tier's; its suspects are to be looked at */
    GHashTable *touched;      /* UUIDs that want a look */
    GHashTable *suspects;     /* UUIDs whose monitor was busy when the slow tier asked */
    GHashTable *agent_silent; /* UUIDs whose agent kept a call for too long */
    gint64 watcher_busy_since;
    struct slow *slow; /* the one that is not parked; NULL while there is none */
    guint parked;
    guint threads;           /* that run */
    GPtrArray *ended;        /* GThread: those that are at their end, to be joined */
    gboolean call_per_guest; /* near enough for a call a guest; else CPU time comes with the slow tier */
};

/* Starts a thread that ends with poller_thread_ends(). */
void poller_thread(struct poller *poller, const char *name, GThreadFunc run, gpointer data);
void poller_thread_ends(struct poller *poller);

struct poller *poller_ref(struct poller *poller);
void poller_unref(struct poller *poller);

gpointer watcher_main(gpointer poller); /* thread; owns a reference */

/* Begins to find out whether hardware virtualisation works. */
void poller_probe(struct poller *poller);

/* Starts the slow tier where none runs and not too many calls are parked. */
void slow_start(struct poller *poller);

/* How long the slow tier's running call has taken, in µs; 0: none runs. */
gint64 slow_busy(struct poller *poller);

/* Leaves the slow tier's call to itself if it has taken longer than limit µs. */
void slow_park(struct poller *poller, gint64 limit);

/* From when on, in µs, a call counts as stuck. A round of the slow tier begins within one interval of a
 * guest's stop, so that half an interval, and a quarter until the watcher looks, show it within two. */
gint64 poller_stuck_after(struct poller *poller);

/* Registers for all that tells of a change, and for the link's end. FALSE when refused. */
gboolean events_register(struct poller *poller, virConnectPtr connection, GArray *ids);
void events_deregister(virConnectPtr connection, GArray *ids);

/* Leases of the networks, then agents and the ARP table for guests without one; false: stop. Slow tier's
 * thread. */
gboolean addresses_poll(struct slow *slow, virConnectPtr connection, GHashTable *domains, guint round);

/* Marks the beginning of the next call; FALSE when the thread was parked or all is to end. */
gboolean slow_step(struct slow *slow);
