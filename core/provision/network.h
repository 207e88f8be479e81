/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

struct operation;

/* The network of a new guest: wanted (what a person asked for), else the template's, else the settings', else
 * what is there: 'default', the only active one, or none. "default" of a template means what is there. Given
 * back as domain_spec's network: a libvirt network's name, "bridge:NAME", or NULL for user-mode networking;
 * the caller's. Asked for by name and not there: not found; not active though the guest shall start: a
 * conflict. Blocks. */
gboolean network_choose(struct operation *operation, const char *wanted, const char *of_template,
                        gboolean start, char **network, GError **error);

/* Names of all libvirt networks, active or not: done gets an array of strings (borrowed) or an error. Quiet
 * job. Main thread. */
typedef void (*network_names_done)(GPtrArray *names, const GError *error, gpointer data);
void network_names_request(struct engine *engine, network_names_done done, gpointer data);
