/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/network.h"

#include <string.h>

#include "core/action/operation.h"
#include "core/host/connection.h"

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

/* ---- all names, as a job ---- */

struct ticket {
    struct engine *engine;
    GPtrArray *names; /* the worker's until it has ended */
    network_names_done done;
    gpointer data;
};

static gboolean work(struct job *job, gpointer data, GError **error) {
    struct ticket *ticket = data;
    virConnectPtr connection = host_take_connection(ticket->engine->host, error);
    if (connection == NULL)
        return FALSE;
    virNetworkPtr *networks = NULL;
    int count = virConnectListAllNetworks(connection, &networks, 0);
    if (count < 0)
        libvirt_error_set(error, "cannot list the networks");
    for (int i = 0; i < count; i++) {
        g_ptr_array_add(ticket->names, g_strdup(virNetworkGetName(networks[i])));
        virNetworkFree(networks[i]);
    }
    free(networks);
    host_return_connection(ticket->engine->host, connection);
    return count >= 0;
}

static void tell(struct job *job, const GError *error, gpointer data) {
    struct ticket *ticket = data;
    ticket->done(error == NULL ? ticket->names : NULL, error, ticket->data);
}

static void ticket_free(gpointer data) {
    struct ticket *ticket = data;
    g_ptr_array_unref(ticket->names);
    g_free(ticket);
}

void network_names_request(struct engine *engine, network_names_done done, gpointer data) {
    struct ticket *ticket = g_new0(struct ticket, 1);
    *ticket = (struct ticket){.engine = engine, .done = done, .data = data};
    ticket->names = g_ptr_array_new_with_free_func(g_free);
    struct job_spec spec = {.title = "read the networks",
                            .lane = LANE_QUIET,
                            .work = work,
                            .done = tell,
                            .data = ticket,
                            .free_data = ticket_free};
    jobs_submit(engine->jobs, &spec);
}
