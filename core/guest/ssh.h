/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/model.h"

/* Whom to log in as: wanted, else the user that cloud-init made there, else NULL for ssh's own choice;
 * borrowed. */
const char *ssh_user(const struct guest *guest, const char *wanted);

/* The argument vector of the person's own ssh to that guest: "ssh", ssh_user(), address, rest. NULL and an
 * error when the guest does not run or no address is known. The caller's. Any thread. */
char **ssh_arguments(const struct guest *guest, const char *user, char *const *rest, GError **error);
