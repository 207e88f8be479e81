/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/host/store-private.h"

void guest_sample_clear(struct guest_sample *sample) {
    memset(sample, 0xff, sizeof *sample);
    sample->state = -1;
    sample->reason = NULL;
    sample->vcpus = 0;
}

/* What the guest uses, cache not counted: total less what it could have without swapping (MemAvailable), as
 * procps counts it; without that figure, total less free and cache; without balloon statistics, what QEMU
 * holds. */
static void sample_memory(struct guest *now, const struct guest_sample *sample) {
    if (sample->memory_current != UNKNOWN_SIZE)
        now->memory_current = sample->memory_current;
    if (sample->memory_maximum != UNKNOWN_SIZE && sample->memory_maximum > 0)
        now->memory_max = sample->memory_maximum;
    guint64 total = sample->memory_available, spare = sample->memory_usable;
    if (spare == UNKNOWN_SIZE && sample->memory_unused != UNKNOWN_SIZE)
        spare = sample->memory_unused + (sample->memory_caches == UNKNOWN_SIZE ? 0 : sample->memory_caches);
    if (total != UNKNOWN_SIZE && spare != UNKNOWN_SIZE) {
        now->memory_used = total > spare ? total - spare : 0;
        now->memory_source = MEMORY_BALLOON;
    } else if (sample->rss != UNKNOWN_SIZE) {
        now->memory_used = sample->rss;
        now->memory_source = MEMORY_RSS;
    }
    if (now->memory_used != UNKNOWN_SIZE && now->memory_max > 0)
        history_add(&now->memory_history, sample->at,
                    100.0 * (double)now->memory_used / (double)now->memory_max);
}

static void sample_cpu(struct store *store, struct record *record, const struct guest_sample *sample) {
    struct guest *now = &record->now;
    double busy = rate_next(&record->cpu, sample->at, sample->cpu_time); /* ns a second */
    guint vcpus = MAX(1u, now->vcpus);
    now->cpu_percent = isnan(busy) ? NAN : CLAMP(busy / 1e7 / vcpus, 0, 100);
    guint cpus = store->next.host.cpus;
    now->host_cpu_percent = isnan(busy) || cpus == 0 ? NAN : CLAMP(busy / 1e7 / cpus, 0, 100);
    if (now->state == GUEST_PAUSED) /* its vCPUs stand still; what QEMU takes for itself is not the guest's */
        now->cpu_percent = now->host_cpu_percent = 0;
    history_add(&now->cpu_history, sample->at, now->cpu_percent);
}

void store_sample(struct store *store, const char *uuid, const struct guest_sample *sample) {
    struct record *record = store_lock_record(store, uuid);
    if (record != NULL) {
        struct guest *now = &record->now;
        if (sample->state >= 0) {
            now->state = now->state == GUEST_SAVED && sample->state == GUEST_SHUT_OFF
                             ? GUEST_SAVED
                             : (enum guest_state)sample->state;
            now->reason = sample->reason;
            record_forget_trouble(record);
        }
        gboolean active = guest_state_active(now->state);
        if (sample->vcpus > 0)
            now->vcpus = sample->vcpus;
        if (active && sample->cpu_time != UNKNOWN_SIZE)
            sample_cpu(store, record, sample);
        if (active && sample->rx != UNKNOWN_SIZE) {
            now->rx_rate = rate_next(&record->rx, sample->at, sample->rx);
            now->tx_rate = rate_next(&record->tx, sample->at, sample->tx);
            history_add(&now->network_history, sample->at, now->rx_rate + now->tx_rate);
        }
        if (active && sample->read != UNKNOWN_SIZE) {
            now->read_rate = rate_next(&record->read, sample->at, sample->read);
            now->write_rate = rate_next(&record->write, sample->at, sample->written);
            history_add(&now->disk_history, sample->at, now->read_rate + now->write_rate);
        }
        if (sample->block_capacity != UNKNOWN_SIZE) {
            now->block_capacity = sample->block_capacity;
            now->block_allocation = sample->block_allocation;
        }
        if (active)
            sample_memory(now, sample);
    }
    g_mutex_unlock(&store->lock);
}

void store_sample_host(struct store *store, const struct host_sample *sample) {
    g_mutex_lock(&store->lock);
    struct host_state *host = &store->next.host;
    double busy = rate_next(&store->host_busy, sample->at, sample->cpu_busy);
    double total = rate_next(&store->host_total, sample->at, sample->cpu_total);
    host->cpu_percent = isnan(busy) || isnan(total) || total <= 0 ? NAN : CLAMP(100 * busy / total, 0, 100);
    history_add(&host->cpu_history, sample->at, host->cpu_percent);
    memcpy(host->load, sample->load, sizeof host->load);
    host->memory_total = sample->memory_total;
    host->memory_available = sample->memory_available;
    gboolean known = sample->memory_total != UNKNOWN_SIZE && sample->memory_available != UNKNOWN_SIZE;
    host->memory_used = known ? sample->memory_total - sample->memory_available : UNKNOWN_SIZE;
    g_mutex_unlock(&store->lock);
}
