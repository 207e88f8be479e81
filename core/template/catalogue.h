/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

struct operation;

/* One template as a person sees it: its definition and what lies in the pool. Plain data. */
struct template_info {
    char *name, *description, *os, *key;
    gboolean ready;             /* its golden volume is in the pool */
    const char *state;          /* "ready", or what makes it so: "fetch", "build", "import"; static */
    gboolean seeds;             /* cloud-init sets its guests up */
    char *pool, *volume;        /* NULL while not ready */
    guint64 size, virtual_size; /* bytes; UNKNOWN_SIZE */
    gboolean fetchable;         /* source is an address to fetch it from */
    char *source;               /* address or "built-in"; NULL */
    gint64 fetched_at;          /* Unix seconds; -1 unknown */
    GPtrArray *dependants;      /* char *: names of guests that use any version of it; never NULL; empty where
                                   it was not asked for */
    char *path_of_definition;   /* NULL: only in the pool */
    guint vcpus;
    guint64 memory, disk; /* bytes, defaults of a new guest */
    char *network, *role; /* may be NULL */
};

void template_info_free(struct template_info *info);

/* How long ago it was put into the pool, "3d 4h", or "-"; the caller's. Any thread. */
char *template_info_age(const struct template_info *info);

/* All templates, by name, as they are now: the caller's array of struct template_info. Without a usable pool
 * none is ready. A definition that cannot be read is left out. With dependants every guest and every volume
 * of the host is looked at, which takes as long as all the rest. Blocks: a worker. */
GPtrArray *catalogue_read(struct operation *operation, gboolean dependants, GError **error);

/* catalogue_read() as a quiet job: done gets an array of struct template_info (borrowed) or an error. Main
 * thread. */
typedef void (*catalogue_done)(GPtrArray *templates, const GError *error, gpointer data);
void catalogue_request(struct engine *engine, gboolean dependants, catalogue_done done, gpointer data);
