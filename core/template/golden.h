/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/template/image.h"
#include "core/template/place.h"

/* A disk image of this machine becomes a template's golden image: unpacked, converted, put into the pool
 * beside its definition. All functions block and run on a worker. */

/* Whether a template may have this name and this description (NULL: none is given): FALSE and a usage error.
 * Any thread. */
gboolean golden_check(const char *name, const char *description, GError **error);

/* The template of that name as it is now; NULL without an error when there is none. The caller frees. */
struct image *golden_there(const struct operation *operation, virStoragePoolPtr pool, const char *name,
                           GError **error);

/* Whether what is imported is a new version of the template that is there: it was asked for, and the template
 * has no kernel beside its image, which would stay the old one. Any thread. */
gboolean golden_replaces(const struct image *image, const struct request *request);

/* A definition for what is put there under that name: that of image, whose image is not there yet, or, where
 * it is NULL, one of a name alone. NULL where it cannot be read; the caller's. */
struct template *golden_new(const char *name, const struct image *image);

/* Gives it the description, or, where neither has one, "VERBED from SOURCE". */
void golden_describe(struct template *definition, const char *description, const char *verbed,
                     const char *source);

/* A copy of a definition without what it says of the pool; the caller's. Any thread. */
struct template *golden_definition(const struct template *from);

/* Names of volumes that the version which record (NULL: there is none) describes, and those before it, leave
 * to the guests on them; the caller's, or NULL: none. */
GStrv golden_earlier(const struct template *record);

/* Puts the image at path into the pool as a new volume, and definition (completed, with what record, NULL:
 * nothing, says of earlier versions) as NAME.template. folder is a private folder to work in. */
gboolean golden_put(const struct place *place, const char *path, const char *folder,
                    struct template *definition, const struct template *record, GError **error);

/* The end of it alone, for a volume of the pool that is filled: its checksum, and the definition. */
gboolean golden_end(const struct place *place, virStorageVolPtr golden, struct template *definition,
                    const struct template *record, GError **error);

/* The plan of it. */
gboolean golden_plan(const struct place *place, const char *name, GError **error);

/* Carries out put(data) between the two journals of such a transaction: one of what is made in the pool, one
 * of the folder to work in, which goes in any case. title is for a person. */
typedef gboolean (*golden_work)(const struct place *place, const char *folder, gpointer data, GError **error);
gboolean golden_run(struct place *place, const char *title, golden_work put, gpointer data, GError **error);
