/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

/* A port of a guest as files and options write it, "22/tcp": 1 to 65535. FALSE for anything else. Any thread.
 */
gboolean port_parse(const char *text, guint16 *port);

/* Whether something at that address takes a TCP connection on the port within timeout_s seconds, seen from
 * this machine. Blocks: a worker. */
gboolean port_answers(const char *address, guint16 port, guint timeout_s, GCancellable *cancellable);
