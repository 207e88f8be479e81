/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/viewer.h"

char *viewer_hint(const struct guest *guest) {
    const struct guest_facts *facts = guest->facts;
    const char *address = guest_address(guest);
    if (facts->graphics != NULL && facts->graphics_port > 0) {
        /* A display that listens everywhere is reached on this host by its loopback address. */
        gboolean anywhere =
            g_strcmp0(facts->graphics_host, "0.0.0.0") == 0 || g_strcmp0(facts->graphics_host, "::") == 0;
        const char *host = anywhere ? "127.0.0.1" : facts->graphics_host;
        return g_strdup_printf("its display is %s; from your machine: ssh -L %d:%s:%d %s", facts->graphics,
                               facts->graphics_port, host, facts->graphics_port, g_get_host_name());
    }
    if (address != NULL)
        return g_strdup_printf("ssh %s", address);
    return g_strdup("give it one: virsh edit, <serial type='pty'/> in <devices>, then start it anew");
}
