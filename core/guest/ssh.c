/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/ssh.h"

#include <string.h>

#include "config/error.h"
#include "core/action/operation.h"
#include "core/action/reading.h"
#include "core/guest/port.h"

#define SSH_PORT     22
#define TRIED_MOST   4 /* addresses */
#define TRY_LIMIT_S  2
#define DEADLINE_S   (TRIED_MOST * TRY_LIMIT_S)
#define PORT_HIGHEST 65535

const char *ssh_user(const struct guest *guest, const char *wanted) {
    const char *made = guest->facts->user;
    /* The line that a person copies goes to a shell. */
    gboolean plain = made != NULL && *made != '\0' && *made != '-' &&
                     strspn(made, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(made);
    return wanted != NULL && *wanted != '\0' ? wanted : plain ? made : NULL;
}

/* ---- the way ---- */

/* It becomes a part of one word for ssh, and of a line that a person copies. */
static gboolean is_plain(const char *text, const char *more) {
    if (text == NULL || (!g_ascii_isalnum(*text) && *text != ':'))
        return FALSE;
    for (; *text != '\0'; text++)
        if (!g_ascii_isalnum(*text) && strchr(more, *text) == NULL)
            return FALSE;
    return TRUE;
}

/* The user and the port in the URI are ssh's where ssh carries the connection. */
char *ssh_jump(const char *uri) {
    g_autofree char *scheme = NULL, *user = NULL, *host = NULL;
    gint port = -1;
    if (uri == NULL ||
        !g_uri_split(uri, G_URI_FLAGS_NONE, &scheme, &user, &host, &port, NULL, NULL, NULL, NULL) ||
        !is_plain(host, ".-_:"))
        return NULL;
    gboolean by_ssh = strstr(scheme, "+ssh") != NULL || strstr(scheme, "+libssh") != NULL;
    GString *jump = g_string_new(NULL);
    if (by_ssh && is_plain(user, "._-"))
        g_string_append_printf(jump, "%s@", user);
    g_string_append_printf(jump, strchr(host, ':') != NULL ? "[%s]" : "%s", host);
    if (by_ssh && port > 0 && port <= PORT_HIGHEST)
        g_string_append_printf(jump, ":%d", port);
    return g_string_free(jump, FALSE);
}

struct search {
    GStrv addresses;
    ssh_found done;
    gpointer data;
};

static void search_free(gpointer data) {
    struct search *search = data;
    g_strfreev(search->addresses);
    g_free(search);
}

static gpointer try_all(struct operation *operation, gpointer about, GError **error) {
    const struct search *search = about;
    for (guint i = 0; search->addresses[i] != NULL && i < TRIED_MOST; i++) {
        if (!operation_go_on(operation, error))
            return NULL;
        if (port_answers(search->addresses[i], SSH_PORT, TRY_LIMIT_S, job_cancellable(operation->job)))
            return g_strdup(search->addresses[i]);
    }
    return g_strdup(search->addresses[0]);
}

static void tell(gpointer address, const GError *error, gpointer about) {
    const struct search *search = about;
    search->done(address == NULL ? search->addresses[0] : address, search->data);
}

void ssh_find(struct engine *engine, const struct guest *guest, ssh_found done, gpointer data) {
    g_autoptr(GPtrArray) all = guest_addresses(guest);
    g_autofree char *jump = ssh_jump(host_uri(engine->host));
    if (all->len < 2 || jump != NULL) {
        done(all->len == 0 ? NULL : g_ptr_array_index(all, 0), data);
        return;
    }
    struct search *search = g_new(struct search, 1);
    g_autoptr(GStrvBuilder) addresses = g_strv_builder_new();
    for (guint i = 0; i < all->len; i++)
        g_strv_builder_add(addresses, g_ptr_array_index(all, i));
    *search = (struct search){g_strv_builder_end(addresses), done, data};
    const struct reading reading = {.title = "look for its ssh",
                                    .deadline_s = DEADLINE_S,
                                    .read = try_all,
                                    .told = tell,
                                    .free_result = g_free,
                                    .about = search,
                                    .free_about = search_free};
    reading_request(engine, &reading);
}

/* ---- the words ---- */

static void add(GPtrArray *arguments, const char *option, const char *value) {
    g_ptr_array_add(arguments, g_strdup(option));
    if (value != NULL)
        g_ptr_array_add(arguments, g_strdup(value));
}

char **ssh_arguments(const struct guest *guest, const char *address, const char *user, const char *uri,
                     char *const *rest, GError **error) {
    user = ssh_user(guest, user);
    if (!guest_state_active(guest->state)) {
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "cannot ssh into '%s': it is %s", guest->name,
                  guest_state_screen(guest->state));
        return NULL;
    }
    if (address == NULL) {
        error_set(error, INNKEEP_ERROR_CONFLICT,
                  "it may still boot, or need the guest agent to tell its address",
                  "cannot ssh into '%s': no address of it is known", guest->name);
        return NULL;
    }
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();
    g_autofree char *alias = g_strconcat("HostKeyAlias=", guest->uuid, NULL);
    g_autofree char *jump = ssh_jump(uri);
    add(arguments, "ssh", NULL);
    add(arguments, "-o", alias);
    add(arguments, "-o", "CheckHostIP=no"); /* it would look the key up by the address after all */
    if (jump != NULL)
        add(arguments, "-J", jump);
    if (user != NULL && *user != '\0')
        add(arguments, "-l", user);
    add(arguments, "--", address);
    for (gsize i = 0; rest != NULL && rest[i] != NULL; i++)
        add(arguments, rest[i], NULL);
    g_ptr_array_add(arguments, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&arguments), FALSE);
}
