/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/seed/static_network.h"

#include <string.h>

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "config/error.h"

/* What resolvers read: MAXNS of resolv.conf(5) is 3; more are kept by systemd-resolved. */
#define NAMESERVERS_MAX 8
/* The card's name, without which cloud-init's older renderers write no configuration for a card. */
#define CARD "eth0"

void static_network_clear(struct static_network *network) {
    g_free(network->address);
    g_free(network->route);
    g_free(network->gateway);
    g_strfreev(network->nameservers);
    *network = (struct static_network){0};
}

/* ---- reading ---- */

static gboolean wrong(GError **error, const char *option, const char *text, const char *what) {
    error_set(error, INNKEEP_ERROR_USAGE, "such as --address 192.168.1.11/24 --gateway 192.168.1.1",
              "%s: '%s' %s", option, text, what);
    return FALSE;
}

/* One that a machine can have or be reached at; a zone, which means something on this machine alone, is none.
 */
static GInetAddress *read_address(const char *option, const char *text, GError **error) {
    g_autoptr(GInetAddress) address = strchr(text, '%') != NULL ? NULL : g_inet_address_new_from_string(text);
    const char *problem = address == NULL ? "is no IP address"
                          : g_inet_address_get_is_any(address) || g_inet_address_get_is_multicast(address)
                              ? "is the address of no single machine"
                              : NULL;
    if (problem == NULL)
        return g_steal_pointer(&address);
    wrong(error, option, text, problem);
    return NULL;
}

static GInetAddress *read_own(struct static_network *network, const char *text, GError **error) {
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    guint64 prefix = 0;
    if (g_strv_length(parts) != 2) {
        wrong(error, "--address", text, "has no prefix length");
        return NULL;
    }
    g_autoptr(GInetAddress) address = read_address("--address", parts[0], error);
    if (address == NULL)
        return NULL;
    guint64 most = g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV6 ? 128 : 32;
    if (!g_ascii_string_to_unsigned(parts[1], 10, 1, most, &prefix, NULL) ||
        g_inet_address_get_is_loopback(address)) {
        wrong(error, "--address", text,
              g_inet_address_get_is_loopback(address) ? "is loopback's"
              : most == 32                            ? "has a prefix length that is not from 1 to 32"
                                                      : "has a prefix length that is not from 1 to 128");
        return NULL;
    }
    g_autofree char *plain = g_inet_address_to_string(address);
    network->address = g_strdup_printf("%s/%u", plain, (guint)prefix);
    return g_steal_pointer(&address);
}

static gboolean read_gateway(struct static_network *network, const char *text, GInetAddress *own,
                             GError **error) {
    if (text == NULL)
        return TRUE;
    g_autoptr(GInetAddress) gateway = read_address("--gateway", text, error);
    if (gateway == NULL)
        return FALSE;
    if (g_inet_address_get_family(gateway) != g_inet_address_get_family(own))
        return wrong(error, "--gateway", text, "is of another family than the address");
    if (g_inet_address_equal(gateway, own))
        return wrong(error, "--gateway", text, "is the guest itself");
    gboolean six = g_inet_address_get_family(own) == G_SOCKET_FAMILY_IPV6;
    network->route = g_strdup(six ? "::/0" : "0.0.0.0/0");
    network->gateway = g_inet_address_to_string(gateway);
    return TRUE;
}

static gboolean read_nameservers(struct static_network *network, const char *text, GError **error) {
    if (text == NULL)
        return TRUE;
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    if (g_strv_length(words) > NAMESERVERS_MAX)
        return wrong(error, "--dns", text, "are too many name servers");
    for (char **word = words; *word != NULL; word++) {
        g_autoptr(GInetAddress) address = read_address("--dns", g_strstrip(*word), error);
        if (address == NULL)
            return FALSE;
        g_free(*word);
        *word = g_inet_address_to_string(address);
    }
    network->nameservers = g_steal_pointer(&words);
    return TRUE;
}

gboolean static_network_parse(const char *address, const char *gateway, const char *nameservers,
                              struct static_network *network, GError **error) {
    g_autoptr(GInetAddress) own = read_own(network, address, error);
    return own != NULL && read_gateway(network, gateway, own, error) &&
           read_nameservers(network, nameservers, error);
}

/* ---- writing ---- */

static void begin(JsonBuilder *builder, const char *name) {
    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
}

static void add_string(JsonBuilder *builder, const char *name, const char *value) {
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, value);
}

static void add_list(JsonBuilder *builder, const char *name, char *const *words) {
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (; *words != NULL; words++)
        json_builder_add_string_value(builder, *words);
    json_builder_end_array(builder);
}

static void add_route(JsonBuilder *builder, const struct static_network *network) {
    json_builder_set_member_name(builder, "routes");
    json_builder_begin_array(builder);
    json_builder_begin_object(builder);
    add_string(builder, "to", network->route);
    add_string(builder, "via", network->gateway);
    json_builder_end_object(builder);
    json_builder_end_array(builder);
}

static void add_card(JsonBuilder *builder, const struct static_network *network, const char *mac) {
    begin(builder, CARD);
    begin(builder, "match");
    add_string(builder, "macaddress", mac);
    json_builder_end_object(builder);
    add_string(builder, "set-name", CARD);
    add_list(builder, "addresses", (char *[]){network->address, NULL});
    if (network->gateway != NULL)
        add_route(builder, network);
    if (network->nameservers != NULL) {
        begin(builder, "nameservers");
        add_list(builder, "addresses", network->nameservers);
        json_builder_end_object(builder);
    }
    json_builder_end_object(builder);
}

char *static_network_text(const struct static_network *network, const char *mac) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "version");
    json_builder_add_int_value(builder, 2);
    begin(builder, "ethernets");
    add_card(builder, network, mac);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *json = json_to_string(root, TRUE);
    return g_strconcat(json, "\n", NULL);
}
