/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/host.h"

#include <string.h>

#include "core/base/thread.h"
#include "core/host/connection.h"
#include "core/host/demo.h"
#include "core/host/host-private.h"
#include "core/host/poller.h"

#define INTERVAL_MIN_MS 500
#define INTERVAL_MAX_MS 60000

/* Idle connections kept for the next job. */
#define IDLE_MAX 2

#define LAST_ROUNDS 100

/* When libvirt keeps the watcher waiting for this long, what is shown is called stale: a frozen daemon must
 * be told within 20 s. */
#define SILENCE_US (6 * G_TIME_SPAN_SECOND)

struct host {
    struct store *store; /* the poller's; lives as long as it */
    struct poller *poller;
    char *uri;
    gboolean read_only, demo;
    GPtrArray *subscribers; /* struct subscriber; main thread */
    guint silence_source;
    gboolean said_silent;
    struct notifier *notifier;
    GMutex lock;
    GPtrArray *idle; /* virConnectPtr */
};

struct subscriber {
    void (*changed)(gpointer data);
    gpointer data;
};

/* The poller's threads may outlive the host, so they tell this. */
struct notifier {
    gatomicrefcount references;
    gint queued;       /* atomic: a call on the main thread is on its way */
    struct host *host; /* NULL once the host is gone; main thread */
};

static void notifier_unref(gpointer data) {
    struct notifier *notifier = data;
    if (g_atomic_ref_count_dec(&notifier->references))
        g_free(notifier);
}

static gboolean tell_subscribers(gpointer data) {
    struct notifier *notifier = data;
    g_atomic_int_set(&notifier->queued, 0);
    struct host *host = notifier->host;
    for (guint i = 0; host != NULL && i < host->subscribers->len; i++) {
        struct subscriber *subscriber = g_ptr_array_index(host->subscribers, i);
        subscriber->changed(subscriber->data);
    }
    return G_SOURCE_REMOVE;
}

static void published(gpointer data) {
    struct notifier *notifier = data;
    if (!g_atomic_int_compare_and_exchange(&notifier->queued, 0, 1))
        return;
    g_atomic_ref_count_inc(&notifier->references);
    on_main_thread(tell_subscribers, notifier, notifier_unref);
}

static gboolean check_silence(gpointer data) {
    struct host *host = data;
    gint64 waited = poller_waiting(host->poller);
    g_autoptr(snapshot_t) snapshot = store_snapshot(host->store);
    if (waited > SILENCE_US && snapshot->link == LINK_UP) {
        g_autoptr(GError) error = NULL;
        error_set(&error, INNKEEP_ERROR_NO_CONNECTION, NULL, "libvirt does not answer");
        store_set_link(host->store, LINK_LOST, error);
        store_publish(host->store);
        host->said_silent = TRUE;
    } else if (host->said_silent && waited < SILENCE_US) {
        host->said_silent = FALSE;
        if (snapshot->link == LINK_LOST && g_strcmp0(snapshot->link_error, "libvirt does not answer") == 0) {
            store_set_link(host->store, LINK_UP, NULL);
            store_publish(host->store);
        }
    }
    return G_SOURCE_CONTINUE;
}

struct host *host_new(const struct host_options *options) {
    struct host *host = g_new0(struct host, 1);
    g_mutex_init(&host->lock);
    host->uri = g_strdup(connection_choose_uri(options));
    host->read_only = options->read_only;
    host->demo = options->demo;
    host->subscribers = g_ptr_array_new_with_free_func(g_free);
    host->idle = g_ptr_array_new();
    libvirt_quiet();
    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
        g_error("libvirt cannot be initialized: %s", virGetLastErrorMessage());
    host->store = store_new(host->uri);
    host->poller = poller_new(host->store, host->uri, host->read_only, options->memory_statistics,
                              CLAMP(options->interval_ms, INTERVAL_MIN_MS, INTERVAL_MAX_MS));
    host->notifier = g_new0(struct notifier, 1);
    g_atomic_ref_count_init(&host->notifier->references);
    g_atomic_ref_count_inc(&host->notifier->references);
    host->notifier->host = host;
    store_set_listener(host->store, published, host->notifier, notifier_unref);
    return host;
}

void host_start(struct host *host) {
    if (host->demo)
        demo_furnish(host->uri);
    poller_start(host->poller);
    host->silence_source = g_timeout_add_seconds(1, check_silence, host);
}

void host_free(struct host *host) {
    if (host == NULL)
        return;
    g_clear_handle_id(&host->silence_source, g_source_remove);
    host->notifier->host = NULL;
    notifier_unref(host->notifier);
    poller_stop(host->poller);
    g_ptr_array_unref(host->subscribers);
    for (guint i = 0; i < host->idle->len; i++)
        virConnectClose(g_ptr_array_index(host->idle, i));
    g_ptr_array_unref(host->idle);
    /* What libvirt has still to free, such as the callbacks of events, it frees from its event loop. */
    for (int i = 0; i < LAST_ROUNDS && g_main_context_iteration(NULL, FALSE); i++)
        continue;
    g_mutex_clear(&host->lock);
    g_free(host->uri);
    g_free(host);
}

struct snapshot *host_snapshot(struct host *host) {
    return store_snapshot(host->store);
}

void host_subscribe(struct host *host, void (*changed)(gpointer data), gpointer data) {
    struct subscriber *subscriber = g_new(struct subscriber, 1);
    subscriber->changed = changed;
    subscriber->data = data;
    g_ptr_array_add(host->subscribers, subscriber);
}

void host_unsubscribe(struct host *host, gpointer data) {
    for (guint i = host->subscribers->len; i-- > 0;)
        if (((struct subscriber *)g_ptr_array_index(host->subscribers, i))->data == data)
            g_ptr_array_remove_index(host->subscribers, i);
}

void host_set_listener(struct host *host, host_listener listener, gpointer data) {
    poller_set_listener(host->poller, listener, data);
}

void host_set_interval(struct host *host, guint interval_ms) {
    poller_set_interval(host->poller, CLAMP(interval_ms, INTERVAL_MIN_MS, INTERVAL_MAX_MS));
}

guint host_interval(const struct host *host) {
    return poller_interval(host->poller);
}

gboolean host_read_only(const struct host *host) {
    return host->read_only;
}

const char *host_uri(const struct host *host) {
    return host->uri;
}

void host_refresh(struct host *host) {
    poller_refresh(host->poller);
}

static void woken(gpointer data) {
    (void)data;
}

static gboolean time_is_up(gpointer data) {
    *(gboolean *)data = TRUE;
    return G_SOURCE_REMOVE;
}

gboolean host_wait_listed(struct host *host, guint timeout_ms, GError **error) {
    gboolean late = FALSE;
    guint source = g_timeout_add(timeout_ms, time_is_up, &late);
    host_subscribe(host, woken, &late);
    g_autoptr(snapshot_t) snapshot = host_snapshot(host);
    while (!late && snapshot->link == LINK_CONNECTING) {
        g_main_context_iteration(NULL, TRUE);
        snapshot_unref(snapshot);
        snapshot = host_snapshot(host);
    }
    host_unsubscribe(host, &late);
    if (!late)
        g_source_remove(source);
    if (snapshot->link == LINK_UP)
        return TRUE;
    if (snapshot->link == LINK_LOST)
        error_set(error, INNKEEP_ERROR_NO_CONNECTION, snapshot->link_hint, "%s", snapshot->link_error);
    else
        error_set(error, INNKEEP_ERROR_NO_CONNECTION, NULL, "%s does not answer", host->uri);
    return FALSE;
}

void host_set_going_down(struct host *host, const char *uuid, gboolean going_down) {
    store_set_going_down(host->store, uuid, going_down);
    store_publish(host->store);
    if (!going_down)
        poller_touch(host->poller, uuid);
}

void host_set_frozen(struct host *host, const char *uuid, gboolean frozen) {
    store_set_frozen(host->store, uuid, frozen);
    store_publish(host->store);
}

void host_touch(struct host *host, const char *uuid) {
    poller_touch(host->poller, uuid);
}

virConnectPtr host_take_connection(struct host *host, GError **error) {
    virConnectPtr connection = NULL;
    do {
        libvirt_connect_close(connection);
        g_mutex_lock(&host->lock);
        connection = host->idle->len == 0 ? NULL : g_ptr_array_steal_index_fast(host->idle, 0);
        g_mutex_unlock(&host->lock);
    } while (connection != NULL && virConnectIsAlive(connection) != 1);
    return connection != NULL ? connection : connection_open(host->uri, host->read_only, error);
}

void host_return_connection(struct host *host, virConnectPtr connection) {
    gboolean alive = virConnectIsAlive(connection) == 1;
    g_mutex_lock(&host->lock);
    gboolean keep = alive && host->idle->len < IDLE_MAX;
    if (keep)
        g_ptr_array_add(host->idle, connection);
    g_mutex_unlock(&host->lock);
    if (!keep)
        virConnectClose(connection);
}
