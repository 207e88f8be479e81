/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/event_words.h"
#include "core/host/poller-private.h"

/* libvirt calls these on the thread that runs its event loop, the main one. They make no call of their own:
 * they note which guest changed, the watcher looks at it, and who listens is told. */
static void touch(struct poller *poller, virDomainPtr domain, const char *kind, const char *action,
                  const char *detail) {
    char uuid[VIR_UUID_STRING_BUFLEN];
    if (virDomainGetUUIDString(domain, uuid) != 0)
        return;
    poller_touch(poller, uuid);
    struct host_event event = {.kind = kind, .action = action, .detail = detail};
    event.uuid = uuid;
    event.guest = virDomainGetName(domain);
    if (poller->listener != NULL)
        poller->listener(&event, poller->listener_data);
}

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail, void *poller) {
    (void)connection;
    touch(poller, domain, "lifecycle", event_action_word(event), event_detail_word(event, detail));
    return 0;
}

static void on_control_error(virConnectPtr connection, virDomainPtr domain, void *poller) {
    (void)connection;
    touch(poller, domain, "monitor", "error", NULL);
}

static void on_reboot(virConnectPtr connection, virDomainPtr domain, void *poller) {
    (void)connection;
    touch(poller, domain, "lifecycle", "rebooted", NULL);
}

static void on_device_added(virConnectPtr connection, virDomainPtr domain, const char *alias, void *poller) {
    (void)connection;
    touch(poller, domain, "device", "added", alias);
}

static void on_device_removed(virConnectPtr connection, virDomainPtr domain, const char *alias,
                              void *poller) {
    (void)connection;
    touch(poller, domain, "device", "removed", alias);
}

static void on_metadata(virConnectPtr connection, virDomainPtr domain, int type, const char *uri,
                        void *poller) {
    (void)connection;
    (void)type;
    touch(poller, domain, "metadata", "changed", uri);
}

static void on_agent(virConnectPtr connection, virDomainPtr domain, int state, int reason, void *poller) {
    (void)connection;
    (void)reason;
    gboolean there = state == VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED;
    touch(poller, domain, "agent", there ? "connected" : "disconnected", NULL);
}

static const struct {
    int id;
    virConnectDomainEventGenericCallback callback;
} kinds[] = {
    {VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle)},
    {VIR_DOMAIN_EVENT_ID_CONTROL_ERROR, VIR_DOMAIN_EVENT_CALLBACK(on_control_error)},
    {VIR_DOMAIN_EVENT_ID_REBOOT, VIR_DOMAIN_EVENT_CALLBACK(on_reboot)},
    {VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, VIR_DOMAIN_EVENT_CALLBACK(on_device_added)},
    {VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, VIR_DOMAIN_EVENT_CALLBACK(on_device_removed)},
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
