/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config/template.h"
#include "core/base/libvirt.h"
#include "core/storage/uses.h"

/* A template with what lies of it in the pool: its definition (a file of the search path, else the volume
 * NAME.template) and its golden volume. Plain data. */
struct image {
    struct template *definition;
    struct template *record; /* what the pool's volume NAME.template says; NULL: there is none */
    gboolean ready;          /* all its parts are in the pool */
    const char *missing;     /* what is not, for a person; static */
    char *volume, *path;     /* the golden volume */
    char *format;            /* "qcow2", "raw" */
    guint64 virtual_size;    /* bytes */
    guint64 size;            /* bytes it takes in the pool */
    char *kernel, *initrd;   /* paths for direct boot; NULL: boots from its disk */
    char *source;            /* where it came from; NULL: not known */
    char *fetched_at;        /* RFC 3339; NULL: not known */
};

/* All functions block: a worker. */

/* A template by name, ready or not. No definition of that name: not found. The caller frees. */
struct image *image_read(virConnectPtr connection, virStoragePoolPtr pool, const char *name, GError **error);

/* The same for making a guest from it: not ready is an error with what to do. */
struct image *image_find(virConnectPtr connection, virStoragePoolPtr pool, const char *name, GError **error);

/* Names of all templates, by name: files of the search path and definitions in the pool (NULL: none). The
 * caller's. */
GStrv image_names(virStoragePoolPtr pool, GError **error);

/* What the volume NAME.template of the pool says; NULL without an error when there is none. The caller's. */
struct template *image_record(virStoragePoolPtr pool, const char *name, GError **error);

/* Names of the volumes in the pool that are the template's own: its image, what its guests boot by, and of
 * its earlier versions the same. They need not be there. The caller's. */
GStrv image_volumes(const struct image *image);

/* A template's address to fetch it from; NULL where it has none. Borrowed. */
const char *image_address(const struct template *definition);

/* What its guests boot by: a path, or the name of a volume of the pool; NULL: from its disk. Borrowed. */
const char *image_kernel(const struct image *image);
const char *image_initrd(const struct image *image);

void image_free(struct image *image);
typedef struct image image_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(image_t, image_free)

#define IMAGE_SUFFIX ".template"
