/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/undo.h"

#include <string.h>

#include <gio/gio.h>

#include "config/paths.h"
#include "core/guest/console_log_file.h"
#include "core/guest/freeze.h"
#include "core/guest/live_copy.h"
#include "core/guest/merge.h"
#include "core/guest/metadata.h"
#include "core/guest/remove.h"
#include "core/storage/pool.h"
#include "core/storage/transfer.h"
#include "core/storage/uses.h"
#include "core/storage/volume.h"

/* No event tells of all that is waited for, and each look has libvirt read the pool. */
#define SETTLE_LOOK_MS 50

struct undo {
    virConnectPtr connection;
    struct uses *uses; /* read once the domains are gone */
};

void record_free(struct record *record) {
    char *owned[] = {record->pool,   record->name,    record->uuid,     record->path,
                     record->format, record->backing, record->modified, record->text};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_free(record);
}

/* TRUE when nothing uses the path; FALSE with or without an error. */
static gboolean unused(struct undo *undo, const char *path, GError **error) {
    if (undo->uses == NULL && (undo->uses = uses_read(undo->connection, TRUE, error)) == NULL)
        return FALSE;
    g_autoptr(GPtrArray) found = uses_by_others(undo->uses, path, NULL);
    if (found->len != 0) {
        g_autofree char *names = uses_names(found);
        g_debug("%s stays: used by %s", path, names);
    }
    return found->len == 0;
}

/* Removes the volume unless something uses it. Others' uses are read before: a volume that went meanwhile was
 * a use of its backing file. */
static gboolean remove_unused(struct undo *undo, virStorageVolPtr volume, const char *path, GError **error) {
    GError *cause = NULL;
    if (!unused(undo, path, &cause)) {
        if (cause != NULL)
            g_propagate_error(error, cause);
        return cause == NULL;
    }
    g_clear_pointer(&undo->uses, uses_free);
    return volume_delete(volume, error);
}

/* Formats round a capacity up to whole sectors. */
#define ROUNDING 4096

/* What was about to be made, and not what another has put in its place. */
static gboolean same(const struct record *record, const struct volume *volume) {
    return g_strcmp0(record->backing, volume->backing) == 0 && volume->capacity >= record->capacity &&
           volume->capacity - record->capacity < ROUNDING;
}

/* The volume of the record's name: TRUE with it and what it is, or with NULL where it is gone; FALSE and an
 * error. */
static gboolean find_volume(struct undo *undo, const struct record *record, virStoragePoolPtr *pool,
                            virStorageVolPtr *volume, struct volume **found, GError **error) {
    GError *cause = NULL;
    *pool = virStoragePoolLookupByName(undo->connection, record->pool);
    if (*pool == NULL) {
        libvirt_error_set(error, "cannot look for volume '%s' in pool '%s'", record->name, record->pool);
        return FALSE;
    }
    pool_refresh(*pool);
    *volume = volume_lookup(*pool, record->name, &cause);
    *found = *volume == NULL ? NULL : volume_read(*volume, &cause);
    if (cause != NULL)
        g_propagate_error(error, cause);
    return cause == NULL;
}

static gboolean undo_volume(struct undo *undo, const struct record *record, GError **error) {
    g_autoptr(virStoragePool) pool = NULL;
    g_autoptr(virStorageVol) volume = NULL;
    g_autoptr(volume_t) found = NULL;
    if (!find_volume(undo, record, &pool, &volume, &found, error))
        return FALSE;
    if (found != NULL && !same(record, found))
        g_debug("volume '%s' stays: it is another than was to be made", record->name);
    return found == NULL || !same(record, found) || remove_unused(undo, volume, found->path, error);
}

/* TRUE with a domain, or NULL where it is gone; FALSE and an error. */
static gboolean find_domain(struct undo *undo, const struct record *record, virDomainPtr *domain,
                            GError **error) {
    *domain = virDomainLookupByUUIDString(undo->connection, record->uuid);
    if (*domain != NULL || virGetLastErrorCode() == VIR_ERR_NO_DOMAIN)
        return TRUE;
    libvirt_error_set(error, "cannot look for guest '%s'", record->name);
    return FALSE;
}

static gboolean undo_domain(struct undo *undo, const struct record *record, GError **error) {
    g_autoptr(virDomain) domain = NULL;
    if (!find_domain(undo, record, &domain, error))
        return FALSE;
    /* Whether it runs or not: this waits for a start that is under way, which asking does not. */
    if (domain != NULL && virDomainDestroy(domain) < 0)
        g_debug("power off '%s': %s", record->name, virGetLastErrorMessage());
    if (domain != NULL && !remove_domain(domain, error))
        return FALSE;
    console_log_remove(undo->connection, record->uuid);
    return TRUE;
}

static gboolean undo_backup(struct undo *undo, const struct record *record, GError **error) {
    g_autoptr(virDomain) domain = NULL;
    return find_domain(undo, record, &domain, error) &&
           (domain == NULL || live_copy_abort(domain, record->path, error));
}

static gboolean undo_freeze(struct undo *undo, const struct record *record, GError **error) {
    g_autoptr(virDomain) domain = NULL;
    return find_domain(undo, record, &domain, error) && (domain == NULL || freeze_end(domain, NULL, error));
}

/* Stands before the volume's own line, so that it is looked at after that. */
static gboolean undo_note(struct undo *undo, const struct record *record, GError **error) {
    g_autoptr(virDomain) domain = NULL;
    GError *cause = NULL;
    g_autoptr(virStorageVol) volume = volume_lookup_path(undo->connection, record->path, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    return volume != NULL || (find_domain(undo, record, &domain, error) &&
                              (domain == NULL || metadata_note_volume(domain, record->path, FALSE, error)));
}

static gboolean undo_merge(struct undo *undo, const struct record *record, GError **error) {
    g_autoptr(virDomain) domain = NULL;
    return find_domain(undo, record, &domain, error) &&
           (domain == NULL || merge_abort(domain, record->path, error));
}

static gboolean remove_tree(GFile *file, GError **error) {
    g_autoptr(GFileEnumerator) children = g_file_enumerate_children(
        file, G_FILE_ATTRIBUTE_STANDARD_NAME, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
    for (;;) {
        GFile *child = NULL;
        if (children == NULL || !g_file_enumerator_iterate(children, NULL, &child, NULL, NULL) ||
            child == NULL)
            break;
        if (!remove_tree(child, error))
            return FALSE;
    }
    g_autoptr(GError) cause = NULL;
    if (g_file_delete(file, NULL, &cause) || g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        return TRUE;
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot remove the folder: %s", cause->message);
    return FALSE;
}

static gboolean undo_folder(struct undo *undo, const struct record *record, GError **error) {
    g_autofree char *root = paths_state_directory("", error);
    if (root == NULL)
        return FALSE;
    g_autofree char *path = g_canonicalize_filename(record->path, "/");
    gsize length = strlen(root);
    if (!g_str_has_prefix(path, root) || path[length] != '/') {
        g_debug("folder %s stays: it is not in the state's directory", path);
        return TRUE;
    }
    g_autoptr(GFile) file = g_file_new_for_path(path);
    return remove_tree(file, error);
}

/* Puts the text back where it is not there any more, or only in part. */
static gboolean undo_content(struct undo *undo, const struct record *record, GError **error) {
    g_autoptr(virStoragePool) pool = NULL;
    g_autoptr(virStorageVol) volume = NULL;
    g_autoptr(volume_t) found = NULL;
    if (!find_volume(undo, record, &pool, &volume, &found, error))
        return FALSE;
    struct volume_spec spec = {.name = record->name,
                               .format = "raw",
                               .capacity = record->capacity,
                               .mode = volume_can_be_read_only(undo->connection) ? "0444" : NULL};
    if (found != NULL && !same(record, found)) {
        g_debug("volume '%s' stays: it is another than was there", record->name);
        return TRUE;
    }
    if (volume == NULL)
        volume = volume_create(pool, &spec, error);
    return volume != NULL && transfer_upload_bytes(volume, record->text, strlen(record->text), error);
}

/* A removal stands as one line for each volume, and one for the domain alone. */
static gboolean finish_removal(struct undo *undo, const struct record *record, GError **error) {
    g_autoptr(virDomain) domain =
        record->uuid == NULL ? NULL : virDomainLookupByUUIDString(undo->connection, record->uuid);
    if (domain != NULL)
        return TRUE;
    if (record->uuid != NULL && virGetLastErrorCode() != VIR_ERR_NO_DOMAIN) {
        libvirt_error_set(error, "cannot look for guest '%s'", record->name);
        return FALSE;
    }
    if (record->uuid != NULL)
        console_log_remove(undo->connection, record->uuid);
    if (record->path == NULL)
        return TRUE;
    GError *cause = NULL;
    g_autoptr(virStorageVol) volume = volume_lookup_path(undo->connection, record->path, &cause);
    g_autoptr(volume_t) found = volume == NULL ? NULL : volume_read(volume, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    if (found == NULL || !same(record, found) ||
        (record->modified != NULL && g_strcmp0(record->modified, found->modified) != 0))
        return TRUE;
    return remove_unused(undo, volume, found->path, error);
}

static gboolean (*const undoers[RECORD_COUNT])(struct undo *undo, const struct record *record,
                                               GError **error) = {
    [RECORD_VOLUME] = undo_volume,     [RECORD_DOMAIN] = undo_domain, [RECORD_FOLDER] = undo_folder,
    [RECORD_REMOVAL] = finish_removal, [RECORD_BACKUP] = undo_backup, [RECORD_FREEZE] = undo_freeze,
    [RECORD_CONTENT] = undo_content,   [RECORD_NOTE] = undo_note,     [RECORD_MERGE] = undo_merge,
};

/* From the last to the first; domains alone, or all but domains. */
static gboolean undo_pass(struct undo *undo, const GPtrArray *records, gboolean domains, void (*point)(void),
                          GError **error) {
    gboolean all = TRUE;
    for (guint i = records->len; i > 0; i--) {
        const struct record *record = g_ptr_array_index(records, i - 1);
        if ((record->kind == RECORD_DOMAIN) != domains)
            continue;
        point();
        all = undoers[record->kind](undo, record, all ? error : NULL) && all;
    }
    return all;
}

/* Whether what the record says was to be done has been, as far as it can be seen. */
static gboolean is_done(struct undo *undo, const struct record *record) {
    g_autoptr(virDomain) domain = NULL;
    g_autoptr(virStoragePool) pool = NULL;
    g_autoptr(virStorageVol) volume = NULL;
    g_autoptr(volume_t) found = NULL;
    switch (record->kind) {
    case RECORD_DOMAIN:
        return find_domain(undo, record, &domain, NULL) && domain != NULL;
    case RECORD_VOLUME:
        return find_volume(undo, record, &pool, &volume, &found, NULL) && found != NULL &&
               same(record, found);
    case RECORD_FOLDER:
    case RECORD_REMOVAL:
        return TRUE;
    default:
        return FALSE;
    }
}

void undo_settle(virConnectPtr connection, const GPtrArray *records, guint limit_ms) {
    struct undo undo = {.connection = connection};
    gint64 until = g_get_monotonic_time() + (gint64)limit_ms * G_TIME_SPAN_MILLISECOND;
    for (guint i = 0; i < records->len; i++)
        while (g_get_monotonic_time() < until && !is_done(&undo, g_ptr_array_index(records, i)))
            g_poll(NULL, 0, SETTLE_LOOK_MS);
}

gboolean undo_records(virConnectPtr connection, const GPtrArray *records, void (*point)(void),
                      GError **error) {
    struct undo undo = {.connection = connection};
    /* Domains first: a volume is not removed under a guest. */
    gboolean domains = undo_pass(&undo, records, TRUE, point, error);
    gboolean rest = undo_pass(&undo, records, FALSE, point, domains ? error : NULL);
    uses_free(undo.uses);
    return domains && rest;
}
