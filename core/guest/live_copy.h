/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* The disks of an active guest as they were at one moment, copied by QEMU into files while the guest goes on:
 * libvirt's backup job in push mode. What a copy stands on is copied with it. The job goes on without the
 * process that began it; it is known again by a file that it writes to. All functions block: a worker. */

struct live_disk {
    const char *target; /* the guest's disk: "vda" */
    const char *path;   /* an empty qcow2 file of the disk's size */
};

/* Returns once the moment is fixed. All disks that are not named are left out. A guest whose driver cannot do
 * this, or that has another such job, is a conflict. */
gboolean live_copy_begin(virDomainPtr domain, const struct live_disk *disks, guint count, GError **error);

/* Whether the job that writes to path still runs. Does not ask QEMU, so that a hung one does not hold it. */
gboolean live_copy_runs(virDomainPtr domain, const char *path);

/* How the last job ended: FALSE with an error unless the copy is whole. Does not ask QEMU either. */
gboolean live_copy_ended_well(virDomainPtr domain, GError **error);

/* Ends the job that writes to path, and waits until it has ended; nothing to do is fine. A guest that does
 * not answer within some seconds is an error; then the call that is stuck is left to a thread of its own. */
gboolean live_copy_abort(virDomainPtr domain, const char *path, GError **error);
