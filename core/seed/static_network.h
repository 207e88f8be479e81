/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* A fixed address of one guest, for cloud-init to set. Plain data, in canonical spelling. */
typedef struct static_network {
    char *address; /* "192.168.1.11/24"; NULL: none, the guest asks by DHCP */
    char *route;   /* "0.0.0.0/0" or "::/0", by gateway; NULL: none */
    char *gateway;
    GStrv nameservers; /* NULL: none */
} static_network_t;

/* Reads what a person wrote: ADDRESS/PREFIX, a gateway of the same family (NULL: none), a list of name
 * servers with commas (NULL: none). FALSE and a usage error. network is zeroed before. Any thread. */
gboolean static_network_parse(const char *address, const char *gateway, const char *nameservers,
                              struct static_network *network, GError **error);

/* The document network-config of a NoCloud seed, version 2, for the card with that MAC; the caller's. */
char *static_network_text(const struct static_network *network, const char *mac);

void static_network_clear(struct static_network *network);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(static_network_t, static_network_clear)
