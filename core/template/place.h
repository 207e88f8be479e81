/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config/template.h"
#include "core/provision/work.h"

/* Putting a template's parts into the pool: each a volume of its own, journalled, read-only. All functions
 * block and run on a worker. */

/* Where to, and for whom; borrowed. */
struct place {
    struct work *work;
    struct made *made; /* to which the steps belong */
    virStoragePoolPtr pool;
};

/* What was put there. */
struct placed {
    char *sha256; /* of its bytes, hexadecimal; the caller's */
    guint64 bytes;
};

/* Makes the volume (format "raw" or "qcow2") with the content of the file of this machine. A volume of that
 * name there already is a conflict. placed may be NULL. */
gboolean place_file(const struct place *place, const char *name, const char *format, const char *path,
                    struct placed *placed, GError **error);

/* Makes the volume (format "raw" or "qcow2") with what the guest sees of the other one, which is volume; or,
 * from NULL, an empty one of its size that is not read-only yet. The caller frees. */
virStorageVolPtr place_copy(const struct place *place, const char *name, const char *format,
                            virStorageVolPtr from, const struct volume *volume, GError **error);

/* Whether INI can carry the definition: FALSE and a usage error. Any thread. */
gboolean place_can_define(const struct template *definition, GError **error);

/* Writes NAME.template, which makes the template ready: the last of its parts. One that is there is replaced,
 * or is there again when the transaction fails. A definition that INI cannot carry is a usage error. */
gboolean place_definition(const struct place *place, const struct template *definition, GError **error);

/* The name for a golden volume that the pool does not have yet: NAME.qcow2, for a later version
 * NAME-YYYYMMDD.qcow2, then NAME-YYYYMMDD-2.qcow2, … NULL and an error; the caller's. */
char *place_version(virStoragePoolPtr pool, const char *name, GError **error);

/* The names that place_version() tries, by number from 0; date as "20260131". The caller's. Any thread. */
char *place_version_name(const char *name, const char *date, guint number);

/* A version's own files to boot by have its name with these in place of ".qcow2". */
#define PLACE_KERNEL_SUFFIX ".vmlinuz"
#define PLACE_INITRD_SUFFIX ".initrd"

/* Whether the volume's name is one that place_version_name() gives to the template, or that of such a
 * version's file to boot by. Any thread. */
gboolean place_is_version(const char *name, const char *volume);
