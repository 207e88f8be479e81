/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

/* What `set` changes of a guest: KEY=VALUE, the rows of set_keys.def. Any thread. */
enum set_key_id {
#define SET_KEY(id, ...) SET_KEY_##id,
#include "core/action/set_keys.def"
#undef SET_KEY
    SET_KEY_COUNT
};

struct set_key {
    const char *name, *metavar;
    gboolean agent;
    const char *help;
};

extern const struct set_key set_keys[SET_KEY_COUNT];

/* What a person asked for, before the guest is known. */
struct set_wish {
    GPtrArray *ssh_keys;   /* files, as named */
    char *user, *password; /* the password is not in a word: who has it puts it here */
    gboolean wants_password;
};

struct set_wish *set_wish_new(void);
void set_wish_free(struct set_wish *wish);
typedef struct set_wish set_wish_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(set_wish_t, set_wish_free)

/* Takes one word, KEY=VALUE. FALSE and a usage error. */
gboolean set_take(struct set_wish *wish, const char *word, GError **error);

/* FALSE and a usage error: there is nothing to do. */
gboolean set_check(const struct set_wish *wish, GError **error);

/* FALSE and a usage error: no system takes such a password. */
gboolean set_check_password(const char *password, GError **error);

/* The request for that guest; the caller's. */
struct request *set_request(const struct set_wish *wish, const struct guest *guest);

/* A text that is overwritten before it is freed; NULL is fine. */
void set_forget(char *secret);
