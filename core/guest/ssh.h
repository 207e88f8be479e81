/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

/* Whom to log in as: wanted, else the user that cloud-init made there, else NULL for ssh's own choice;
 * borrowed. */
const char *ssh_user(const struct guest *guest, const char *wanted);

/* What ssh's -J takes to reach the guests of a connection to another machine, "ada@nas:2222"; NULL where the
 * URI names none, or one that is not what a host's name is made of. The caller's. Any thread. */
char *ssh_jump(const char *uri);

/* Where to, of several addresses: the first, in guest_addresses()' order, on which something takes a
 * connection to ssh's port, or else the first of all. A guest with one address alone, and one that is reached
 * by a jump, is not tried. done gets the address, borrowed; NULL: none is known. It may come at once. Main
 * thread. */
typedef void (*ssh_found)(const char *address, gpointer data);
void ssh_find(struct engine *engine, const struct guest *guest, ssh_found done, gpointer data);

/* The most that ssh_find() takes. */
#define SSH_FIND_LIMIT_MS 9000

/* The argument vector of the person's own ssh to that address of the guest: "ssh", ssh_user(), ssh_jump(uri),
 * rest. Its host key is kept under the guest's UUID and not its address, which another had before it, or will
 * have: a guest that is new is unknown, and never one whose key has changed. NULL and an error when the guest
 * does not run or address is NULL. The caller's. Any thread. */
char **ssh_arguments(const struct guest *guest, const char *address, const char *user, const char *uri,
                     char *const *rest, GError **error);
