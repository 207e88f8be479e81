/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/overlay.h"

#include <string.h>

#include "core/guest/metadata.h"

#define NUMBER_MAX 1000

/* A name for a snapshot's overlay that the pool does not have: "web.before.qcow2", with the disk's target
 * where it is not the first, with a number where that is taken. The caller's. */
static char *overlay_name(virStoragePoolPtr pool, const char *guest, const char *snapshot, const char *target,
                          GError **error) {
    for (guint number = 1; number < NUMBER_MAX; number++) {
        GError *cause = NULL;
        g_autofree char *counted = number == 1 ? g_strdup("") : g_strdup_printf("-%u", number);
        g_autofree char *name =
            g_strdup_printf("%s.%s%s%s%s.qcow2", guest, snapshot, target == NULL ? "" : "-",
                            target == NULL ? "" : target, counted);
        g_autoptr(virStorageVol) there = volume_lookup(pool, name, &cause);
        if (there == NULL && cause == NULL)
            return g_steal_pointer(&name);
        if (cause != NULL) {
            g_propagate_error(error, cause);
            return NULL;
        }
    }
    error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "there are too many files for snapshot '%s' of '%s'",
              snapshot, guest);
    return NULL;
}

static char *path_of(virStoragePoolPtr pool, const char *name) {
    g_autofree char *folder = volume_folder(pool);
    return folder == NULL ? NULL : g_build_filename(folder, name, NULL);
}

char *overlay_make(struct work *work, struct made *made, virDomainPtr domain, virStorageVolPtr below,
                   const char *format, const char *snapshot, const char *target, GError **error) {
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByVolume(below);
    g_autoptr(volume_t) volume = pool == NULL ? NULL : volume_read(below, error);
    g_autofree char *name =
        volume == NULL ? NULL : overlay_name(pool, virDomainGetName(domain), snapshot, target, error);
    g_autofree char *path = name == NULL ? NULL : path_of(pool, name);
    if (path == NULL || g_strcmp0(volume->type, "file") != 0) {
        if (error != NULL && *error == NULL)
            error_set(error, INNKEEP_ERROR_CONFLICT, NULL,
                      "a snapshot in files of its own of '%s' cannot be: its disk is no file of a pool",
                      virDomainGetName(domain));
        return NULL;
    }
    struct volume_spec spec = {.name = name,
                               .format = "qcow2",
                               .backing = volume->path,
                               .backing_format = format,
                               .capacity = volume->capacity};
    if (!journal_note(work->journal, domain, path, error) || !metadata_note_volume(domain, path, TRUE, error))
        return NULL;
    g_autoptr(virStorageVol) overlay = work_volume(work, made, pool, &spec, NULL, error);
    return overlay == NULL ? NULL : g_steal_pointer(&path);
}

gboolean overlay_forgo(struct work *work, virDomainPtr domain, const char *path, GError **error) {
    GError *cause = NULL;
    g_autoptr(virStorageVol) handle = volume_lookup_path(work->operation->connection, path, &cause);
    struct volume *volume = handle == NULL ? NULL : volume_read(handle, &cause);
    g_autoptr(GPtrArray) volumes = g_ptr_array_new_with_free_func((GDestroyNotify)volume_free);
    if (volume == NULL) {
        if (cause != NULL)
            g_propagate_error(error, cause);
        return cause == NULL;
    }
    /* It may be written to until the moment it is left. */
    g_clear_pointer(&volume->modified, g_free);
    g_ptr_array_add(volumes, volume);
    return journal_note(work->journal, domain, path, error) &&
           journal_removal(work->journal, NULL, NULL, volumes, error);
}

void overlay_remove(struct work *work, virDomainPtr domain, GPtrArray *paths) {
    g_autoptr(GError) why = NULL;
    g_autofree char *title = g_strdup_printf("remove files of %s", virDomainGetName(domain));
    g_autoptr(journal_t) journal = journal_begin(work->operation->connection, title, &why);
    gboolean well = journal != NULL;
    work->journal = journal;
    for (guint i = 0; i < paths->len && well; i++)
        well = overlay_forgo(work, domain, g_ptr_array_index(paths, i), &why);
    if (!well || !journal_undo(journal, &why))
        g_debug("files stay: %s", why->message);
    work->journal = NULL;
}
