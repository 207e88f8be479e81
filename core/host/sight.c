/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/sight.h"

#include <stdlib.h>
#include <string.h>

#include "core/host/facts.h"
#include "core/host/process.h"

#define REASONS_MAX 16

static const struct {
    enum guest_state state;
    const char *reasons[REASONS_MAX];
} states[] = {
    [VIR_DOMAIN_NOSTATE] = {GUEST_SHUT_OFF, {"unknown"}},
    [VIR_DOMAIN_RUNNING] = {GUEST_RUNNING,
                            {"unknown", "booted", "migrated", "restored", "from snapshot", "resumed",
                             "migration canceled", "save canceled", "woken", "crashed", "post-copy",
                             "post-copy failed"}},
    [VIR_DOMAIN_BLOCKED] = {GUEST_RUNNING, {"blocked"}},
    [VIR_DOMAIN_PAUSED] = {GUEST_PAUSED,
                           {"unknown", "user", "migration", "save", "dump", REASON_IO_ERROR, "watchdog",
                            "from snapshot", "shutting down", "snapshot", "crashed", "starting up",
                            "post-copy", "post-copy failed", "API error"}},
    [VIR_DOMAIN_SHUTDOWN] = {GUEST_SHUTTING_DOWN, {"unknown", "user"}},
    [VIR_DOMAIN_SHUTOFF] = {GUEST_SHUT_OFF,
                            {"unknown", "shut down", "destroyed", "crashed", "migrated", "saved", "failed",
                             "from snapshot", "daemon"}},
    [VIR_DOMAIN_CRASHED] = {GUEST_CRASHED, {"unknown", "panicked"}},
    [VIR_DOMAIN_PMSUSPENDED] = {GUEST_PMSUSPENDED, {"unknown"}},
};

enum guest_state sight_state(int state, int reason, const char **words) {
    if (state < 0 || (gsize)state >= G_N_ELEMENTS(states))
        state = VIR_DOMAIN_NOSTATE;
    const char *text = reason >= 0 && reason < REASONS_MAX ? states[state].reasons[reason] : NULL;
    if (words != NULL)
        *words = text == NULL ? "unknown" : text;
    return states[state].state;
}

static gboolean gone_or_dead(struct store *store, virDomainPtr domain, const char *uuid) {
    virErrorPtr last = virGetLastError();
    if (last != NULL && last->code == VIR_ERR_NO_DOMAIN) {
        store_forget_guest(store, uuid);
        return TRUE;
    }
    return virConnectIsAlive(virDomainGetConnect(domain)) == 1;
}

gboolean sight_guest(struct store *store, virDomainPtr domain, GHashTable *started) {
    char uuid[VIR_UUID_STRING_BUFLEN];
    int state = 0, reason = 0, autostart = 0;
    if (virDomainGetUUIDString(domain, uuid) < 0)
        return TRUE;
    if (virDomainGetState(domain, &state, &reason, 0) < 0)
        return gone_or_dead(store, domain, uuid);
    char *xml = virDomainGetXMLDesc(domain, 0);
    if (xml == NULL)
        return gone_or_dead(store, domain, uuid);
    struct guest_sighting sighting = {.uuid = uuid, .started_at = -1};
    sighting.facts = guest_facts_parse(xml, uuid);
    sighting.name = virDomainGetName(domain);
    sighting.state = sight_state(state, reason, &sighting.reason);
    unsigned int id = virDomainGetID(domain);
    sighting.id = guest_state_active(sighting.state) && id != (unsigned int)-1 ? (int)id : -1;
    sighting.persistent = virDomainIsPersistent(domain) == 1;
    if (sighting.persistent && virDomainGetAutostart(domain, &autostart) == 0)
        sighting.autostart = autostart != 0;
    if (sighting.state == GUEST_SHUT_OFF && virDomainHasManagedSaveImage(domain, 0) == 1)
        sighting.state = GUEST_SAVED;
    const gint64 *at = started == NULL ? NULL : g_hash_table_lookup(started, uuid);
    if (at != NULL)
        sighting.started_at = *at;
    store_see_guest(store, &sighting);
    free(xml);
    return TRUE;
}

gboolean sight_all(struct store *store, virConnectPtr connection, gboolean local, GHashTable **domains,
                   GError **error) {
    virDomainPtr *found = NULL;
    int count = virConnectListAllDomains(connection, &found, 0);
    if (count < 0) {
        libvirt_error_set(error, "cannot list guests");
        return FALSE;
    }
    *domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)libvirt_domain_free);
    g_autoptr(GHashTable) kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) started = local ? process_scan() : NULL;
    for (int i = 0; i < count; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN];
        virDomainGetUUIDString(found[i], uuid);
        sight_guest(store, found[i], started);
        g_hash_table_add(kept, g_strdup(uuid));
        g_hash_table_replace(*domains, g_strdup(uuid), found[i]);
    }
    free(found);
    store_keep_only(store, kept);
    return TRUE;
}

void sight_host(struct store *store, virConnectPtr connection) {
    unsigned long libvirt_version = 0, hypervisor_version = 0;
    virNodeInfo info = {0};
    char *hostname = virConnectGetHostname(connection);
    if (virConnectGetLibVersion(connection, &libvirt_version) < 0 ||
        virConnectGetVersion(connection, &hypervisor_version) < 0 || virNodeGetInfo(connection, &info) < 0)
        g_debug("some host facts are not told: %s", virGetLastErrorMessage());
    store_set_host_facts(store, hostname, virConnectGetType(connection), libvirt_version, hypervisor_version,
                         info.cpus);
    free(hostname);
}

static void host_cpu(virConnectPtr connection, struct host_sample *sample) {
    int count = 0;
    if (virNodeGetCPUStats(connection, VIR_NODE_CPU_STATS_ALL_CPUS, NULL, &count, 0) < 0 || count == 0)
        return;
    g_autofree virNodeCPUStatsPtr stats = g_new0(virNodeCPUStats, (gsize)count);
    if (virNodeGetCPUStats(connection, VIR_NODE_CPU_STATS_ALL_CPUS, stats, &count, 0) < 0)
        return;
    guint64 total = 0, spare = 0;
    for (int i = 0; i < count; i++) {
        if (strcmp(stats[i].field, VIR_NODE_CPU_STATS_UTILIZATION) == 0)
            continue;
        total += stats[i].value;
        if (strcmp(stats[i].field, VIR_NODE_CPU_STATS_IDLE) == 0 ||
            strcmp(stats[i].field, VIR_NODE_CPU_STATS_IOWAIT) == 0)
            spare += stats[i].value;
    }
    sample->cpu_total = total;
    sample->cpu_busy = total - spare;
}

/* libvirt tells free, buffers and cache in KiB; what is available is near their sum. */
void sight_host_memory(virConnectPtr connection, guint64 *total, guint64 *available) {
    int count = 0;
    *total = *available = UNKNOWN_SIZE;
    if (virNodeGetMemoryStats(connection, VIR_NODE_MEMORY_STATS_ALL_CELLS, NULL, &count, 0) < 0 || count == 0)
        return;
    g_autofree virNodeMemoryStatsPtr stats = g_new0(virNodeMemoryStats, (gsize)count);
    if (virNodeGetMemoryStats(connection, VIR_NODE_MEMORY_STATS_ALL_CELLS, stats, &count, 0) < 0)
        return;
    guint64 spare = 0;
    for (int i = 0; i < count; i++) {
        if (strcmp(stats[i].field, VIR_NODE_MEMORY_STATS_TOTAL) == 0)
            *total = stats[i].value * 1024;
        else
            spare += stats[i].value * 1024;
    }
    *available = MIN(spare, *total);
}

void sight_host_sample(struct store *store, virConnectPtr connection, gboolean local) {
    struct host_sample sample = {.at = g_get_monotonic_time(),
                                 .cpu_busy = UNKNOWN_SIZE,
                                 .cpu_total = UNKNOWN_SIZE,
                                 .load = {NAN, NAN, NAN}};
    host_cpu(connection, &sample);
    sight_host_memory(connection, &sample.memory_total, &sample.memory_available);
    if (local && getloadavg(sample.load, 3) < 3)
        g_debug("no load average");
    store_sample_host(store, &sample);
}
