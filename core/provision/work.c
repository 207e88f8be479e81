/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/work.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "config/paths.h"
#include "core/base/xml.h"

GCancellable *work_cancellable(const struct operation *operation) {
    return operation->job == NULL ? NULL : job_cancellable(operation->job);
}

void work_plan(struct work *work, const char *step, const char *object, const char *action, guint64 bytes) {
    g_ptr_array_add(work->outcome->plan, step_new(step, object, action, bytes));
}

struct made *work_made(struct work *work, const char *name, const char *uuid) {
    struct made *made = g_new0(struct made, 1);
    made->name = g_strdup(name);
    made->uuid = g_strdup(uuid);
    made->steps = g_ptr_array_new_with_free_func((GDestroyNotify)step_free);
    g_ptr_array_add(work->outcome->made, made);
    return made;
}

/* Of many guests at once a person sees how many are ready, of one how far its step is. */
static void show_ready(struct work *work) {
    job_progress(work->operation->job, (guint64)g_atomic_int_get(&work->ready), work->guests);
}

static double now(void) {
    return (double)g_get_monotonic_time() / G_USEC_PER_SEC;
}

gboolean work_begin(struct work *work, struct made *made, const char *step, const char *object,
                    const char *action, GError **error) {
    if (g_cancellable_set_error_if_cancelled(work_cancellable(work->operation), error))
        return FALSE;
    if (work->operation->job != NULL) {
        g_autofree char *shown = g_strdup_printf("%s %s", action, object);
        job_step(work->operation->job, shown);
        show_ready(work);
    }
    struct step *begun = step_new(step, object, action, UNKNOWN_SIZE);
    begun->seconds = -now();
    g_ptr_array_add(made->steps, begun);
    return TRUE;
}

void work_end(struct made *made) {
    struct step *begun = g_ptr_array_index(made->steps, made->steps->len - 1);
    begun->seconds = MAX(0, begun->seconds + now());
}

void work_ready(struct work *work) {
    g_atomic_int_inc(&work->ready);
    if (work->operation->job != NULL)
        show_ready(work);
}

static void progress(guint64 done, guint64 total, gpointer data) {
    job_progress(data, done, total);
}

struct transfer work_transfer(struct work *work) {
    struct job *job = work->operation->job;
    return (struct transfer){.cancellable = work_cancellable(work->operation),
                             .checksum = work->checksum,
                             .progress = job == NULL || work->guests > 0 ? NULL : progress,
                             .data = job};
}

virStorageVolPtr work_volume(struct work *work, struct made *made, virStoragePoolPtr pool,
                             const struct volume_spec *spec, virStorageVolPtr source, GError **error) {
    if (!work_begin(work, made, "volume", spec->name, source == NULL ? "create" : "copy", error) ||
        !journal_volume(work->journal, pool, spec, error))
        return NULL;
    struct transfer transfer = work_transfer(work);
    virStorageVolPtr volume = source == NULL ? volume_create(pool, spec, error)
                                             : transfer_copy(pool, spec, source, &transfer, error);
    if (volume != NULL)
        work_end(made);
    return volume;
}

virStorageVolPtr work_upload(struct work *work, struct made *made, virStoragePoolPtr pool,
                             const struct volume_spec *spec, const char *path, GError **error) {
    g_autoptr(virStorageVol) volume = work_volume(work, made, pool, spec, NULL, error);
    if (volume == NULL || !work_begin(work, made, "upload", spec->name, "upload", error))
        return NULL;
    struct transfer transfer = work_transfer(work);
    if (!transfer_upload_file(volume, path, &transfer, error))
        return NULL;
    work_end(made);
    return g_steal_pointer(&volume);
}

gboolean work_scratch(struct work *work, const char *below, struct scratch *scratch, GError **error) {
    g_autofree char *root = paths_state_directory(below, error);
    if (root == NULL)
        return FALSE;
    g_autofree char *id = g_uuid_string_random();
    g_autofree char *folder = g_build_filename(root, id, NULL);
    scratch->journal = journal_begin(work->operation->connection, "folder to work in", error);
    if (scratch->journal == NULL || !journal_folder(scratch->journal, folder, error))
        return FALSE;
    if (g_mkdir(folder, 0700) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot make %s: %s", folder, g_strerror(errno));
        return FALSE;
    }
    scratch->path = g_steal_pointer(&folder);
    return TRUE;
}

void work_scratch_clear(struct scratch *scratch) {
    g_autoptr(GError) left = NULL;
    if (scratch->journal != NULL && !journal_undo(scratch->journal, &left))
        g_debug("%s", left->message);
    journal_free(scratch->journal);
    g_free(scratch->path);
    *scratch = (struct scratch){0};
}

static virDomainPtr define(struct work *work, struct made *made, xmlDoc *domain, GError **error) {
    if (!work_begin(work, made, "define", made->name, "define", error) ||
        !journal_domain(work->journal, made->uuid, made->name, error))
        return NULL;
    g_autofree char *text = xml_text(domain);
    virDomainPtr defined = virDomainDefineXML(work->operation->connection, text);
    if (defined == NULL)
        libvirt_error_set(error, "cannot define guest '%s'", made->name);
    else
        work_end(made);
    return defined;
}

gboolean work_define(struct work *work, struct made *made, xmlDoc *domain, gboolean start, GError **error) {
    g_autoptr(virDomain) defined = define(work, made, domain, error);
    if (defined == NULL || !start)
        return defined != NULL;
    if (!work_begin(work, made, "start", made->name, "start", error))
        return FALSE;
    if (virDomainCreate(defined) < 0) {
        libvirt_error_set(error, "cannot start guest '%s'", made->name);
        return FALSE;
    }
    work_end(made);
    return TRUE;
}

/* A cancelled job says what became of it. */
static void explain_cancel(const struct work *work, GError **error) {
    if (error == NULL || !g_error_matches(*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_error(error);
    error_set(error, INNKEEP_ERROR_INTERRUPTED, NULL, "%s was interrupted; what it had begun is undone",
              actions[work->request->action].name);
}

gboolean work_finish(struct work *work, gboolean well, GError **error) {
    if (work->journal == NULL)
        return well;
    if (well && journal_commit(work->journal, error))
        return TRUE;
    g_ptr_array_set_size(work->outcome->made, 0);
    if (work->operation->job != NULL)
        job_step(work->operation->job, "undo");
    explain_cancel(work, error);
    journal_undo_after(work->journal, error);
    return FALSE;
}

const char *work_domain_type(const struct operation *operation) {
    const char *driver = virConnectGetType(operation->connection);
    if (driver != NULL && g_ascii_strcasecmp(driver, "test") == 0)
        return "test";
    return operation->snapshot != NULL && operation->snapshot->host.hardware_virtualization == 1 ? "kvm"
                                                                                                 : "qemu";
}

char *work_now(void) {
    g_autoptr(GDateTime) time = g_date_time_new_now_utc();
    return g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
}
