/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/host.h"
#include "core/journal/event_store.h"

/* The store of one host, in the state's directory: /var/lib/innkeep/innkeep.db for root, else the person's
 * own. NULL for libvirt's test driver, whose host ends with the process, or where there is no such directory.
 * Main thread. */
struct event_store *event_log_open(const char *uri);

/* Keeps that this process carried out an action, now, and for whom: the user, sudo's user, the address SSH
 * came from. Passwords and what a command was given are never among it. */
void event_log_action(struct event_store *store, const char *action, const char *guest, const char *uuid,
                      const char *result, const char *detail);

/* Keeps what libvirt tells of a guest's life: that it started, stopped, crashed, …; nothing of other kinds,
 * and nothing without a store. Whoever else listens on this host may keep the same: it is there once. */
void event_log_event(struct event_store *store, const struct host_event *event);

/* As event_store_read(); empty when nothing was ever kept. */
GPtrArray *event_log_read(const char *uri, gint64 since, guint limit, GError **error);
