/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/live.h"

#include "core/guest/freeze.h"

#define POLL_MS 200

static char *crash_consistent(const char *why) {
    return g_strdup_printf("crash-consistent: %s", why);
}

char *live_note(virDomainPtr domain) {
    const char *prevented = freeze_prevented(domain);
    return prevented == NULL ? NULL : crash_consistent(prevented);
}

/* The freeze has a journal of its own, so that a kill does not leave the guest frozen and a thawed guest is
 * not thawed again under somebody else's freeze. */
static gboolean begin_frozen(struct work *work, virDomainPtr domain, const struct live_disk *disks,
                             guint count, char **note, GError **error) {
    g_autoptr(GError) silent = NULL;
    g_autofree char *title = g_strdup_printf("freeze %s", virDomainGetName(domain));
    g_autoptr(journal_t) journal = journal_begin(work->operation->connection, title, error);
    if (journal == NULL || !journal_freeze(journal, domain, error))
        return FALSE;
    if (!freeze_begin(domain, NULL, &silent))
        *note = crash_consistent(silent->message);
    gboolean begun = live_copy_begin(domain, disks, count, error);
    GError *cause = NULL;
    /* An agent that never said that it froze, and now says nothing, is no reason to give up the copy. */
    if (freeze_end(domain, NULL, &cause) || *note != NULL) {
        g_clear_error(&cause);
        journal_commit(journal, NULL);
        return begun;
    }
    if (!begun)
        g_error_free(cause);
    else
        g_propagate_error(error, cause);
    return FALSE;
}

static guint64 copied(const GPtrArray *volumes) {
    guint64 bytes = 0;
    virStorageVolInfo info;
    for (guint i = 0; i < volumes->len; i++)
        if (virStorageVolGetInfo(g_ptr_array_index(volumes, i), &info) == 0)
            bytes += info.allocation;
    return bytes;
}

/* Looks at the files, and at what libvirt knows of the job: asking QEMU could hold this for ever. */
static gboolean follow(struct work *work, virDomainPtr domain, const struct live_disk *disks, guint count,
                       guint64 total, GError **error) {
    g_autoptr(GPtrArray) volumes = g_ptr_array_new_with_free_func((GDestroyNotify)libvirt_volume_free);
    struct transfer transfer = work_transfer(work);
    GPollFD cancelled = {.fd = -1};
    gboolean can_poll =
        transfer.cancellable != NULL && g_cancellable_make_pollfd(transfer.cancellable, &cancelled);
    for (guint i = 0; i < count; i++) {
        virStorageVolPtr volume = virStorageVolLookupByPath(work->operation->connection, disks[i].path);
        if (volume != NULL)
            g_ptr_array_add(volumes, volume);
    }
    gboolean go_on = TRUE;
    while ((go_on = !g_cancellable_set_error_if_cancelled(transfer.cancellable, error)) &&
           live_copy_runs(domain, disks[0].path)) {
        if (transfer.progress != NULL)
            transfer.progress(MIN(copied(volumes), total), total, transfer.data);
        g_poll(&cancelled, can_poll ? 1 : 0, POLL_MS);
    }
    if (can_poll)
        g_cancellable_release_fd(transfer.cancellable);
    return go_on && live_copy_ended_well(domain, error);
}

gboolean live_copy(struct work *work, struct made *made, virDomainPtr domain, const struct live_disk *disks,
                   guint count, guint64 total, char **note, GError **error) {
    if (!work_begin(work, made, "copy", virDomainGetName(domain), "copy", error) ||
        !journal_backup(work->journal, domain, disks[0].path, error))
        return FALSE;
    *note = live_note(domain);
    gboolean begun = *note == NULL ? begin_frozen(work, domain, disks, count, note, error)
                                   : live_copy_begin(domain, disks, count, error);
    if (!begun || !follow(work, domain, disks, count, total, error))
        return FALSE;
    work_end(made);
    return TRUE;
}
