/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

#include "config/template.h"

/* What libosinfo's database knows of an operating system as a guest on x86-64. Plain data. */
struct os_info {
    char *id, *name;        /* "debian12", "Debian 12" */
    guint vcpus;            /* what its makers recommend, else the least; 0: not known */
    guint64 memory, disk;   /* bytes, the same */
    gboolean virtio_disk;   /* it has a driver for such a disk from the start */
    const char *nic;        /* the card it has a driver for, "e1000e"; NULL: virtio; static */
    enum firmware firmware; /* FIRMWARE_DEFAULT: any will do */
    gboolean tpm;           /* its installer looks for a TPM 2.0 */
    gboolean local_clock;   /* it takes the machine's clock for local time */
};

/* Whether innkeep was built with libosinfo. */
gboolean os_info_available(void);

/* All below read the database once a process, half a second (measured: 790 systems, two cores at 2.5 GHz),
 * and wait for one another. Block: a worker. */

/* The system of that short id. NULL and an error: not known, with the nearest as the hint. The caller frees.
 */
struct os_info *os_info_find(const char *id, GError **error);

/* The system that an installation medium installs, by the descriptors within its first 64 KiB; NULL: not
 * known. The caller frees. */
struct os_info *os_info_detect(GBytes *head);

/* Short ids of all systems that begin so: strings, the caller's. */
GPtrArray *os_info_ids(const char *prefix);

void os_info_free(struct os_info *os);
typedef struct os_info os_info_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(os_info_t, os_info_free)
