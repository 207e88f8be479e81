/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"
#include "core/guest/domain_xml.h"
#include "core/provision/os_info.h"

/* The machine of the new guests of one request, whatever its disk comes from. Plain data. */
typedef struct machine {
    const char *type; /* of the domain; static */
    guint vcpus;
    guint64 memory, disk; /* bytes; disk 0: none is made */
    enum firmware firmware;
    gboolean tpm;
    char *network;
    struct os_info *os; /* NULL: not known, or not looked up */
    gboolean fitted;    /* its devices follow os, else they are virtio */
} machine_t;

/* Chooses what the request leaves open: from the template (NULL: there is none), then from what libosinfo
 * knows of the system (machine->os where it is set already, else what --os names, else what the template
 * names), then by innkeep's own defaults; checks it against the host: how much there is of it, whether it has
 * the firmware and a TPM's emulator. disk_least: bytes that the disk must hold. FALSE and an error. Blocks: a
 * worker. */
gboolean machine_choose(struct machine *machine, struct operation *operation, const struct request *request,
                        const struct template *template, guint64 disk_least, GError **error);

/* FALSE and a usage error where its firmware would refuse a kernel that is handed to it from outside. */
gboolean machine_takes_kernel(const struct machine *machine, GError **error);

/* Puts the machine into the specification of a guest; borrowed from it. */
void machine_apply(const struct machine *machine, struct domain_spec *spec);

void machine_clear(struct machine *machine);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(machine_t, machine_clear)
