/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/storage/volume.h"

/* A transaction's journal on disk. What a step is about to make is written, and has reached the disk, before
 * the step is done; so after a kill or a power cut the next start knows what to take back. A journal is
 * locked by the process that works on it, and only an unlocked one is recovered. It lies in the state's
 * directory as journal/UUID.journal, mode 0600, one JSON object a line.
 *
 * For tests of exactly that: with INNKEEP_TEST_KILL_AT=N in the environment the process kills itself at the
 * N-th point; a point lies before and after each write and before each step of taking back. With
 * INNKEEP_TEST_KILL_RECOVERY_AT=N it does so before the N-th step of taking back what another process left.
 * Without them, nothing.
 *
 * All functions block and run on a worker. A journal belongs to one thread, but what will be made may be
 * written by several at once (journal_volume, journal_domain). */
struct journal;

/* Begins an empty one for this connection's host; title says what is done, for a person. NULL and an error.
 */
struct journal *journal_begin(virConnectPtr connection, const char *title, GError **error);

/* A volume will be made. One of that name there already is a conflict: it is nobody's to take back. */
gboolean journal_volume(struct journal *journal, virStoragePoolPtr pool, const struct volume_spec *spec,
                        GError **error);

/* A domain of that fresh UUID will be defined. A domain of that name there already is a conflict. */
gboolean journal_domain(struct journal *journal, const char *uuid, const char *name, GError **error);

/* The disks of the guest will be copied while it runs, into a file at path: taken back, the copying is ended.
 */
gboolean journal_backup(struct journal *journal, virDomainPtr domain, const char *path, GError **error);

/* The guest's file systems will be frozen: taken back, they are thawed. */
gboolean journal_freeze(struct journal *journal, virDomainPtr domain, GError **error);

/* A volume at path will be noted as made for the guest, and be made after that: taken back, the note goes
 * unless something uses the volume. */
gboolean journal_note(struct journal *journal, virDomainPtr domain, const char *path, GError **error);

/* Files of the disk at target will be merged while the guest runs: taken back, the merging is ended where it
 * is, which the guest does not see. */
gboolean journal_merge(struct journal *journal, virDomainPtr domain, const char *target, GError **error);

/* A folder of this machine will be made, below the state's directory. */
gboolean journal_folder(struct journal *journal, const char *path, GError **error);

/* The volume of that name, which holds this text, will be replaced: taken back, the text is there again. */
gboolean journal_content(struct journal *journal, virStoragePoolPtr pool, const char *name, const char *text,
                         GError **error);

/* The domain of that UUID (NULL: none) will be removed, and after it these volumes (struct volume). Taken
 * forward and not back: once the domain is gone, so go the volumes, if they are still the same (not written
 * to since, where that is told) and nothing uses them. */
gboolean journal_removal(struct journal *journal, const char *uuid, const char *name,
                         const GPtrArray *volumes, GError **error);

/* All is done: the journal goes, and what was made stays. */
gboolean journal_commit(struct journal *journal, GError **error);

/* Takes back all that was made. On failure the journal stays for the next start. */
gboolean journal_undo(struct journal *journal, GError **error);

/* Takes back after *error, which says what failed, and adds to its message when that fails too. */
void journal_undo_after(struct journal *journal, GError **error);

/* Unlocks and forgets; what was neither committed nor undone is for the next start. NULL is fine. */
void journal_free(struct journal *journal);

/* Takes back (or forward) every unlocked journal of this connection's host. Can be run again and again. The
 * number of journals ended this way in *ended (may be NULL). FALSE with the first error; the others are still
 * tried. */
gboolean journal_recover_all(virConnectPtr connection, guint *ended, GError **error);

/* Whether there is any journal to recover or at work: reading one folder, no libvirt. */
gboolean journal_any(void);

/* How many of this connection's host no process works on. */
guint journal_left(virConnectPtr connection);

typedef struct journal journal_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(journal_t, journal_free)
