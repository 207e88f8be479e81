/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/port.h"

#include <string.h>

gboolean port_parse(const char *text, guint16 *port) {
    static const char suffix[] = "/tcp";
    gsize digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || strcmp(text + digits, suffix) != 0)
        return FALSE;
    guint64 number = g_ascii_strtoull(text, NULL, 10);
    if (number < 1 || number > G_MAXUINT16)
        return FALSE;
    *port = (guint16)number;
    return TRUE;
}

gboolean port_answers(const char *address, guint16 port, guint timeout_s, GCancellable *cancellable) {
    g_autoptr(GSocketAddress) there = g_inet_socket_address_new_from_string(address, port);
    if (there == NULL)
        return FALSE;
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GError) error = NULL;
    g_socket_client_set_timeout(client, timeout_s);
    /* To the guest itself, whatever this machine's way to the world is. */
    g_socket_client_set_enable_proxy(client, FALSE);
    g_autoptr(GSocketConnection) connection =
        g_socket_client_connect(client, G_SOCKET_CONNECTABLE(there), cancellable, &error);
    if (connection == NULL)
        g_debug("port %u of %s: %s", port, address, error->message);
    return connection != NULL;
}
