/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Four groups of four lower-case letters and digits that nobody takes for each other, "k3mw-…": 79 bits from
 * the kernel's random numbers. NULL and an error; the caller's, to be overwritten. Any thread. */
char *password_generate(GError **error);

/* Its hash for /etc/shadow: SHA-512 ("$6$") with a random salt, which every system that cloud-init knows
 * reads. NULL and an error; the caller's. Takes a few milliseconds. Any thread. */
char *password_hash(const char *password, GError **error);

/* Overwrites and frees; NULL is fine. */
void password_free(char *password);
