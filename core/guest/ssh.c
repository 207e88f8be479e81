/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/ssh.h"

#include <string.h>

#include "config/error.h"

const char *ssh_user(const struct guest *guest, const char *wanted) {
    const char *made = guest->facts->user;
    /* The line that a person copies goes to a shell. */
    gboolean plain = made != NULL && *made != '\0' && *made != '-' &&
                     strspn(made, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(made);
    return wanted != NULL && *wanted != '\0' ? wanted : plain ? made : NULL;
}

char **ssh_arguments(const struct guest *guest, const char *user, char *const *rest, GError **error) {
    const char *address = guest_address(guest);
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
    g_ptr_array_add(arguments, g_strdup("ssh"));
    if (user != NULL && *user != '\0') {
        g_ptr_array_add(arguments, g_strdup("-l"));
        g_ptr_array_add(arguments, g_strdup(user));
    }
    g_ptr_array_add(arguments, g_strdup("--"));
    g_ptr_array_add(arguments, g_strdup(address));
    for (gsize i = 0; rest != NULL && rest[i] != NULL; i++)
        g_ptr_array_add(arguments, g_strdup(rest[i]));
    g_ptr_array_add(arguments, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&arguments), FALSE);
}
