/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* Private to the journal: what one of its lines says, and how it is taken back. */
enum record_kind {
    RECORD_VOLUME,
    RECORD_DOMAIN,
    RECORD_FOLDER,
    RECORD_REMOVAL,
    RECORD_BACKUP,
    RECORD_FREEZE,
    RECORD_CONTENT,
    RECORD_NOTE,
    RECORD_MERGE,
    RECORD_COUNT
};

struct record {
    enum record_kind kind;
    char *pool, *name, *uuid, *path, *format, *backing, *modified, *text;
    guint64 capacity;
};

void record_free(struct record *record);

/* What a process that was killed had asked of libvirtd, the daemon still carries out, also when nobody waits
 * for it any more. Waits until all that the records name is there, and at most limit_ms. */
void undo_settle(virConnectPtr connection, const GPtrArray *records, guint limit_ms);

/* Takes back (a removal: forward) what the records (struct record, in the order they were written) say. Each
 * step looks first whether it is still to be done and still the same thing, so that it can be run again.
 * point() is called before each step. FALSE with the first error; the others are still tried. */
gboolean undo_records(virConnectPtr connection, const GPtrArray *records, void (*point)(void),
                      GError **error);
