/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/store.h"

#include <string.h>

#include "config/error.h"
#include "core/host/store-private.h"

static GHashTable *addresses_new(void) {
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
}

static void record_free(gpointer data) {
    struct record *record = data;
    g_free(record->now.uuid);
    g_free(record->now.name);
    guest_facts_unref(record->now.facts);
    g_hash_table_unref(record->addresses);
    guest_unref(record->published);
    g_free(record);
}

static void record_forget_figures(struct record *record) {
    struct guest *now = &record->now;
    now->cpu_percent = now->host_cpu_percent = NAN;
    now->read_rate = now->write_rate = now->rx_rate = now->tx_rate = NAN;
    now->memory_used = now->memory_current = UNKNOWN_SIZE;
    now->memory_source = MEMORY_UNKNOWN;
    rate_reset(&record->cpu);
    rate_reset(&record->rx);
    rate_reset(&record->tx);
    rate_reset(&record->read);
    rate_reset(&record->write);
}

static void record_clear_histories(struct record *record) {
    history_clear(&record->now.cpu_history);
    history_clear(&record->now.memory_history);
    history_clear(&record->now.disk_history);
    history_clear(&record->now.network_history);
}

static struct record *record_new(const char *uuid) {
    struct record *record = g_new0(struct record, 1);
    record->now.uuid = g_strdup(uuid);
    record->now.responding = TRUE;
    record->now.block_capacity = record->now.block_allocation = UNKNOWN_SIZE;
    record->now.uptime_s = -1;
    record->started_at = -1;
    record->addresses = addresses_new();
    record_clear_histories(record);
    record_forget_figures(record);
    return record;
}

struct store *store_new(const char *uri) {
    struct store *store = g_new0(struct store, 1);
    g_mutex_init(&store->lock);
    store->records = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, record_free);
    store->next.link = LINK_CONNECTING;
    store->next.host.uri = g_strdup(uri);
    store->next.host.cpu_percent = NAN;
    store->next.host.hardware_virtualization = -1;
    for (int i = 0; i < 3; i++)
        store->next.host.load[i] = NAN;
    store->next.host.memory_total = store->next.host.memory_used = store->next.host.memory_available =
        UNKNOWN_SIZE;
    history_clear(&store->next.host.cpu_history);
    store_publish(store);
    return store;
}

void store_free(struct store *store) {
    if (store->free_data != NULL)
        store->free_data(store->data);
    g_hash_table_unref(store->records);
    snapshot_unref(store->snapshot);
    g_free(store->next.link_error);
    g_free(store->next.link_hint);
    g_free(store->next.host.hostname);
    g_free(store->next.host.uri);
    g_free(store->next.host.hypervisor);
    g_free(store->next.host.libvirt_version);
    g_free(store->next.host.hypervisor_version);
    g_mutex_clear(&store->lock);
    g_free(store);
}

void store_set_listener(struct store *store, void (*published)(gpointer data), gpointer data,
                        GDestroyNotify free_data) {
    store->published = published;
    store->data = data;
    store->free_data = free_data;
}

struct snapshot *store_snapshot(struct store *store) {
    g_mutex_lock(&store->lock);
    struct snapshot *snapshot = snapshot_ref(store->snapshot);
    g_mutex_unlock(&store->lock);
    return snapshot;
}

static GHashTable *addresses_copy(GHashTable *addresses) {
    GHashTable *copy = addresses_new();
    GHashTableIter iter;
    gpointer mac, list;
    g_hash_table_iter_init(&iter, addresses);
    while (g_hash_table_iter_next(&iter, &mac, &list))
        g_hash_table_insert(copy, g_strdup(mac), g_ptr_array_ref(list));
    return copy;
}

static struct guest *record_publish(struct record *record) {
    struct guest *guest = g_new(struct guest, 1);
    *guest = record->now;
    g_atomic_ref_count_init(&guest->references);
    guest->uuid = g_strdup(record->now.uuid);
    guest->name = g_strdup(record->now.name);
    guest->facts = guest_facts_ref(record->now.facts);
    guest->addresses = addresses_copy(record->addresses);
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    gboolean up = record->started_at >= 0 && guest_state_active(guest->state);
    guest->uptime_s = up ? MAX(0, now - record->started_at) : -1;
    return guest;
}

static gint by_name(gconstpointer a, gconstpointer b) {
    const struct guest *one = *(struct guest *const *)a, *other = *(struct guest *const *)b;
    int order = g_strcmp0(one->name, other->name);
    return order != 0 ? order : strcmp(one->uuid, other->uuid);
}

/* Nothing is known of the seconds in which it does not answer; what it did before moves on to the left. */
static void add_silence(struct record *record) {
    gint64 now = g_get_monotonic_time();
    history_add(&record->now.cpu_history, now, NAN);
    history_add(&record->now.memory_history, now, NAN);
    history_add(&record->now.disk_history, now, NAN);
    history_add(&record->now.network_history, now, NAN);
    g_clear_pointer(&record->published, guest_unref);
}

static struct snapshot *make_snapshot(struct store *store) {
    struct snapshot *snapshot = g_new(struct snapshot, 1);
    store->next.serial++;
    *snapshot = store->next;
    g_atomic_ref_count_init(&snapshot->references);
    snapshot->link_error = g_strdup(store->next.link_error);
    snapshot->link_hint = g_strdup(store->next.link_hint);
    snapshot->host.hostname = g_strdup(store->next.host.hostname);
    snapshot->host.uri = g_strdup(store->next.host.uri);
    snapshot->host.hypervisor = g_strdup(store->next.host.hypervisor);
    snapshot->host.libvirt_version = g_strdup(store->next.host.libvirt_version);
    snapshot->host.hypervisor_version = g_strdup(store->next.host.hypervisor_version);
    snapshot->guests = g_ptr_array_new_full(g_hash_table_size(store->records), (GDestroyNotify)guest_unref);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, store->records);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct record *record = value;
        if (guest_state_active(record->now.state) && !record->now.responding)
            add_silence(record);
        if (record->published == NULL)
            record->published = record_publish(record);
        g_ptr_array_add(snapshot->guests, guest_ref(record->published));
    }
    g_ptr_array_sort(snapshot->guests, by_name);
    return snapshot;
}

void store_publish(struct store *store) {
    g_mutex_lock(&store->lock);
    struct snapshot *old = store->snapshot;
    store->snapshot = make_snapshot(store);
    g_mutex_unlock(&store->lock);
    snapshot_unref(old);
    if (store->published != NULL)
        store->published(store->data);
}

static void changed(struct record *record) {
    g_clear_pointer(&record->published, guest_unref);
}

struct record *store_lock_record(struct store *store, const char *uuid) {
    g_mutex_lock(&store->lock);
    struct record *record = g_hash_table_lookup(store->records, uuid);
    if (record != NULL)
        changed(record);
    return record;
}

void store_set_link(struct store *store, enum link_state link, const GError *error) {
    g_mutex_lock(&store->lock);
    struct snapshot *next = &store->next;
    if (link == LINK_UP)
        next->stale_since = 0;
    else if (next->link == LINK_UP)
        next->stale_since = g_get_monotonic_time();
    if (link != LINK_UP)
        next->slow_rounds = 0;
    next->link = link;
    g_clear_pointer(&next->link_error, g_free);
    g_clear_pointer(&next->link_hint, g_free);
    next->link_exit = 0;
    if (error != NULL) {
        next->link_error = g_strdup(error->message);
        next->link_hint = g_strdup(error_hint(error));
        next->link_exit = error_exit_status(error);
    }
    g_mutex_unlock(&store->lock);
}

void store_end_slow_round(struct store *store) {
    g_mutex_lock(&store->lock);
    store->next.slow_rounds++;
    g_mutex_unlock(&store->lock);
}

void record_forget_trouble(struct record *record) {
    if (!guest_stopped_by_disk(&record->now))
        record->now.trouble = NULL;
}

void store_set_trouble(struct store *store, const char *uuid, const char *trouble) {
    struct record *record = store_lock_record(store, uuid);
    if (record != NULL && guest_stopped_by_disk(&record->now))
        record->now.trouble = trouble;
    g_mutex_unlock(&store->lock);
}

void store_see_guest(struct store *store, struct guest_sighting *sighting) {
    g_mutex_lock(&store->lock);
    struct record *record = g_hash_table_lookup(store->records, sighting->uuid);
    if (record == NULL) {
        record = record_new(sighting->uuid);
        g_hash_table_insert(store->records, record->now.uuid, record);
    }
    changed(record);
    struct guest *now = &record->now;
    if (now->id != sighting->id || !guest_state_active(sighting->state)) {
        record_forget_figures(record);
        g_hash_table_remove_all(record->addresses);
        now->responding = TRUE;
        if (!guest_state_active(sighting->state))
            record_clear_histories(record);
    }
    g_free(now->name);
    guest_facts_unref(now->facts);
    now->name = g_strdup(sighting->name);
    now->id = sighting->id;
    now->state = sighting->state;
    now->frozen = now->frozen && guest_state_active(now->state);
    now->reason = sighting->reason;
    record_forget_trouble(record);
    now->persistent = sighting->persistent;
    now->autostart = sighting->autostart;
    now->facts = g_steal_pointer(&sighting->facts);
    now->vcpus = now->facts->vcpus;
    now->memory_max = now->facts->memory_max;
    record->started_at = sighting->started_at;
    g_mutex_unlock(&store->lock);
}

void store_forget_guest(struct store *store, const char *uuid) {
    g_mutex_lock(&store->lock);
    g_hash_table_remove(store->records, uuid);
    g_mutex_unlock(&store->lock);
}

static gboolean not_kept(gpointer uuid, gpointer record, gpointer uuids) {
    return !g_hash_table_contains(uuids, uuid);
}

void store_keep_only(struct store *store, GHashTable *uuids) {
    g_mutex_lock(&store->lock);
    g_hash_table_foreach_remove(store->records, not_kept, uuids);
    store->next.listed = TRUE;
    g_mutex_unlock(&store->lock);
}

static char *version_text(unsigned long version) {
    return g_strdup_printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
}

void store_set_host_facts(struct store *store, const char *hostname, const char *hypervisor,
                          unsigned long libvirt_version, unsigned long hypervisor_version, guint cpus) {
    g_mutex_lock(&store->lock);
    struct host_state *host = &store->next.host;
    g_free(host->hostname);
    g_free(host->hypervisor);
    g_free(host->libvirt_version);
    g_free(host->hypervisor_version);
    host->hostname = g_strdup(hostname);
    host->hypervisor = g_strdup(hypervisor);
    host->libvirt_version = libvirt_version == 0 ? NULL : version_text(libvirt_version);
    host->hypervisor_version = hypervisor_version == 0 ? NULL : version_text(hypervisor_version);
    host->cpus = cpus;
    g_mutex_unlock(&store->lock);
}

void store_set_hardware_virtualization(struct store *store, int works) {
    g_mutex_lock(&store->lock);
    store->next.host.hardware_virtualization = works;
    g_mutex_unlock(&store->lock);
}

static gboolean of_source(gpointer mac, gpointer list, gpointer source) {
    GPtrArray *addresses = list;
    const struct guest_address *first = addresses->len == 0 ? NULL : g_ptr_array_index(addresses, 0);
    return first == NULL || (int)first->source == GPOINTER_TO_INT(source);
}

void store_set_leases(struct store *store, GHashTable *by_mac) {
    g_mutex_lock(&store->lock);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, store->records);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        struct record *record = value;
        if (!guest_state_active(record->now.state))
            continue;
        g_hash_table_foreach_remove(record->addresses, of_source, GINT_TO_POINTER(ADDRESS_LEASE));
        for (guint i = 0; i < record->now.facts->nics->len; i++) {
            const struct guest_nic *nic = g_ptr_array_index(record->now.facts->nics, i);
            GPtrArray *list = nic->mac == NULL ? NULL : g_hash_table_lookup(by_mac, nic->mac);
            if (list != NULL)
                g_hash_table_insert(record->addresses, g_strdup(nic->mac), g_ptr_array_ref(list));
        }
        changed(record);
    }
    g_mutex_unlock(&store->lock);
}

void store_set_addresses(struct store *store, const char *uuid, GHashTable *by_mac) {
    struct record *record = store_lock_record(store, uuid);
    if (record != NULL) {
        g_hash_table_unref(record->addresses);
        record->addresses = addresses_copy(by_mac);
    }
    g_mutex_unlock(&store->lock);
}

void store_set_responding(struct store *store, const char *uuid, gboolean responding) {
    struct record *record = store_lock_record(store, uuid);
    if (record != NULL) {
        record->now.responding = responding;
        if (!responding)
            record_forget_figures(record);
    }
    g_mutex_unlock(&store->lock);
}

void store_set_going_down(struct store *store, const char *uuid, gboolean going_down) {
    struct record *record = store_lock_record(store, uuid);
    if (record != NULL)
        record->now.going_down = going_down;
    g_mutex_unlock(&store->lock);
}

void store_set_frozen(struct store *store, const char *uuid, gboolean frozen) {
    struct record *record = store_lock_record(store, uuid);
    if (record != NULL)
        record->now.frozen = frozen && guest_state_active(record->now.state);
    g_mutex_unlock(&store->lock);
}

static gboolean wanted(const struct record *record, enum store_which which) {
    const struct guest *now = &record->now;
    gboolean active = guest_state_active(now->state);
    gboolean answers = active && now->responding && !now->going_down;
    gboolean runs = answers && now->state == GUEST_RUNNING;
    switch (which) {
    case WHICH_ACTIVE:
        return answers;
    case WHICH_SILENT:
        return active && !now->responding && !now->going_down;
    case WHICH_ADDRESSLESS:
        return runs && g_hash_table_size(record->addresses) == 0;
    case WHICH_AGENT:
        return runs && g_hash_table_size(record->addresses) == 0 && now->facts->agent_connected;
    case WHICH_NO_STATISTICS:
        return runs && now->facts->balloon && now->facts->memory_period == 0;
    case WHICH_IO_ERROR:
        return answers && guest_stopped_by_disk(now);
    }
    return FALSE;
}

GPtrArray *store_uuids(struct store *store, enum store_which which) {
    GPtrArray *uuids = g_ptr_array_new_with_free_func(g_free);
    g_mutex_lock(&store->lock);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, store->records);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        if (wanted(value, which))
            g_ptr_array_add(uuids, g_strdup(((struct record *)value)->now.uuid));
    g_mutex_unlock(&store->lock);
    return uuids;
}
