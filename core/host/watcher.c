/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/poller-private.h"

#include <string.h>

#include "core/host/connection.h"
#include "core/host/process.h"
#include "core/host/sight.h"
#include "core/host/stats.h"

#define BACKOFF_FIRST_US (G_TIME_SPAN_SECOND / 2)
#define BACKOFF_LAST_US  (10 * G_TIME_SPAN_SECOND)

/* A round trip longer than this makes one call a guest dearer than one bulk call (20 guests: 3 ms by GetInfo,
 * 23 ms in bulk, both on a local socket; measured on libvirt 9.0). */
#define NEAR_US (2 * G_TIME_SPAN_MILLISECOND)

/* A slow call that holds no guest's monitor (an agent, a lease file) is given this long. */
#define PATIENCE_US (5 * G_TIME_SPAN_SECOND)

/* What the watcher's thread has for itself while a link is up. */
struct watch {
    struct poller *poller;
    virConnectPtr connection;
    GHashTable *domains; /* UUID -> virDomainPtr */
    GArray *event_ids;
    gboolean qemu;
    gint64 next_poll;
};

static void busy(struct poller *poller, gboolean is_busy) {
    g_mutex_lock(&poller->lock);
    poller->watcher_busy_since = is_busy ? g_get_monotonic_time() : 0;
    g_mutex_unlock(&poller->lock);
}

static virDomainPtr domain_of(struct watch *watch, const char *uuid) {
    virDomainPtr domain = g_hash_table_lookup(watch->domains, uuid);
    if (domain != NULL)
        return domain;
    domain = virDomainLookupByUUIDString(watch->connection, uuid);
    if (domain != NULL)
        g_hash_table_insert(watch->domains, g_strdup(uuid), domain);
    return domain;
}

/* A kept pointer has the ID of when it was made, so a guest that changed is looked up anew. */
static gboolean look_at(struct watch *watch, const char *uuid, GHashTable *started) {
    g_hash_table_remove(watch->domains, uuid);
    virDomainPtr domain = domain_of(watch, uuid);
    if (domain != NULL)
        return sight_guest(watch->poller->store, domain, started);
    virErrorPtr last = virGetLastError();
    if (last != NULL && last->code == VIR_ERR_NO_DOMAIN) {
        store_forget_guest(watch->poller->store, uuid);
        return TRUE;
    }
    return virConnectIsAlive(watch->connection) == 1;
}

static gboolean look_at_touched(struct watch *watch) {
    struct poller *poller = watch->poller;
    g_mutex_lock(&poller->lock);
    g_autoptr(GHashTable) touched = poller->touched;
    poller->touched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_mutex_unlock(&poller->lock);
    if (g_hash_table_size(touched) == 0)
        return TRUE;
    g_autoptr(GHashTable) started = poller->local ? process_scan() : NULL;
    GHashTableIter iter;
    gpointer uuid;
    g_hash_table_iter_init(&iter, touched);
    while (g_hash_table_iter_next(&iter, &uuid, NULL))
        if (!look_at(watch, uuid, started))
            return FALSE;
    store_publish(poller->store);
    return TRUE;
}

static GPtrArray *domains_of(struct watch *watch, enum store_which which) {
    g_autoptr(GPtrArray) uuids = store_uuids(watch->poller->store, which);
    GPtrArray *domains = g_ptr_array_new();
    for (guint i = 0; i < uuids->len; i++) {
        virDomainPtr domain = domain_of(watch, g_ptr_array_index(uuids, i));
        if (domain != NULL)
            g_ptr_array_add(domains, domain);
    }
    return domains;
}

static void take_record(struct watch *watch, const virDomainStatsRecord *record) {
    char uuid[VIR_UUID_STRING_BUFLEN];
    struct guest_sample sample;
    virDomainInfo info;
    virDomainGetUUIDString(record->dom, uuid);
    stats_sample(record, g_get_monotonic_time(), &sample);
    virDomainPtr domain = watch->poller->call_per_guest ? domain_of(watch, uuid) : NULL;
    if (domain != NULL && virDomainGetInfo(domain, &info) == 0) {
        sample.at = g_get_monotonic_time();
        sample.cpu_time = info.cpuTime;
        sample.vcpus = info.nrVirtCpu;
        sample.memory_current = (guint64)info.memory * 1024;
    }
    store_sample(watch->poller->store, uuid, &sample);
}

static gboolean poll_guests(struct watch *watch) {
    g_autoptr(GPtrArray) domains = domains_of(watch, WHICH_ACTIVE);
    if (domains->len == 0)
        return TRUE;
    g_ptr_array_add(domains, NULL);
    virDomainStatsRecordPtr *records = NULL;
    int count = virDomainListGetStats((virDomainPtr *)domains->pdata,
                                      VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_INTERFACE, &records,
                                      VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
    if (count < 0)
        return virConnectIsAlive(watch->connection) == 1;
    for (int i = 0; i < count; i++)
        take_record(watch, records[i]);
    virDomainStatsRecordListFree(records);
    return TRUE;
}

/* Whether a guest's monitor has held its command for too long. -1: libvirt does not tell. */
static int is_silent(virDomainPtr domain, gint64 stuck_after) {
    virDomainControlInfo info;
    if (virDomainGetControlInfo(domain, &info, 0) < 0)
        return -1;
    if (info.state == VIR_DOMAIN_CONTROL_ERROR)
        return 1;
    return info.state == VIR_DOMAIN_CONTROL_OCCUPIED &&
           (gint64)info.stateTime * G_TIME_SPAN_MILLISECOND >= stuck_after;
}

static guint check_silence_of(struct watch *watch, GPtrArray *uuids, gint64 stuck_after) {
    guint found = 0;
    for (guint i = 0; i < uuids->len; i++) {
        const char *uuid = g_ptr_array_index(uuids, i);
        virDomainPtr domain = domain_of(watch, uuid);
        int silent = domain == NULL ? -1 : is_silent(domain, stuck_after);
        if (silent >= 0)
            store_set_responding(watch->poller->store, uuid, !silent);
        found += silent == 1;
    }
    return found;
}

/* UUIDs to ask: those whose monitor was busy, or, when the slow tier's call does not come back, all. */
static GPtrArray *suspects(struct poller *poller, gboolean all) {
    if (all)
        return store_uuids(poller->store, WHICH_ACTIVE);
    GPtrArray *uuids = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer uuid;
    g_mutex_lock(&poller->lock);
    g_hash_table_iter_init(&iter, poller->suspects);
    while (g_hash_table_iter_next(&iter, &uuid, NULL))
        g_ptr_array_add(uuids, g_strdup(uuid));
    g_mutex_unlock(&poller->lock);
    return uuids;
}

/* Finds the guests that hold our calls, and those that let go. TRUE when there is or was one. */
static gboolean check_silence(struct watch *watch, gint64 stuck_after, gboolean stuck) {
    struct poller *poller = watch->poller;
    g_autoptr(GPtrArray) silent = store_uuids(poller->store, WHICH_SILENT);
    g_autoptr(GPtrArray) asked = suspects(poller, stuck);
    check_silence_of(watch, silent, stuck_after);
    guint found = check_silence_of(watch, asked, stuck_after);
    if (stuck)
        slow_park(poller, found > 0 ? stuck_after : PATIENCE_US);
    return silent->len + found > 0;
}

/* A round of the slow tier counts once its suspects were looked at. */
static gboolean take_round_ended(struct poller *poller) {
    g_mutex_lock(&poller->lock);
    gboolean ended = poller->round_ended;
    poller->round_ended = FALSE;
    g_mutex_unlock(&poller->lock);
    return ended;
}

static gboolean round_of(struct watch *watch) {
    struct poller *poller = watch->poller;
    busy(poller, TRUE);
    gboolean alive = look_at_touched(watch);
    gint64 now = g_get_monotonic_time();
    gint64 stuck_after = poller_stuck_after(poller);
    gboolean due = now >= watch->next_poll, publish = FALSE;
    gboolean stuck = slow_busy(poller) >= stuck_after;
    gboolean slow_ended = take_round_ended(poller);
    if (alive && watch->qemu && (due || stuck || slow_ended))
        publish = check_silence(watch, stuck_after, stuck) || slow_ended;
    if (slow_ended)
        store_end_slow_round(poller->store);
    if (alive && due) {
        sight_host_sample(poller->store, watch->connection, poller->local);
        alive = poll_guests(watch);
        watch->next_poll = now + poller_interval(poller) * G_TIME_SPAN_MILLISECOND;
        publish = TRUE;
    }
    busy(poller, FALSE);
    if (alive && publish)
        store_publish(poller->store);
    if (alive && watch->qemu)
        slow_start(poller);
    return alive;
}

/* Waits for the next poll or an event, and wakes four times an interval to see whether a slow call is stuck.
 * FALSE when the link or all is to end. */
static gboolean wait_for_work(struct watch *watch) {
    struct poller *poller = watch->poller;
    g_mutex_lock(&poller->lock);
    gint64 interval = poller->interval_ms * G_TIME_SPAN_MILLISECOND;
    gint64 wake_at = g_get_monotonic_time() + interval / 4;
    watch->next_poll = MIN(watch->next_poll, wake_at + interval); /* the interval became shorter */
    wake_at = MIN(wake_at, watch->next_poll);
    while (!poller->stopping && !poller->link_closed && !poller->refresh && !poller->round_ended &&
           g_hash_table_size(poller->touched) == 0 &&
           g_cond_wait_until(&poller->wake, &poller->lock, wake_at))
        continue;
    if (poller->refresh)
        watch->next_poll = 0;
    poller->refresh = FALSE;
    gboolean go_on = !poller->stopping && !poller->link_closed;
    g_mutex_unlock(&poller->lock);
    return go_on;
}

static gint64 round_trip(virConnectPtr connection) {
    gint64 best = G_MAXINT64;
    unsigned long version;
    for (int i = 0; i < 3; i++) {
        gint64 before = g_get_monotonic_time();
        if (virConnectGetLibVersion(connection, &version) < 0)
            return G_MAXINT64;
        best = MIN(best, g_get_monotonic_time() - before);
    }
    return best;
}

static gboolean watch_open(struct watch *watch, GError **error) {
    struct poller *poller = watch->poller;
    watch->connection = connection_open(poller->uri, poller->read_only, error);
    if (watch->connection == NULL)
        return FALSE;
    g_mutex_lock(&poller->lock);
    poller->link_closed = FALSE;
    g_hash_table_remove_all(poller->suspects);
    g_hash_table_remove_all(poller->touched);
    g_mutex_unlock(&poller->lock);
    if (!events_register(poller, watch->connection, watch->event_ids)) {
        libvirt_error_set(error, "cannot follow the events of %s", poller->uri);
        return FALSE;
    }
    watch->qemu = g_strcmp0(virConnectGetType(watch->connection), "QEMU") == 0;
    poller->call_per_guest = !watch->qemu || round_trip(watch->connection) < NEAR_US;
    sight_host(poller->store, watch->connection);
    if (!sight_all(poller->store, watch->connection, poller->local, &watch->domains, error))
        return FALSE;
    watch->next_poll = 0;
    store_set_link(poller->store, LINK_UP, NULL);
    if (!watch->qemu)
        store_end_slow_round(poller->store); /* the slow tier is for QEMU: nobody is to wait for it */
    else
        poller_probe(poller);
    store_publish(poller->store);
    return TRUE;
}

static void watch_close(struct watch *watch) {
    g_clear_pointer(&watch->domains, g_hash_table_unref);
    if (watch->connection == NULL)
        return;
    events_deregister(watch->connection, watch->event_ids);
    virConnectClose(g_steal_pointer(&watch->connection));
}

static gboolean wait_to_try_again(struct poller *poller, gint64 *backoff) {
    gint64 until = g_get_monotonic_time() + *backoff;
    *backoff = MIN(*backoff * 2, BACKOFF_LAST_US);
    g_mutex_lock(&poller->lock);
    while (!poller->stopping && !poller->refresh && g_cond_wait_until(&poller->wake, &poller->lock, until))
        continue;
    poller->refresh = FALSE;
    gboolean go_on = !poller->stopping;
    g_mutex_unlock(&poller->lock);
    return go_on;
}

gpointer watcher_main(gpointer data) {
    struct poller *poller = data;
    struct watch watch = {.poller = poller, .event_ids = g_array_new(FALSE, FALSE, sizeof(int))};
    gint64 backoff = BACKOFF_FIRST_US;
    do {
        g_autoptr(GError) error = NULL;
        busy(poller, TRUE);
        gboolean open = watch_open(&watch, &error);
        busy(poller, FALSE);
        if (open) {
            backoff = BACKOFF_FIRST_US;
            while (round_of(&watch) && wait_for_work(&watch))
                continue;
            error_set(&error, INNKEEP_ERROR_NO_CONNECTION, NULL, "the connection to %s was lost",
                      poller->uri);
        }
        busy(poller, TRUE);
        watch_close(&watch);
        busy(poller, FALSE);
        store_set_link(poller->store, LINK_LOST, error);
        store_publish(poller->store);
    } while (wait_to_try_again(poller, &backoff));
    g_array_unref(watch.event_ids);
    poller_thread_ends(poller);
    return NULL;
}
