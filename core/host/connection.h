/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"
#include "core/host/host.h"

/* Which URI is meant: the options', $LIBVIRT_DEFAULT_URI, the local system host, and the session host only
 * where no system socket exists at all. Static or the options' own. Any thread. */
const char *connection_choose_uri(const struct host_options *options);

/* Opens a connection with keepalive on, so that a dead peer ends its calls after about 16 s. An error tells a
 * socket that refuses this user from one that is not there, with the fix as its hint. Blocks (a frozen
 * daemon: for ever): workers only. The caller closes it. */
virConnectPtr connection_open(const char *uri, gboolean read_only, GError **error);

/* TRUE when the URI's daemon runs on this machine, so that /proc tells of its guests. */
gboolean connection_is_local(const char *uri);

/* The same of a connection that is open. Any thread. */
gboolean connection_is_here(virConnectPtr connection);

/* TRUE of a person's own daemon, which is no root. Any thread. */
gboolean connection_is_session(virConnectPtr connection);

/* Whether this process may do with the daemon's files what the daemon may: those of the system's are root's,
 * of a session's the person's. Any thread. */
gboolean connection_owns_files(virConnectPtr connection);

/* A connection for one job of this host: an idle one that is alive, else a new one. Give it back with
 * host_return_connection(). Workers only. */
virConnectPtr host_take_connection(struct host *host, GError **error);
void host_return_connection(struct host *host, virConnectPtr connection);
