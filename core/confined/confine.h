/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Takes from this process, for good, everything but computing and the descriptors it has open: no privileges,
 * user nobody where it can, no new files, sockets, programs or processes, bounded memory and time. What is
 * forbidden kills it. FALSE and why (static) when it cannot be confined; then it must not go on. */
gboolean confine(const char **why);
