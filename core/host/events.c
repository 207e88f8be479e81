/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/poller-private.h"

/* libvirt calls these on the thread that runs its event loop. They make no call of their own: they note which
 * guest changed, and the watcher looks at it. */
static void touch(struct poller *poller, virDomainPtr domain) {
    char uuid[VIR_UUID_STRING_BUFLEN];
    if (virDomainGetUUIDString(domain, uuid) == 0)
        poller_touch(poller, uuid);
}

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail, void *poller) {
    (void)connection;
    (void)event;
    (void)detail;
    touch(poller, domain);
    return 0;
}

static void on_generic(virConnectPtr connection, virDomainPtr domain, void *poller) {
    (void)connection;
    touch(poller, domain);
}

static void on_device(virConnectPtr connection, virDomainPtr domain, const char *alias, void *poller) {
    (void)connection;
    (void)alias;
    touch(poller, domain);
}

static void on_metadata(virConnectPtr connection, virDomainPtr domain, int type, const char *uri,
                        void *poller) {
    (void)connection;
    (void)type;
    (void)uri;
    touch(poller, domain);
}

static void on_agent(virConnectPtr connection, virDomainPtr domain, int state, int reason, void *poller) {
    (void)connection;
    (void)state;
    (void)reason;
    touch(poller, domain);
}

static const struct {
    int id;
    virConnectDomainEventGenericCallback callback;
} kinds[] = {
    {VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle)},
    {VIR_DOMAIN_EVENT_ID_CONTROL_ERROR, VIR_DOMAIN_EVENT_CALLBACK(on_generic)},
    {VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, VIR_DOMAIN_EVENT_CALLBACK(on_device)},
    {VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, VIR_DOMAIN_EVENT_CALLBACK(on_device)},
    {VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_metadata)},
    {VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_agent)},
};

static void on_close(virConnectPtr connection, int reason, void *data) {
    struct poller *poller = data;
    (void)connection;
    (void)reason;
    g_mutex_lock(&poller->lock);
    poller->link_closed = TRUE;
    g_cond_broadcast(&poller->wake);
    g_mutex_unlock(&poller->lock);
}

static void drop_reference(void *poller) {
    poller_unref(poller);
}

gboolean events_register(struct poller *poller, virConnectPtr connection, GArray *ids) {
    /* No reference of its own: it is unregistered before the watcher lets go of the poller, libvirt holds a
     * lock while it calls, and the test driver never frees what it is given. */
    if (virConnectRegisterCloseCallback(connection, on_close, poller, NULL) < 0)
        g_debug("no close callback: a local driver has no link to lose");
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        int id = virConnectDomainEventRegisterAny(connection, NULL, kinds[i].id, kinds[i].callback,
                                                  poller_ref(poller), drop_reference);
        if (id >= 0) {
            g_array_append_val(ids, id);
            continue;
        }
        poller_unref(poller);
        if (kinds[i].id == VIR_DOMAIN_EVENT_ID_LIFECYCLE)
            return FALSE;
        g_debug("event %d is not to be had: %s", kinds[i].id, virGetLastErrorMessage());
    }
    return TRUE;
}

void events_deregister(virConnectPtr connection, GArray *ids) {
    for (guint i = 0; i < ids->len; i++)
        if (virConnectDomainEventDeregisterAny(connection, g_array_index(ids, int, i)) < 0)
            g_debug("an event was not deregistered: %s", virGetLastErrorMessage());
    g_array_set_size(ids, 0);
    if (virConnectUnregisterCloseCallback(connection, on_close) < 0)
        g_debug("the close callback was not deregistered: %s", virGetLastErrorMessage());
}
