/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/model.h"

/* One libvirt host, watched: it connects, follows events, polls, reconnects, and publishes snapshots. */
struct host;

struct host_options {
    const char *uri; /* NULL: $LIBVIRT_DEFAULT_URI, then the local system, then session */
    gboolean read_only;
    gboolean demo; /* libvirt's in-process test driver with a sample house */
    gboolean memory_statistics;
    guint interval_ms;
};

/* Main thread, before the main loop runs; starts nothing yet. The options are copied. */
struct host *host_new(const struct host_options *options);

/* Starts the threads that connect and poll. Main thread. */
void host_start(struct host *host);

/* Stops everything and frees; waits for no call that is stuck: such a thread cleans up after itself. Main
 * thread. */
void host_free(struct host *host);

/* The newest snapshot, never NULL; the caller's reference. Any thread. */
struct snapshot *host_snapshot(struct host *host);

/* changed(data) is called on the main thread after a new snapshot was published (several may fold into one
 * call). */
void host_subscribe(struct host *host, void (*changed)(gpointer data), gpointer data);

/* Ends the calls that were subscribed with that data. Main thread. */
void host_unsubscribe(struct host *host, gpointer data);

/* What libvirt told of a guest; all borrowed, detail may be NULL. */
struct host_event {
    const char *kind; /* lifecycle, agent, device, metadata, monitor */
    const char *guest, *uuid;
    const char *action; /* "started" */
    const char *detail; /* "booted" */
};

typedef void (*host_listener)(const struct host_event *event, gpointer data);

/* listener is called on the main thread for each event, as libvirt tells it, from within libvirt: it must
 * make no call there. One listener; NULL ends it. Main thread. */
void host_set_listener(struct host *host, host_listener listener, gpointer data);

/* Milliseconds between two polls, 500 to 60000; takes effect at once. */
void host_set_interval(struct host *host, guint interval_ms);
guint host_interval(const struct host *host);

gboolean host_read_only(const struct host *host);

/* The URI that is (or will be) opened. Owned by the host. */
const char *host_uri(const struct host *host);

/* Polls at once instead of at the next interval. */
void host_refresh(struct host *host);

/* Waits until the list of guests was read, or the link failed; for commands that run once. FALSE and the
 * link's error, or a time-out. Must not be the thread that runs the main loop when a loop runs elsewhere;
 * iterates the default main context itself. */
gboolean host_wait_listed(struct host *host, guint timeout_ms, GError **error);
