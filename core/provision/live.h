/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/guest/live_copy.h"
#include "core/provision/work.h"

/* What a copy of the running guest would be: NULL when its file systems are frozen for the moment of the
 * copy, else the note that says it is as after a power cut, and why. The caller's. Blocks. */
char *live_note(virDomainPtr domain);

/* Copies the disks of the active guest, as they are at one moment, into volumes that are there and
 * journalled; a step of made. total: bytes that are about to be copied, for the progress. *note (the
 * caller's, may stay NULL) is live_note()'s. Cancelled, or failed, it leaves the rest to the journal's
 * undoing. Blocks. */
gboolean live_copy(struct work *work, struct made *made, virDomainPtr domain, const struct live_disk *disks,
                   guint count, guint64 total, char **note, GError **error);
