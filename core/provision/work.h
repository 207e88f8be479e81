/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"
#include "core/provision/journal.h"
#include "core/storage/transfer.h"

/* What the provisioning workers share: one transaction with its steps, timed, shown and journalled. */
struct work {
    struct operation *operation;
    const struct request *request;
    struct outcome *outcome;
    struct journal *journal; /* NULL in a dry run */
    GChecksum *checksum;     /* takes in what is uploaded; NULL: nothing does */
    guint guests;            /* made side by side, each by a thread; 0: all is one thread's */
    gint ready;              /* how many of them are; atomic */
};

/* Notes a step of the plan. bytes: UNKNOWN_SIZE where it has none. */
void work_plan(struct work *work, const char *step, const char *object, const char *action, guint64 bytes);

/* Notes a new guest, to which the steps that follow belong; borrowed from the outcome. Not while others are
 * made side by side. */
struct made *work_made(struct work *work, const char *name, const char *uuid);

/* Begins a step: shown to a person as "ACTION OBJECT". FALSE when the job was cancelled. */
gboolean work_begin(struct work *work, struct made *made, const char *step, const char *object,
                    const char *action, GError **error);

/* Ends the step that began last: notes how long it took. */
void work_end(struct made *made);

/* One of the guests that are made side by side is whole: the job's progress. */
void work_ready(struct work *work);

/* For a transfer of the step under way: the job's progress and cancel. */
struct transfer work_transfer(struct work *work);

/* Defines the domain and, with start, starts it: journalled, in steps of made. Takes nothing. */
gboolean work_define(struct work *work, struct made *made, xmlDoc *domain, gboolean start, GError **error);

/* Makes one volume, journalled: an overlay (source NULL), or with all of source's content. The caller frees.
 */
virStorageVolPtr work_volume(struct work *work, struct made *made, virStoragePoolPtr pool,
                             const struct volume_spec *spec, virStorageVolPtr source, GError **error);

/* The same, filled with a file of this machine, in steps of made. */
virStorageVolPtr work_upload(struct work *work, struct made *made, virStoragePoolPtr pool,
                             const struct volume_spec *spec, const char *path, GError **error);

/* A private folder (0700) of this machine to work in, below the state's directory. It has a journal of its
 * own: it goes whatever becomes of the transaction. */
typedef struct scratch {
    struct journal *journal;
    char *path;
} scratch_t;

/* Makes scratch (zeroed), in the directory below of the state's. FALSE and an error. */
gboolean work_scratch(struct work *work, const char *below, struct scratch *scratch, GError **error);

/* Removes the folder with all that is in it; fine with one that was never made. */
void work_scratch_clear(struct scratch *scratch);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(scratch_t, work_scratch_clear)

/* The job's, or NULL; borrowed. */
GCancellable *work_cancellable(const struct operation *operation);

/* Ends the transaction: with well it is committed, else what was begun is taken back, the outcome's new
 * guests are forgotten, and *error says so. Returns well. */
gboolean work_finish(struct work *work, gboolean well, GError **error);

/* "kvm" where hardware virtualisation is known to work, else "qemu"; "test" on libvirt's test driver. */
const char *work_domain_type(const struct operation *operation);

/* Now, as RFC 3339 in UTC; the caller's. */
char *work_now(void);
