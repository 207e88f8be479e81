/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config/template.h"
#include "core/provision/work.h"

/* The NoCloud seed of a new guest: a small ISO image, label "cidata", from which cloud-init in the guest
 * takes who may log in, the host's name and what is to be installed. It is a volume of the guest's,
 * NAME-seed.iso, mode 0600. */

/* What the seeds of one request have in common. */
struct seed;

/* Whether guests of the template get one: its [cloud-init] names a user, packages, user-data, waits for
 * cloud-init, or renews. */
gboolean seed_wanted(const struct template *template);

/* Reads keys, settings and user data, and checks them before anything is made. FALSE and an error; *seed is
 * the caller's, NULL where the template wants none (an error where the request asks for what needs one).
 * Blocks: a worker. */
gboolean seed_prepare(const struct operation *operation, const struct request *request,
                      const struct template *template, struct seed **seed, GError **error);

/* Whom the guests get to log in as; NULL without a seed; borrowed. */
const char *seed_user(const struct seed *seed);

/* What a person should know of what the seeds hold, or NULL: "no SSH key of yours was found, …". The
 * caller's. */
char *seed_note(const struct seed *seed, char *const *names);

/* Makes the seed of the guest whose card has that MAC: journalled, in a step of made, which gets the
 * console's password. The volume's path, or NULL and an error; the caller's. */
char *seed_make(struct work *work, struct made *made, virStoragePoolPtr pool, const struct seed *seed,
                const char *mac, GError **error);

/* What is in a seed; all borrowed. */
struct seed_files {
    const char *user_data;
    const char *vendor_data; /* NULL: none */
    const char *network;     /* its network-config; NULL: cloud-init asks by DHCP */
    gboolean early;          /* see seed_text_meta(); not of user data that is to be fetched */
};

/* The same with what is there, worked out in the folder (private and empty of names of its own). */
char *seed_put(struct work *work, struct made *made, virStoragePoolPtr pool, const char *folder,
               const struct seed_files *files, GError **error);

void seed_free(struct seed *seed);
typedef struct seed seed_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(seed_t, seed_free)
