/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* The documents of a NoCloud seed, written by a JSON writer: JSON is YAML. Any thread. */

/* What innkeep asks of cloud-init for one guest. Plain data, all borrowed. */
struct seed_text {
    const char *user;          /* see seed_user_valid() */
    const char *password_hash; /* NULL: no password, the console is closed to it */
    const char *timezone;      /* NULL: the image's own */
    const char *os;            /* the template's, NULL: not said */
    char *const *keys;         /* public keys; NULL: none */
    char *const *packages;     /* NULL: none */
    gboolean agent;            /* the guest agent is installed and started */
    gboolean renew; /* its disk was another machine's, of which nothing but accounts and data stays */
};

/* "#cloud-config" and an object; the caller's. The host's name is not in it, so that it fits a copy. */
char *seed_text_config(const struct seed_text *text);

/* The same for a machine that is set up already and is to become another: users stay as they are. The
 * caller's. */
char *seed_text_renewal(void);

/* Vendor data beside any user data of a copied guest, whose disk was another machine's and whose data and
 * logs stay: once, before host keys are made, it renews what a machine is known by. Static. */
const char *seed_text_hook(void);

/* meta-data: the instance and the host's name; the caller's. With early cloud-init does the first part of its
 * work, up to SSH host keys, before the network is up: what makes another machine of a disk must come before
 * an address is asked for. */
char *seed_text_meta(const char *instance, const char *hostname, gboolean early);

/* A guest's name as a host name, one label of RFC 1123: lower-case letters, digits and '-', 63 at most. What
 * it cannot have becomes '-', of letters with marks the letters stay; "guest" where nothing is left. The
 * caller's. */
char *seed_hostname(const char *name);

/* Whether useradd takes it on every system: a-z, 0-9, '_' and '-', not first a digit or '-', at most 32. */
gboolean seed_user_valid(const char *user);

/* Whether it looks like the name of a time zone, "Europe/Berlin": nothing that leads out of a folder. */
gboolean seed_timezone_valid(const char *zone);
