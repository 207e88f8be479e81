/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/poller-private.h"

#include "core/host/connection.h"
#include "core/host/stats.h"

/* The slow tier uses at most this share of the time, whatever the number of guests. */
#define SHARE 4

/* Seconds between two reports of a guest's balloon driver. */
#define REPORT_SECONDS 2

/* More of a guest's disks are not asked for: one that is full is enough to know. */
#define DISKS_MAX 64

static void slow_free(struct slow *slow) {
    struct poller *poller = slow->poller;
    g_free(slow->asking_agent);
    g_free(slow);
    poller_thread_ends(poller);
}

gboolean slow_step(struct slow *slow) {
    struct poller *poller = slow->poller;
    g_mutex_lock(&poller->lock);
    slow->busy_since = g_get_monotonic_time();
    gboolean go_on = !slow->parked && !poller->stopping;
    g_mutex_unlock(&poller->lock);
    return go_on;
}

gint64 slow_busy(struct poller *poller) {
    g_mutex_lock(&poller->lock);
    gint64 since = poller->slow == NULL ? 0 : poller->slow->busy_since;
    g_mutex_unlock(&poller->lock);
    return since == 0 ? 0 : g_get_monotonic_time() - since;
}

void slow_park(struct poller *poller, gint64 limit) {
    g_mutex_lock(&poller->lock);
    struct slow *slow = poller->slow;
    if (slow != NULL && slow->busy_since != 0 && g_get_monotonic_time() - slow->busy_since >= limit) {
        if (slow->asking_agent != NULL)
            g_hash_table_add(poller->agent_silent, g_strdup(slow->asking_agent));
        slow->parked = TRUE;
        poller->slow = NULL;
        poller->parked++;
    }
    g_mutex_unlock(&poller->lock);
}

static virDomainPtr domain_of(virConnectPtr connection, GHashTable *domains, const char *uuid) {
    virDomainPtr domain = g_hash_table_lookup(domains, uuid);
    if (domain == NULL && (domain = virDomainLookupByUUIDString(connection, uuid)) != NULL)
        g_hash_table_insert(domains, g_strdup(uuid), domain);
    return domain;
}

static void note_suspects(struct poller *poller, GHashTable *asked, GHashTable *answered) {
    GHashTableIter iter;
    gpointer uuid;
    g_mutex_lock(&poller->lock);
    g_hash_table_remove_all(poller->suspects);
    g_hash_table_iter_init(&iter, asked);
    while (g_hash_table_iter_next(&iter, &uuid, NULL))
        if (!g_hash_table_contains(answered, uuid))
            g_hash_table_add(poller->suspects, g_strdup(uuid));
    g_mutex_unlock(&poller->lock);
}

static void take_records(struct slow *slow, virDomainStatsRecordPtr *records, int count, GHashTable *asked) {
    g_autoptr(GHashTable) answered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct guest_sample sample;
    char uuid[VIR_UUID_STRING_BUFLEN];
    for (int i = 0; i < count; i++) {
        virDomainGetUUIDString(records[i]->dom, uuid);
        if (stats_answered(records[i]))
            g_hash_table_add(answered, g_strdup(uuid));
        stats_sample(records[i], g_get_monotonic_time(), &sample);
        store_sample(slow->poller->store, uuid, &sample);
    }
    note_suspects(slow->poller, asked, answered);
}

/* Balloon and disks of all guests that answer. FALSE: stop. */
static gboolean poll_statistics(struct slow *slow, virConnectPtr connection, GHashTable *domains) {
    struct poller *poller = slow->poller;
    g_autoptr(GPtrArray) uuids = store_uuids(poller->store, WHICH_ACTIVE);
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    g_autoptr(GHashTable) asked = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < uuids->len; i++) {
        virDomainPtr domain = domain_of(connection, domains, g_ptr_array_index(uuids, i));
        if (domain == NULL)
            continue;
        g_ptr_array_add(list, domain);
        g_hash_table_add(asked, g_ptr_array_index(uuids, i));
    }
    if (list->len == 0)
        return slow_step(slow);
    g_ptr_array_add(list, NULL);
    unsigned int groups = VIR_DOMAIN_STATS_BALLOON | VIR_DOMAIN_STATS_BLOCK;
    if (!poller->call_per_guest)
        groups |= VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_VCPU;
    virDomainStatsRecordPtr *records = NULL;
    if (!slow_step(slow))
        return FALSE;
    int count = virDomainListGetStats((virDomainPtr *)list->pdata, groups, &records,
                                      VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
    gboolean go_on = slow_step(slow);
    if (count >= 0 && go_on)
        take_records(slow, records, count, asked);
    virDomainStatsRecordListFree(records);
    return go_on && (count >= 0 || virConnectIsAlive(connection) == 1);
}

static gboolean is_suspect(struct poller *poller, const char *uuid) {
    g_mutex_lock(&poller->lock);
    gboolean suspect = g_hash_table_contains(poller->suspects, uuid);
    g_mutex_unlock(&poller->lock);
    return suspect;
}

/* A balloon driver reports nothing until it is asked to. Live only: the stored definition stays as it is. */
static gboolean ask_for_reports(struct slow *slow, virConnectPtr connection, GHashTable *domains) {
    struct poller *poller = slow->poller;
    if (!poller->memory_statistics || poller->read_only)
        return TRUE;
    g_autoptr(GPtrArray) uuids = store_uuids(poller->store, WHICH_NO_STATISTICS);
    for (guint i = 0; i < uuids->len; i++) {
        const char *uuid = g_ptr_array_index(uuids, i);
        virDomainPtr domain = domain_of(connection, domains, uuid);
        if (!slow_step(slow))
            return FALSE;
        if (domain == NULL || is_suspect(poller, uuid))
            continue;
        if (virDomainSetMemoryStatsPeriod(domain, REPORT_SECONDS, VIR_DOMAIN_AFFECT_LIVE) < 0)
            g_debug("%s reports no memory statistics: %s", uuid, virGetLastErrorMessage());
        else
            poller_touch(poller, uuid);
    }
    return slow_step(slow);
}

/* Whether QEMU says of one of its disks that there was no more space. */
static const char *trouble_of(virDomainPtr domain) {
    virDomainDiskError errors[DISKS_MAX];
    int count = virDomainGetDiskErrors(domain, errors, DISKS_MAX, 0);
    gboolean full = FALSE;
    if (count < 0)
        g_debug("%s: its disks' errors are not told: %s", virDomainGetName(domain), virGetLastErrorMessage());
    for (int i = 0; i < count; i++) {
        full = full || errors[i].error == VIR_DOMAIN_DISK_ERROR_NO_SPACE;
        free(errors[i].disk);
    }
    return full ? "no space left for its disk" : "an I/O error of its disk";
}

static gboolean look_for_trouble(struct slow *slow, virConnectPtr connection, GHashTable *domains) {
    struct poller *poller = slow->poller;
    g_autoptr(GPtrArray) uuids = store_uuids(poller->store, WHICH_IO_ERROR);
    for (guint i = 0; i < uuids->len; i++) {
        const char *uuid = g_ptr_array_index(uuids, i);
        virDomainPtr domain = domain_of(connection, domains, uuid);
        if (!slow_step(slow))
            return FALSE;
        if (domain != NULL && !is_suspect(poller, uuid))
            store_set_trouble(poller->store, uuid, trouble_of(domain));
    }
    return slow_step(slow);
}

static gboolean slow_round(struct slow *slow, virConnectPtr connection, GHashTable *domains, guint round) {
    gboolean go_on =
        poll_statistics(slow, connection, domains) && look_for_trouble(slow, connection, domains) &&
        ask_for_reports(slow, connection, domains) && addresses_poll(slow, connection, domains, round);
    struct poller *poller = slow->poller;
    g_mutex_lock(&poller->lock);
    poller->round_ended = poller->round_ended || go_on;
    g_cond_broadcast(&poller->wake);
    g_mutex_unlock(&poller->lock);
    return go_on;
}

/* Waits for the next round. FALSE: stop. */
static gboolean slow_wait(struct slow *slow, gint64 began) {
    struct poller *poller = slow->poller;
    g_mutex_lock(&poller->lock);
    gint64 took = g_get_monotonic_time() - began;
    gint64 next = began + MAX(poller->interval_ms * G_TIME_SPAN_MILLISECOND, took * SHARE);
    slow->busy_since = 0;
    while (!slow->parked && !poller->stopping && !poller->link_closed &&
           g_cond_wait_until(&poller->wake, &poller->lock, next))
        continue;
    gboolean go_on = !slow->parked && !poller->stopping && !poller->link_closed;
    g_mutex_unlock(&poller->lock);
    return go_on;
}

static gpointer slow_main(gpointer data) {
    struct slow *slow = data;
    struct poller *poller = slow->poller;
    g_autoptr(GError) error = NULL;
    g_autoptr(GHashTable) domains =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)libvirt_domain_free);
    virConnectPtr connection = connection_open(poller->uri, poller->read_only, &error);
    guint round = 0;
    gint64 began;
    do {
        began = g_get_monotonic_time();
    } while (connection != NULL && slow_step(slow) && slow_round(slow, connection, domains, round++) &&
             slow_wait(slow, began));
    g_hash_table_remove_all(domains);
    libvirt_connect_close(connection);
    g_mutex_lock(&poller->lock);
    if (slow->parked)
        poller->parked--;
    else
        poller->slow = NULL;
    g_cond_broadcast(&poller->wake);
    g_mutex_unlock(&poller->lock);
    slow_free(slow);
    return NULL;
}

void slow_start(struct poller *poller) {
    struct slow *slow = NULL;
    g_mutex_lock(&poller->lock);
    if (poller->slow == NULL && poller->parked < PARKED_MAX && !poller->stopping) {
        slow = poller->slow = g_new0(struct slow, 1);
        slow->poller = poller;
        slow->busy_since = g_get_monotonic_time();
    }
    g_mutex_unlock(&poller->lock);
    if (slow != NULL)
        poller_thread(poller, "slow-tier", slow_main, slow);
}
