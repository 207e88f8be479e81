/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* The person who calls: through sudo the one who called sudo. */
struct person {
    char *name; /* "ada"; NULL: not known */
    char *home; /* NULL: not known */
};

/* Blocks on the machine's user database: a worker. */
void person_calling(struct person *person);

/* A path that begins with "~/" in the person's home, any other as it is; the caller's. */
char *person_path(const struct person *person, const char *path);

/* A regular file's text: UTF-8 without a NUL, at most limit bytes. NULL and a usage error that names the file
 * and nothing of what it holds; the caller's. Blocks on a disk. */
char *person_read_file(const char *path, gsize limit, GError **error);

void person_clear(struct person *person);
typedef struct person person_t;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(person_t, person_clear)
