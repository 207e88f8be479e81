/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/network.h"

#include <string.h>

#define BRIDGE          "bridge:"
#define NETWORK_DEFAULT "default"
/* Linux's IFNAMSIZ without the terminating zero. */
#define DEVICE_BYTES_MAX 15

static gboolean check_bridge(const char *network, GError **error) {
    const char *device = network + strlen(BRIDGE);
    for (const char *at = device; *at != '\0'; at++)
        if (!g_ascii_isgraph(*at) || *at == '/')
            device = "";
    if (*device != '\0' && strlen(device) <= DEVICE_BYTES_MAX)
        return TRUE;
    error_set(error, INNKEEP_ERROR_USAGE, "a bridge is written bridge:br0", "'%s' names no bridge", network);
    return FALSE;
}

static gboolean check_network(virConnectPtr connection, const char *name, gboolean start, GError **error) {
    g_autoptr(virNetwork) network = virNetworkLookupByName(connection, name);
    if (network == NULL) {
        libvirt_error_set(error, "no network '%s'", name);
        return FALSE;
    }
    if (!start || virNetworkIsActive(network) == 1)
        return TRUE;
    g_autofree char *hint = g_strdup_printf("virsh net-start '%s'", name);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint, "network '%s' is not active", name);
    return FALSE;
}

/* The name of 'default', else of the only active network; NULL: neither. */
static char *what_is_there(virConnectPtr connection) {
    g_autoptr(virNetwork) usual = virNetworkLookupByName(connection, NETWORK_DEFAULT);
    if (usual != NULL)
        return g_strdup(NETWORK_DEFAULT);
    virNetworkPtr *networks = NULL;
    int count = virConnectListAllNetworks(connection, &networks, VIR_CONNECT_LIST_NETWORKS_ACTIVE);
    char *name = count == 1 ? g_strdup(virNetworkGetName(networks[0])) : NULL;
    for (int i = 0; i < count; i++)
        virNetworkFree(networks[i]);
    free(networks);
    return name;
}

gboolean network_choose(struct operation *operation, const char *wanted, const char *of_template,
                        gboolean start, char **network, GError **error) {
    const char *named = wanted;
    if (named == NULL && g_strcmp0(of_template, NETWORK_DEFAULT) != 0)
        named = of_template;
    if (named == NULL)
        named = operation->settings->host_network;
    g_autofree char *chosen = named != NULL ? g_strdup(named) : what_is_there(operation->connection);
    gboolean bridge = chosen != NULL && g_str_has_prefix(chosen, BRIDGE);
    if (bridge ? !check_bridge(chosen, error)
               : chosen != NULL && !check_network(operation->connection, chosen, start, error))
        return FALSE;
    *network = g_steal_pointer(&chosen);
    return TRUE;
}
