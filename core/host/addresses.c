/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/poller-private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Agents and the ARP table are asked every third round, and only for guests of which nothing is known. */
#define OTHER_SOURCES_EVERY 3

static GHashTable *by_mac_new(void) {
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
}

static void add_address(GHashTable *by_mac, const char *mac, const char *text, guint prefix,
                        enum address_source source) {
    if (mac == NULL || text == NULL)
        return;
    g_autofree char *key = g_ascii_strdown(mac, -1);
    GPtrArray *list = g_hash_table_lookup(by_mac, key);
    if (list == NULL) {
        list = g_ptr_array_new_with_free_func(guest_address_free);
        g_hash_table_insert(by_mac, g_steal_pointer(&key), list);
    }
    struct guest_address *address = g_new0(struct guest_address, 1);
    address->address = g_strdup(text);
    address->prefix = prefix;
    address->source = source;
    g_ptr_array_add(list, address);
}

static int newest_lease_first(const void *a, const void *b) {
    const virNetworkDHCPLease *one = *(virNetworkDHCPLeasePtr const *)a,
                              *other = *(virNetworkDHCPLeasePtr const *)b;
    return (one->expirytime < other->expirytime) - (one->expirytime > other->expirytime);
}

static void leases_of(virNetworkPtr network, GHashTable *by_mac) {
    virNetworkDHCPLeasePtr *leases = NULL;
    int count = virNetworkGetDHCPLeases(network, NULL, &leases, 0);
    if (count > 1)
        qsort(leases, (gsize)count, sizeof *leases, newest_lease_first);
    for (int i = 0; i < count; i++) {
        if (leases[i]->expirytime == 0 || leases[i]->expirytime > time(NULL))
            add_address(by_mac, leases[i]->mac, leases[i]->ipaddr, leases[i]->prefix, ADDRESS_LEASE);
        virNetworkDHCPLeaseFree(leases[i]);
    }
    free(leases);
}

static gboolean poll_leases(struct slow *slow, virConnectPtr connection) {
    virNetworkPtr *networks = NULL;
    g_autoptr(GHashTable) by_mac = by_mac_new();
    int count = virConnectListAllNetworks(connection, &networks, VIR_CONNECT_LIST_NETWORKS_ACTIVE);
    gboolean go_on = slow_step(slow);
    for (int i = 0; i < count; i++) {
        if (go_on)
            leases_of(networks[i], by_mac);
        virNetworkFree(networks[i]);
        go_on = slow_step(slow);
    }
    free(networks);
    if (count >= 0 && go_on)
        store_set_leases(slow->poller->store, by_mac);
    return go_on;
}

static void interfaces_of(struct poller *poller, virDomainPtr domain, const char *uuid,
                          unsigned int libvirt_source, enum address_source source) {
    virDomainInterfacePtr *interfaces = NULL;
    g_autoptr(GHashTable) by_mac = by_mac_new();
    int count = virDomainInterfaceAddresses(domain, &interfaces, libvirt_source, 0);
    for (int i = 0; i < count; i++) {
        for (unsigned int j = 0; j < interfaces[i]->naddrs; j++)
            add_address(by_mac, interfaces[i]->hwaddr, interfaces[i]->addrs[j].addr,
                        interfaces[i]->addrs[j].prefix, source);
        virDomainInterfaceFree(interfaces[i]);
    }
    free(interfaces);
    if (g_hash_table_size(by_mac) > 0)
        store_set_addresses(poller->store, uuid, by_mac);
}

/* An agent may keep the call; the guest being asked is noted, so that it is not asked again after the call
 * was parked. */
static gboolean may_ask(struct slow *slow, const char *uuid, gboolean agent) {
    struct poller *poller = slow->poller;
    g_mutex_lock(&poller->lock);
    gboolean may = !agent || !g_hash_table_contains(poller->agent_silent, uuid);
    g_free(slow->asking_agent);
    slow->asking_agent = agent && may ? g_strdup(uuid) : NULL;
    g_mutex_unlock(&poller->lock);
    return may;
}

static gboolean poll_guests(struct slow *slow, GHashTable *domains, enum store_which which,
                            unsigned int libvirt_source, enum address_source source) {
    g_autoptr(GPtrArray) uuids = store_uuids(slow->poller->store, which);
    gboolean go_on = TRUE;
    for (guint i = 0; go_on && i < uuids->len; i++) {
        const char *uuid = g_ptr_array_index(uuids, i);
        virDomainPtr domain = g_hash_table_lookup(domains, uuid);
        if (domain == NULL || !may_ask(slow, uuid, source == ADDRESS_AGENT))
            continue;
        interfaces_of(slow->poller, domain, uuid, libvirt_source, source);
        go_on = slow_step(slow);
        may_ask(slow, uuid, FALSE);
    }
    return go_on;
}

gboolean addresses_poll(struct slow *slow, virConnectPtr connection, GHashTable *domains, guint round) {
    if (!poll_leases(slow, connection))
        return FALSE;
    if (round % OTHER_SOURCES_EVERY != 0)
        return TRUE;
    return poll_guests(slow, domains, WHICH_AGENT, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, ADDRESS_AGENT) &&
           poll_guests(slow, domains, WHICH_ADDRESSLESS, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP, ADDRESS_ARP);
}
