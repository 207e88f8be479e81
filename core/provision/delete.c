/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/delete.h"

#include <string.h>

#include "config/suggest.h"
#include "config/units.h"
#include "core/base/xml.h"
#include "core/guest/console_log_file.h"
#include "core/guest/remove.h"
#include "core/host/connection.h"
#include "core/host/facts.h"
#include "core/provision/recovery.h"
#include "core/provision/work.h"
#include "core/storage/uses.h"

#define USED "is used by "

/* What is known of the guest, and what goes with it. */
typedef struct removal {
    virDomainPtr domain;
    const char *name; /* the domain's */
    const char *uuid;
    char *xml;
    struct guest_facts *facts;
    struct uses *uses;
    GPtrArray *volumes; /* struct volume: they go */
    gboolean active;
} removal_t;

static void removal_clear(removal_t *removal) {
    g_clear_pointer(&removal->volumes, g_ptr_array_unref);
    uses_free(removal->uses);
    guest_facts_unref(removal->facts);
    free(removal->xml);
    libvirt_domain_free(removal->domain);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(removal_t, removal_clear)

/* ---- which volumes ---- */

static gboolean goes_already(const struct removal *removal, const char *path) {
    for (guint i = 0; i < removal->volumes->len; i++)
        if (g_strcmp0(((const struct volume *)g_ptr_array_index(removal->volumes, i))->path, path) == 0)
            return TRUE;
    return FALSE;
}

/* Why a volume must stay, or NULL; the caller's. own: innkeep made it for this guest, where an ISO image is
 * its seed and no installation medium. *volume (taken by the caller) is set when it may go. */
static char *why_stay(const struct removal *removal, const char *path, gboolean own, struct volume **volume) {
    g_autoptr(GError) error = NULL;
    g_autoptr(virStorageVol) handle = volume_lookup_path(virDomainGetConnect(removal->domain), path, &error);
    g_autoptr(volume_t) found = handle == NULL ? NULL : volume_read(handle, &error);
    if (error != NULL)
        return g_strdup(error->message);
    if (found == NULL)
        return g_strdup("is in no storage pool");
    if (g_strcmp0(found->type, "file") != 0)
        return g_strdup("is no file");
    if (!own && g_strcmp0(found->format, "iso") == 0)
        return g_strdup("is an installation medium");
    g_autoptr(GPtrArray) others = uses_by_others(removal->uses, path, removal->uuid);
    for (guint i = others->len; i > 0; i--)
        if (goes_already(removal, ((const struct use *)g_ptr_array_index(others, i - 1))->via))
            g_ptr_array_remove_index(others, i - 1);
    g_autofree char *names = uses_names(others);
    if (others->len != 0)
        return g_strdup_printf(USED "%s", names);
    *volume = g_steal_pointer(&found);
    return NULL;
}

static void keep(struct work *work, const char *path, const char *why) {
    g_autofree char *action = g_strdup_printf("keep: %s", why);
    g_autoptr(virStorageVol) handle = volume_lookup_path(work->operation->connection, path, NULL);
    g_autoptr(volume_t) volume = handle == NULL ? NULL : volume_read(handle, NULL);
    work_plan(work, "volume", path, action, volume == NULL ? UNKNOWN_SIZE : volume->allocation);
}

/* What no guest's deletion will take along any more is said: "/p/a.qcow2 stays: is used by 'b'". */
static void note_stays(struct outcome *outcome, const char *path, const char *why) {
    g_autofree char *before = outcome->note;
    outcome->note = g_strdup_printf("%s%s%s stays: %s", before == NULL ? "" : before,
                                    before == NULL ? "" : "; ", path, why);
}

/* The volumes innkeep made for this guest. One on which another of them stands goes after that: it is chosen
 * after it, and stands before it, since removals are carried out from the last. */
static void choose_own(struct removal *removal, struct work *work) {
    char **paths = removal->facts->volumes;
    guint before;
    do {
        before = removal->volumes->len;
        for (char **path = paths; *path != NULL && !work->request->keep_storage; path++) {
            struct volume *volume = NULL;
            if (goes_already(removal, *path))
                continue;
            g_free(why_stay(removal, *path, TRUE, &volume));
            if (volume != NULL && !goes_already(removal, volume->path))
                g_ptr_array_insert(removal->volumes, 0, g_steal_pointer(&volume));
            volume_free(volume);
        }
    } while (removal->volumes->len > before);
    for (char **path = paths; *path != NULL; path++) {
        struct volume *volume = NULL;
        g_autofree char *why = work->request->keep_storage    ? g_strdup("asked for")
                               : goes_already(removal, *path) ? NULL
                                                              : why_stay(removal, *path, TRUE, &volume);
        if (why != NULL)
            keep(work, *path, why);
        if (why != NULL && g_str_has_prefix(why, USED))
            note_stays(work->outcome, *path, why);
        volume_free(volume);
    }
}

static const struct guest_disk *find_disk(const struct removal *removal, const char *target, GError **error) {
    const GPtrArray *disks = removal->facts->disks;
    g_autofree const char **targets = g_new0(const char *, disks->len + 1);
    guint count = 0;
    for (guint i = 0; i < disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(disks, i);
        if (g_strcmp0(disk->target, target) == 0)
            return disk;
        if (disk->target != NULL)
            targets[count++] = disk->target;
    }
    const char *near = suggest_nearest(target, targets);
    g_autofree char *hint = near == NULL ? NULL : g_strdup_printf("did you mean '%s'?", near);
    error_set(error, INNKEEP_ERROR_NOT_FOUND, hint, "guest '%s' has no disk '%s'", removal->name, target);
    return NULL;
}

static const char *why_never(const struct guest_disk *disk) {
    if (strcmp(disk->device, "disk") != 0)
        return "is removable";
    if (disk->shareable)
        return "is shareable";
    if (disk->read_only)
        return "is read-only";
    if (strcmp(disk->type, "block") == 0)
        return "is a block device";
    return NULL;
}

/* The path of a disk; the caller's, or NULL. */
static char *disk_path(const struct removal *removal, const struct guest_disk *disk) {
    if (disk->path != NULL || disk->pool == NULL || disk->volume == NULL)
        return g_strdup(disk->path);
    virConnectPtr connection = virDomainGetConnect(removal->domain);
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(connection, disk->pool);
    g_autoptr(virStorageVol) volume = pool == NULL ? NULL : virStorageVolLookupByName(pool, disk->volume);
    char *path = volume == NULL ? NULL : virStorageVolGetPath(volume);
    char *copy = g_strdup(path);
    free(path);
    return copy;
}

/* A disk that the person names goes whoever made it, or the whole is refused. */
static gboolean choose_named(struct removal *removal, const char *target, GError **error) {
    const struct guest_disk *disk = find_disk(removal, target, error);
    if (disk == NULL)
        return FALSE;
    struct volume *volume = NULL;
    g_autofree char *path = disk_path(removal, disk);
    g_autofree char *why = g_strdup(path == NULL || *path != '/' ? "is no file" : why_never(disk));
    if (why == NULL)
        why = why_stay(removal, path, FALSE, &volume);
    if (why != NULL) {
        error_set(error, INNKEEP_ERROR_REFUSED, NULL, "disk %s of '%s' is not deleted: %s %s", target,
                  removal->name, path == NULL ? "it" : path, why);
        return FALSE;
    }
    if (goes_already(removal, volume->path))
        volume_free(volume);
    else
        g_ptr_array_add(removal->volumes, volume);
    return TRUE;
}

static gboolean choose_volumes(struct removal *removal, struct work *work, GError **error) {
    const char *storage = work->request->storage;
    if (storage != NULL && work->request->keep_storage) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "--storage and --keep-storage exclude each other");
        return FALSE;
    }
    choose_own(removal, work);
    g_auto(GStrv) targets = g_strsplit(storage == NULL ? "" : storage, ",", -1);
    for (char **target = targets; *target != NULL; target++)
        if (!choose_named(removal, g_strstrip(*target), error))
            return FALSE;
    return TRUE;
}

/* ---- the plan ---- */

static gboolean made_by_innkeep(const struct removal *removal, const char *path) {
    return g_strv_contains((const char *const *)removal->facts->volumes, path);
}

/* Disks of the guest that stay, beside those that choose_own() has named. */
static void plan_rest(const struct removal *removal, struct work *work) {
    for (guint i = 0; i < removal->facts->disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(removal->facts->disks, i);
        g_autofree char *path = disk_path(removal, disk);
        if (path == NULL || goes_already(removal, path) || made_by_innkeep(removal, path))
            continue;
        const char *never = why_never(disk);
        keep(work, path, never != NULL ? never : "not made by innkeep for this guest");
    }
}

/* The log of its console goes with it where this process may remove it. */
static void plan_log(const struct removal *removal, struct work *work) {
    const char *path = removal->facts->console_log;
    if (!console_log_is_own(work->operation->connection, removal->uuid, path))
        return;
    gboolean goes = connection_owns_files(work->operation->connection);
    work_plan(work, "console log", path, goes ? "delete" : "keep: only root there can remove it",
              UNKNOWN_SIZE);
    if (!goes)
        note_stays(work->outcome, path, "only root there can remove it");
}

static void plan(const struct removal *removal, struct work *work) {
    g_autoptr(xmlDoc) domain = xml_parse(removal->xml, removal->name, NULL);
    g_autofree char *nvram = domain == NULL ? NULL : xml_string(xml_root(domain), "os/nvram");
    gboolean firmware = domain != NULL && xml_has(xml_root(domain), "os/nvram | os[@firmware='efi']") &&
                        !goes_already(removal, nvram);
    if (removal->active)
        work_plan(work, "power off", removal->name, "power off", UNKNOWN_SIZE);
    work_plan(work, "guest", removal->name, "undefine", UNKNOWN_SIZE);
    /* Where libvirt chooses the firmware, the path is its own affair. */
    if (firmware)
        work_plan(work, "nvram", nvram != NULL && *nvram == '/' ? nvram : removal->name, "delete",
                  UNKNOWN_SIZE);
    if (domain != NULL && xml_has(xml_root(domain), "devices/tpm[backend/@type='emulator']"))
        work_plan(work, "tpm", removal->name, "delete", UNKNOWN_SIZE);
    if (virDomainHasManagedSaveImage(removal->domain, 0) == 1)
        work_plan(work, "saved state", removal->name, "delete", UNKNOWN_SIZE);
    if (virDomainSnapshotNum(removal->domain, 0) > 0)
        work_plan(work, "snapshots", removal->name, "delete", UNKNOWN_SIZE);
    plan_log(removal, work);
    for (guint i = 0; i < removal->volumes->len; i++) {
        const struct volume *volume = g_ptr_array_index(removal->volumes, i);
        work_plan(work, "volume", volume->path, "delete", volume->allocation);
    }
    plan_rest(removal, work);
}

/* ---- doing it ---- */

static gboolean read_guest(struct removal *removal, struct operation *operation,
                           const struct request *request, GError **error) {
    removal->uuid = request->uuid;
    removal->volumes = g_ptr_array_new_with_free_func((GDestroyNotify)volume_free);
    removal->domain =
        request->uuid == NULL ? NULL : virDomainLookupByUUIDString(operation->connection, request->uuid);
    if (removal->domain == NULL) {
        libvirt_error_set(error, "no such guest '%s'", request->name == NULL ? request->uuid : request->name);
        return FALSE;
    }
    removal->name = virDomainGetName(removal->domain);
    removal->xml = virDomainGetXMLDesc(removal->domain, VIR_DOMAIN_XML_INACTIVE);
    if (removal->xml == NULL) {
        libvirt_error_set(error, "cannot read the definition of '%s'", removal->name);
        return FALSE;
    }
    removal->facts = guest_facts_parse(removal->xml, request->uuid);
    removal->active = virDomainIsActive(removal->domain) == 1;
    return TRUE;
}

static gboolean allowed(const struct removal *removal, const struct request *request, GError **error) {
    if (removal->facts->protected) {
        error_set(error, INNKEEP_ERROR_REFUSED, NULL, "cannot delete '%s': it is protected", removal->name);
        return FALSE;
    }
    if (!removal->active || request->force)
        return TRUE;
    error_set(error, INNKEEP_ERROR_CONFLICT, "shut it down, or --force to power it off",
              "cannot delete '%s': it is running", removal->name);
    return FALSE;
}

/* The volumes as they are once nothing writes to them. */
static gboolean read_again(struct removal *removal, GError **error) {
    for (guint i = 0; i < removal->volumes->len; i++) {
        struct volume *before = g_ptr_array_index(removal->volumes, i);
        GError *cause = NULL;
        g_autoptr(virStorageVol) handle =
            volume_lookup_path(virDomainGetConnect(removal->domain), before->path, &cause);
        struct volume *volume = handle == NULL ? NULL : volume_read(handle, &cause);
        if (volume == NULL) {
            if (cause == NULL)
                error_set(&cause, INNKEEP_ERROR_NOT_FOUND, NULL, "volume %s is gone", before->path);
            g_propagate_error(error, cause);
            return FALSE;
        }
        g_ptr_array_index(removal->volumes, i) = volume;
        volume_free(before);
    }
    return TRUE;
}

static char *told(const struct removal *removal, guint64 bytes) {
    g_autofree char *size = units_format_size(bytes);
    guint count = removal->volumes->len;
    if (count == 0)
        return g_strdup_printf("%s: deleted, no volume with it", removal->name);
    return g_strdup_printf("%s: deleted with %u volume%s, %s", removal->name, count, count == 1 ? "" : "s",
                           size);
}

/* From here on it goes forward: the journal ends what a kill cuts off. */
static gboolean remove_all(struct removal *removal, struct work *work, GError **error) {
    guint64 bytes = 0;
    g_autofree char *name = g_strdup(removal->name);
    g_autofree char *title = g_strdup_printf("delete %s", name);
    recovery_run(work->operation);
    g_autoptr(journal_t) journal = journal_begin(work->operation->connection, title, error);
    if (journal == NULL)
        return FALSE;
    for (guint i = 0; i < removal->volumes->len; i++)
        bytes += ((const struct volume *)g_ptr_array_index(removal->volumes, i))->allocation;
    /* Undoing a journal of removals is to end them where they have begun. */
    gboolean well = read_again(removal, error) &&
                    journal_removal(journal, removal->uuid, name, removal->volumes, error) &&
                    remove_domain(removal->domain, error);
    GError *cause = NULL;
    if (!journal_undo(journal, &cause)) {
        if (well)
            g_propagate_prefixed_error(error, cause, "guest '%s' is deleted, but ", name);
        else
            g_error_free(cause);
        return FALSE;
    }
    if (well) {
        g_autofree char *gone = told(removal, bytes);
        const char *note = work->outcome->note;
        work->outcome->message =
            g_strdup_printf("%s%s%s", gone, note == NULL ? "" : "; ", note == NULL ? "" : note);
    }
    return well;
}

gboolean provision_delete(struct operation *operation, const struct request *request, struct outcome *outcome,
                          GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    GCancellable *cancellable = operation->job == NULL ? NULL : job_cancellable(operation->job);
    g_auto(removal_t) removal = {0};
    if (!read_guest(&removal, operation, request, error) || !allowed(&removal, request, error))
        return FALSE;
    removal.uses = uses_read(operation->connection, TRUE, error);
    if (removal.uses == NULL || !choose_volumes(&removal, &work, error))
        return FALSE;
    plan(&removal, &work);
    if (request->dry_run)
        return TRUE;
    if (g_cancellable_set_error_if_cancelled(cancellable, error) || !remove_power_off(removal.domain, error))
        return FALSE;
    return remove_all(&removal, &work, error);
}
