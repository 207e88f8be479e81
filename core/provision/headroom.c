/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/headroom.h"

#include "core/action/operation.h"
#include "core/action/reading.h"
#include "core/storage/pool.h"

void headroom_free(struct headroom *headroom) {
    if (headroom == NULL)
        return;
    g_free(headroom->pool);
    g_strfreev(headroom->networks);
    g_strfreev(headroom->active);
    g_free(headroom);
}

struct headroom *headroom_copy(const struct headroom *headroom) {
    struct headroom *copy = g_new(struct headroom, 1);
    *copy = (struct headroom){g_strdup(headroom->pool), headroom->pool_available,
                              g_strdupv(headroom->networks), g_strdupv(headroom->active)};
    return copy;
}

const char *headroom_network_problem(const struct headroom *headroom, const char *network, gboolean start) {
    if (*network == '\0' || g_str_has_prefix(network, "bridge:"))
        return NULL;
    if (!g_strv_contains((const char *const *)headroom->networks, network))
        return "no such network";
    return start && !g_strv_contains((const char *const *)headroom->active, network) ? "is not active" : NULL;
}

guint headroom_vcpus_promised(const struct snapshot *snapshot) {
    guint sum = 0;
    for (guint i = 0; i < snapshot->guests->len; i++) {
        const struct guest *guest = g_ptr_array_index(snapshot->guests, i);
        sum += guest_state_active(guest->state) ? guest->vcpus : 0;
    }
    return sum;
}

/* ---- as a job ---- */

struct asked {
    headroom_done done;
    gpointer data;
};

static gboolean read_networks(virConnectPtr connection, struct headroom *headroom, GError **error) {
    virNetworkPtr *networks = NULL;
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    g_autoptr(GStrvBuilder) active = g_strv_builder_new();
    int count = virConnectListAllNetworks(connection, &networks, 0);
    if (count < 0) {
        libvirt_error_set(error, "cannot list networks");
        return FALSE;
    }
    for (int i = 0; i < count; i++) {
        g_strv_builder_add(all, virNetworkGetName(networks[i]));
        if (virNetworkIsActive(networks[i]) == 1)
            g_strv_builder_add(active, virNetworkGetName(networks[i]));
        virNetworkFree(networks[i]);
    }
    free(networks);
    headroom->networks = g_strv_builder_end(all);
    headroom->active = g_strv_builder_end(active);
    return TRUE;
}

static gpointer read_headroom(struct operation *operation, gpointer about, GError **error) {
    (void)about;
    g_autoptr(headroom_t) headroom = g_new0(struct headroom, 1);
    g_autoptr(GError) cause = NULL;
    headroom->pool_available = UNKNOWN_SIZE;
    g_autoptr(virStoragePool) pool = pool_choose(operation->connection, operation->settings, &cause);
    headroom->pool = pool == NULL ? NULL : g_strdup(virStoragePoolGetName(pool));
    if (pool != NULL && !pool_available(pool, &headroom->pool_available, &cause))
        headroom->pool_available = UNKNOWN_SIZE;
    if (cause != NULL)
        g_debug("what a pool has left is not known: %s", cause->message);
    return read_networks(operation->connection, headroom, error) ? g_steal_pointer(&headroom) : NULL;
}

static void tell(gpointer headroom, const GError *error, gpointer about) {
    const struct asked *asked = about;
    asked->done(headroom, error, asked->data);
}

void headroom_request(struct engine *engine, headroom_done done, gpointer data) {
    struct asked *asked = g_new(struct asked, 1);
    *asked = (struct asked){.done = done, .data = data};
    const struct reading reading = {.title = "look what the host has left",
                                    .read = read_headroom,
                                    .told = tell,
                                    .free_result = (GDestroyNotify)headroom_free,
                                    .about = asked};
    reading_request(engine, &reading);
}
