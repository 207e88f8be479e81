/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/model.h"

/* The argument vector of the person's own ssh to that guest: "ssh", user, address, rest. NULL and an error
 * when the guest does not run or no address is known. The caller's. Any thread. */
char **ssh_arguments(const struct guest *guest, const char *user, char *const *rest, GError **error);
