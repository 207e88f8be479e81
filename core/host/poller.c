/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/poller-private.h"

#include "core/host/connection.h"
#include "core/host/kvm.h"

/* Threads whose libvirt answers close their connections within this time; one that is stuck is left to
 * itself. */
#define FAREWELL_US (500 * G_TIME_SPAN_MILLISECOND)

#define STUCK_MIN_US (300 * G_TIME_SPAN_MILLISECOND)

struct poller *poller_ref(struct poller *poller) {
    g_atomic_ref_count_inc(&poller->references);
    return poller;
}

void poller_unref(struct poller *poller) {
    if (!g_atomic_ref_count_dec(&poller->references))
        return;
    g_ptr_array_unref(poller->ended);
    g_hash_table_unref(poller->touched);
    g_hash_table_unref(poller->suspects);
    g_hash_table_unref(poller->agent_silent);
    g_mutex_clear(&poller->lock);
    g_cond_clear(&poller->wake);
    store_free(poller->store);
    g_free(poller->uri);
    g_free(poller);
}

static GHashTable *uuid_set(void) {
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

struct poller *poller_new(struct store *store, const char *uri, gboolean read_only,
                          gboolean memory_statistics, guint interval_ms) {
    struct poller *poller = g_new0(struct poller, 1);
    g_atomic_ref_count_init(&poller->references);
    g_mutex_init(&poller->lock);
    g_cond_init(&poller->wake);
    poller->store = store;
    poller->uri = g_strdup(uri);
    poller->local = connection_is_local(uri);
    poller->read_only = read_only;
    poller->memory_statistics = memory_statistics;
    poller->interval_ms = interval_ms;
    poller->touched = uuid_set();
    poller->suspects = uuid_set();
    poller->agent_silent = uuid_set();
    poller->ended = g_ptr_array_new_with_free_func((GDestroyNotify)g_thread_unref);
    return poller;
}

/* Whether hardware virtualisation works is found beside all else: the probe may take seconds. */
static gpointer probe_main(gpointer data) {
    struct poller *poller = data;
    virConnectPtr connection = connection_open(poller->uri, TRUE, NULL);
    if (connection != NULL) {
        store_set_hardware_virtualization(poller->store, kvm_works(connection, poller->local));
        store_publish(poller->store);
    }
    libvirt_connect_close(connection);
    poller_thread_ends(poller);
    return NULL;
}

void poller_probe(struct poller *poller) {
    poller_thread(poller, "kvm-probe", probe_main, poller);
}

/* Waits for those that said they end. Called with the lock held, which they no longer want. */
static void join_ended(struct poller *poller) {
    while (poller->ended->len > 0)
        g_thread_join(g_ptr_array_steal_index_fast(poller->ended, 0));
}

void poller_thread(struct poller *poller, const char *name, GThreadFunc run, gpointer data) {
    poller_ref(poller);
    g_mutex_lock(&poller->lock);
    join_ended(poller);
    poller->threads++;
    g_mutex_unlock(&poller->lock);
    g_thread_unref(g_thread_new(name, run, data));
}

void poller_thread_ends(struct poller *poller) {
    g_mutex_lock(&poller->lock);
    poller->threads--;
    g_ptr_array_add(poller->ended, g_thread_ref(g_thread_self()));
    g_cond_broadcast(&poller->wake);
    g_mutex_unlock(&poller->lock);
    poller_unref(poller);
}

void poller_start(struct poller *poller) {
    poller_thread(poller, "watcher", watcher_main, poller);
}

void poller_stop(struct poller *poller) {
    g_mutex_lock(&poller->lock);
    poller->stopping = TRUE;
    g_cond_broadcast(&poller->wake);
    gint64 until = g_get_monotonic_time() + FAREWELL_US;
    while (poller->threads > 0 && g_cond_wait_until(&poller->wake, &poller->lock, until))
        continue;
    join_ended(poller);
    g_mutex_unlock(&poller->lock);
    poller_unref(poller);
}

void poller_set_interval(struct poller *poller, guint interval_ms) {
    g_mutex_lock(&poller->lock);
    poller->interval_ms = interval_ms;
    g_cond_broadcast(&poller->wake);
    g_mutex_unlock(&poller->lock);
}

guint poller_interval(struct poller *poller) {
    g_mutex_lock(&poller->lock);
    guint interval_ms = poller->interval_ms;
    g_mutex_unlock(&poller->lock);
    return interval_ms;
}

void poller_refresh(struct poller *poller) {
    g_mutex_lock(&poller->lock);
    poller->refresh = TRUE;
    g_cond_broadcast(&poller->wake);
    g_mutex_unlock(&poller->lock);
}

void poller_touch(struct poller *poller, const char *uuid) {
    g_mutex_lock(&poller->lock);
    g_hash_table_add(poller->touched, g_strdup(uuid));
    g_cond_broadcast(&poller->wake);
    g_mutex_unlock(&poller->lock);
}

void poller_set_listener(struct poller *poller, host_listener listener, gpointer data) {
    poller->listener = listener;
    poller->listener_data = data;
}

gint64 poller_waiting(struct poller *poller) {
    g_mutex_lock(&poller->lock);
    gint64 since = poller->watcher_busy_since;
    g_mutex_unlock(&poller->lock);
    return since == 0 ? 0 : g_get_monotonic_time() - since;
}

gint64 poller_stuck_after(struct poller *poller) {
    return MAX(STUCK_MIN_US, poller_interval(poller) * G_TIME_SPAN_MILLISECOND / 2);
}
