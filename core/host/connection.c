/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/connection.h"

#include <string.h>
#include <unistd.h>
#include <unistd.h>

#define SYSTEM_URI  "qemu:///system"
#define SESSION_URI "qemu:///session"

/* A peer that is silent for (KEEPALIVE_COUNT + 1) * KEEPALIVE_SECONDS is dead: said within 20 s. */
#define KEEPALIVE_SECONDS 4
#define KEEPALIVE_COUNT   3

/* Where the monolithic and the modular daemon listen. */
static const char *const system_sockets[] = {
    "/run/libvirt/libvirt-sock",
    "/var/run/libvirt/libvirt-sock",
    "/run/libvirt/virtqemud-sock",
    "/var/run/libvirt/virtqemud-sock",
};

static gboolean system_socket_exists(void) {
    for (gsize i = 0; i < G_N_ELEMENTS(system_sockets); i++)
        if (access(system_sockets[i], F_OK) == 0)
            return TRUE;
    return FALSE;
}

const char *connection_choose_uri(const struct host_options *options) {
    if (options->demo)
        return "test:///default";
    if (options->uri != NULL)
        return options->uri;
    const char *environment = g_getenv("LIBVIRT_DEFAULT_URI");
    if (environment != NULL && *environment != '\0')
        return environment;
    return system_socket_exists() ? SYSTEM_URI : SESSION_URI;
}

gboolean connection_is_local(const char *uri) {
    g_autofree char *scheme = g_uri_parse_scheme(uri);
    if (scheme == NULL || strncmp(scheme, "qemu", 4) != 0)
        return FALSE;
    const char *authority = strstr(uri, "://");
    return authority != NULL && authority[3] == '/' && strstr(scheme, "ssh") == NULL;
}

gboolean connection_is_here(virConnectPtr connection) {
    char *uri = virConnectGetURI(connection);
    gboolean here = uri != NULL && connection_is_local(uri);
    free(uri);
    return here;
}

gboolean connection_is_session(virConnectPtr connection) {
    char *text = virConnectGetURI(connection);
    g_autoptr(GUri) uri = text == NULL ? NULL : g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
    free(text);
    return uri != NULL && g_strcmp0(g_uri_get_path(uri), "/session") == 0;
}

gboolean connection_owns_files(virConnectPtr connection) {
    return connection_is_here(connection) && (geteuid() == 0 || connection_is_session(connection));
}

static int refuse_to_ask(virConnectCredentialPtr credentials, unsigned int count, void *data) {
    (void)credentials;
    (void)count;
    (void)data;
    return -1;
}

/* libvirt's words for a refused or absent socket, told apart by errno's text, which it passes on. */
static void explain_failure(const char *uri, GError **error) {
    virErrorPtr last = virGetLastError();
    const char *words = last != NULL && last->message != NULL ? last->message : "unknown error";
    gboolean refused =
        last != NULL && (last->code == VIR_ERR_AUTH_FAILED || last->code == VIR_ERR_AUTH_CANCELLED ||
                         last->code == VIR_ERR_AUTH_UNAVAILABLE || last->code == VIR_ERR_ACCESS_DENIED);
    const char *hint = NULL;
    if (refused || strstr(words, "Permission denied") != NULL || strstr(words, "polkit") != NULL)
        hint = "add yourself to libvirt's group (sudo usermod -aG libvirt \"$USER\", then log in again), or "
               "allow "
               "org.libvirt.unix.manage in polkit";
    else if (strstr(words, "No such file") != NULL || strstr(words, "Connection refused") != NULL)
        hint = "is libvirt running? sudo systemctl start libvirtd (or virtqemud.socket)";
    error_set(error, INNKEEP_ERROR_NO_CONNECTION, hint, "cannot connect to %s: %s", uri, words);
}

virConnectPtr connection_open(const char *uri, gboolean read_only, GError **error) {
    static int kinds[] = {VIR_CRED_AUTHNAME, VIR_CRED_PASSPHRASE};
    virConnectAuth nobody = {.credtype = kinds, .ncredtype = G_N_ELEMENTS(kinds), .cb = refuse_to_ask};
    virConnectPtr connection = virConnectOpenAuth(uri, &nobody, read_only ? VIR_CONNECT_RO : 0);
    if (connection == NULL) {
        explain_failure(uri, error);
        return NULL;
    }
    if (virConnectSetKeepAlive(connection, KEEPALIVE_SECONDS, KEEPALIVE_COUNT) < 0)
        g_debug("no keepalive on %s: local drivers have none", uri);
    return connection;
}
