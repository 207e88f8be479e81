/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* Names of new guests. They become file names and reach kernels' command lines, so they are narrower than
 * what libvirt takes. */

#define NAME_BYTES_MAX 200

/* The numbers from which names are counted: a template's guests are TEMPLATE-1, …; a guest is the first of
 * its copies. */
#define NAME_FIRST_MADE 1
#define NAME_FIRST_COPY 2

/* A usage error for an empty name, one that is too long, begins with '-' or '.', has a '/', a control or
 * invisible character, or is not UTF-8. Any thread. */
gboolean name_check(const char *name, GError **error);

/* A name without its number, which its copies count on from: "web-2" gives "web". The caller's. */
char *name_stem(const char *name);

/* The volume that holds the first disk of a guest, "NAME.qcow2"; further ones "NAME-vdb.qcow2" (target NULL:
 * the first). The caller's. */
char *name_volume(const char *name, const char *target);

#define NAME_SEED_SUFFIX "-seed.iso"

/* The volume that holds its seed for cloud-init, "NAME-seed.iso". The caller's. */
char *name_seed(const char *name);

/* The volume that holds its firmware's variables where they are a copy of another guest's, "NAME-nvram.fd".
 * The caller's. */
char *name_nvram(const char *name);

/* count names that neither a guest nor a volume of the pool has now. With name and a count of 1 it is that
 * name, or a conflict; else BASE-FIRST, BASE-FIRST+1, … where BASE is name or base, leaving out what is
 * taken. The caller's. Blocks: a worker. */
GStrv name_choose(virConnectPtr connection, virStoragePoolPtr pool, const char *name, const char *base,
                  guint first, guint count, GError **error);
