/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/source.h"

#include <string.h>

#include "config/units.h"
#include "core/base/xml.h"
#include "core/guest/frozen.h"
#include "core/guest/snapshot-private.h"
#include "core/host/facts.h"
#include "core/provision/live.h"
#include "core/storage/pool.h"

static void source_disk_free(gpointer data) {
    struct source_disk *disk = data;
    g_free(disk->target);
    libvirt_volume_free(disk->handle);
    volume_free(disk->volume);
    g_free(disk);
}

void source_clear(struct source *source) {
    g_clear_pointer(&source->disks, g_ptr_array_unref);
    g_clear_pointer(&source->frozen, g_ptr_array_unref);
    guest_facts_unref(source->facts);
    free(source->xml);
    libvirt_pool_free(source->pool);
    libvirt_domain_free(source->domain);
}

/* ---- the source ---- */

static gboolean look_at(struct source *source, GError **error) {
    int active = virDomainIsActive(source->domain);
    source->active = active == 1;
    if (active < 0) {
        libvirt_error_set(error, "cannot look at guest '%s'", source->name);
        return FALSE;
    }
    if (source->snapshot != NULL)
        source->active = FALSE;
    if (!source->active || !source->linked)
        return TRUE;
    g_autofree char *hint = g_strdup_printf("innkeep clone --full '%s'", source->name);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint,
              "cannot clone '%s' linked: it is running; a full copy does not stop it", source->name);
    return FALSE;
}

gboolean source_at_rest(const struct source *source, GError **error) {
    if (source->snapshot != NULL)
        return TRUE;
    if (virDomainIsActive(source->domain) != 0) {
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "cannot %s '%s': it was started meanwhile",
                  source->verb, source->name);
        return FALSE;
    }
    if (virDomainHasManagedSaveImage(source->domain, 0) != 1)
        return TRUE;
    g_autofree char *hint = g_strdup_printf("innkeep start '%s', then shut it down", source->name);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint,
              "cannot %s '%s': its memory is saved, and its disk is not complete without it", source->verb,
              source->name);
    return FALSE;
}

/* Volumes that other programs made are known to libvirt only after a look at the pools. */
static void refresh_pools(virConnectPtr connection) {
    virStoragePoolPtr *pools = NULL;
    int count = virConnectListAllStoragePools(connection, &pools, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE);
    for (int i = 0; i < count; i++) {
        pool_refresh(pools[i]);
        virStoragePoolFree(pools[i]);
    }
    free(pools);
}

static virStorageVolPtr find_volume(const struct source *source, const struct guest_disk *disk,
                                    GError **error) {
    virConnectPtr connection = virDomainGetConnect(source->domain);
    if (disk->pool != NULL && disk->volume != NULL) {
        g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(connection, disk->pool);
        virStorageVolPtr volume = pool == NULL ? NULL : virStorageVolLookupByName(pool, disk->volume);
        if (volume == NULL)
            libvirt_error_set(error, "cannot find disk %s of '%s'", disk->target, source->name);
        return volume;
    }
    virStorageVolPtr volume = volume_lookup_path(connection, disk->path, error);
    if (volume == NULL && (error == NULL || *error == NULL)) {
        g_autofree char *directory = g_path_get_dirname(disk->path);
        g_autofree char *hint =
            strcmp(disk->type, "block") == 0
                ? g_strdup(
                      "make its volume group a pool: virsh pool-create-as NAME logical --source-name GROUP")
                : g_strdup_printf("make its folder a pool: virsh pool-create-as NAME dir --target '%s'",
                                  directory);
        error_set(error, INNKEEP_ERROR_CONFLICT, hint, "cannot %s '%s': disk %s, %s, is in no storage pool",
                  source->verb, source->name, disk->target, disk->path);
    }
    return volume;
}

static gboolean cannot_copy(const struct source *source, const struct guest_disk *disk, const char *what,
                            GError **error) {
    error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "cannot %s '%s': disk %s is %s", source->verb,
              source->name, disk->target, what);
    return FALSE;
}

static gboolean is_encrypted(const struct source *source, const char *target) {
    g_autoptr(xmlDoc) domain = xml_parse(source->xml, source->name, NULL);
    g_autoptr(GPtrArray) found =
        domain == NULL ? g_ptr_array_new() : xml_nodes(xml_root(domain), "devices/disk[.//encryption]");
    for (guint i = 0; i < found->len; i++) {
        g_autofree char *at = xml_string(g_ptr_array_index(found, i), "target/@dev");
        if (g_strcmp0(at, target) == 0)
            return TRUE;
    }
    return FALSE;
}

/* What a linked copy stands on of the disk: the image below it, or what the snapshot froze. */
static gboolean find_base(const struct source *source, struct source_disk *disk, GError **error) {
    disk->base = disk->volume->backing;
    disk->base_format = disk->volume->backing_format;
    if (source->frozen == NULL)
        return TRUE;
    const struct frozen *frozen = frozen_disk(source->frozen, disk->target);
    g_autoptr(virStorageVol) handle =
        frozen == NULL ? NULL : volume_lookup_path(virDomainGetConnect(source->domain), frozen->path, error);
    g_autoptr(volume_t) volume = handle == NULL ? NULL : volume_read(handle, error);
    if (volume == NULL) {
        if (error != NULL && *error == NULL)
            error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "cannot %s '%s': disk %s is not in snapshot '%s'",
                      source->verb, source->name, disk->target, source->snapshot);
        return FALSE;
    }
    disk->base = frozen->path;
    disk->base_format = frozen->format;
    disk->volume->capacity = volume->capacity;
    disk->size = 0;
    return TRUE;
}

static gboolean add_disk(struct source *source, const struct guest_disk *disk, GError **error) {
    if (strcmp(disk->device, "lun") == 0)
        return cannot_copy(source, disk, "a SCSI device of the host", error);
    if (disk->path == NULL && disk->volume == NULL)
        return cannot_copy(source, disk, "of a kind that innkeep cannot copy", error);
    if (disk->volume == NULL && *disk->path != '/')
        return cannot_copy(source, disk, "on the network", error);
    if (is_encrypted(source, disk->target))
        return cannot_copy(source, disk, "encrypted", error);
    virStorageVolPtr handle = find_volume(source, disk, error);
    if (handle == NULL)
        return FALSE;
    struct source_disk *copied = g_new0(struct source_disk, 1);
    copied->target = g_strdup(disk->target);
    copied->handle = handle;
    copied->volume = volume_read(handle, error);
    g_ptr_array_add(source->disks, copied);
    if (copied->volume != NULL)
        copied->size = source->linked
                           ? copied->volume->allocation
                           : volume_whole_size(virDomainGetConnect(source->domain), copied->volume);
    return copied->volume != NULL && find_base(source, copied, error);
}

/* A linked clone stands on what the source stands on, which nobody may write to. */
static gboolean check_linked(const struct source *source, const struct source_disk *disk,
                             const struct uses *uses, GError **error) {
    const struct volume *volume = disk->volume;
    const char *writer = disk->base == NULL ? NULL : uses_writer(uses, disk->base, NULL);
    gboolean overlay = disk->base != NULL && disk->base_format != NULL &&
                       (source->frozen != NULL || g_strcmp0(volume->format, "qcow2") == 0);
    if (overlay && writer == NULL)
        return TRUE;
    g_autofree char *hint = g_strdup_printf("innkeep clone --full '%s'", source->name);
    if (writer != NULL)
        error_set(error, INNKEEP_ERROR_CONFLICT, hint,
                  "cannot clone '%s' linked: its image %s is the disk of '%s', which writes to it",
                  source->name, disk->base, writer);
    else
        error_set(error, INNKEEP_ERROR_CONFLICT, hint,
                  "cannot clone '%s' linked: disk %s is no overlay on an image", source->name, disk->target);
    return FALSE;
}

/* A disk that another guest writes to while it is copied gives a copy that never was. */
static gboolean check_quiet(const struct source *source, const struct source_disk *disk,
                            const struct uses *uses, const char *uuid, GError **error) {
    const char *writer = uses_writer(uses, disk->volume->path, uuid);
    g_autoptr(virDomain) other =
        writer == NULL ? NULL : virDomainLookupByName(virDomainGetConnect(source->domain), writer);
    if (other == NULL || virDomainIsActive(other) != 1)
        return TRUE;
    g_autofree char *hint = g_strdup_printf("innkeep shutdown '%s'", writer);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint,
              "cannot %s '%s': its disk %s is also '%s''s, which is running", source->verb, source->name,
              disk->target, writer);
    return FALSE;
}

static gboolean check_uses(const struct source *source, const char *uuid, GError **error) {
    g_autoptr(uses_t) uses = uses_read(virDomainGetConnect(source->domain), FALSE, error);
    gboolean fine = uses != NULL;
    for (guint i = 0; i < source->disks->len && fine; i++) {
        const struct source_disk *disk = g_ptr_array_index(source->disks, i);
        fine = (source->frozen != NULL || check_quiet(source, disk, uses, uuid, error)) &&
               (!source->linked || check_linked(source, disk, uses, error));
    }
    return fine;
}

static gboolean is_copied(const struct source *source, const struct guest_disk *disk) {
    return strcmp(disk->device, "cdrom") != 0 && strcmp(disk->device, "floppy") != 0 && !disk->read_only &&
           !disk->shareable && (source->only == NULL || g_strcmp0(disk->target, source->only) == 0);
}

static gboolean has_disk(const struct guest_facts *facts, const struct guest_disk *wanted) {
    for (guint i = 0; i < facts->disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(facts->disks, i);
        if (g_strcmp0(disk->target, wanted->target) == 0 && g_strcmp0(disk->path, wanted->path) == 0 &&
            g_strcmp0(disk->volume, wanted->volume) == 0)
            return TRUE;
    }
    return FALSE;
}

/* A disk that is attached, or taken away, only at the next start would be copied from the wrong file. */
static gboolean check_running_disks(const struct source *source, const char *uuid, GError **error) {
    char *text = virDomainGetXMLDesc(source->domain, 0);
    if (text == NULL) {
        libvirt_error_set(error, "cannot look at guest '%s'", source->name);
        return FALSE;
    }
    struct guest_facts *running = guest_facts_parse(text, uuid);
    gboolean same = TRUE;
    for (guint i = 0; i < source->facts->disks->len && same; i++) {
        const struct guest_disk *disk = g_ptr_array_index(source->facts->disks, i);
        same = !is_copied(source, disk) || has_disk(running, disk);
    }
    guest_facts_unref(running);
    free(text);
    if (!same)
        error_set(error, INNKEEP_ERROR_CONFLICT, "shut it down, or start it anew, and try again then",
                  "cannot %s '%s': it runs with other disks than its definition has", source->verb,
                  source->name);
    return same;
}

static gboolean find_disks(struct source *source, const char *uuid, GError **error) {
    source->disks = g_ptr_array_new_with_free_func(source_disk_free);
    for (guint i = 0; i < source->facts->disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(source->facts->disks, i);
        if (is_copied(source, disk) && !add_disk(source, disk, error))
            return FALSE;
    }
    if (source->only != NULL && source->disks->len == 0) {
        g_autofree char *hint = g_strdup_printf("innkeep show '%s'", source->name);
        error_set(error, INNKEEP_ERROR_NOT_FOUND, hint, "cannot %s '%s': it has no disk %s of its own",
                  source->verb, source->name, source->only);
        return FALSE;
    }
    return check_uses(source, uuid, error);
}

static gboolean read_frozen(struct source *source, const struct request *request, GError **error) {
    gboolean external = FALSE;
    if (!snapshot_is_external(source->domain, request, &external, error))
        return FALSE;
    if (external)
        return (source->frozen = frozen_read(source->domain, source->snapshot, error)) != NULL;
    g_autofree char *hint = g_strdup_printf("innkeep clone --full '%s' copies it as it is now", source->name);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint,
              "cannot %s '%s' linked: snapshot '%s' is inside its disks, and nothing can stand on that",
              source->verb, source->name, source->snapshot);
    return FALSE;
}

gboolean source_read(struct source *source, struct operation *operation, const struct request *request,
                     GError **error) {
    source->domain = virDomainLookupByUUIDString(operation->connection, request->uuid);
    if (source->domain == NULL) {
        libvirt_error_set(error, "no such guest '%s'", request->name == NULL ? request->uuid : request->name);
        return FALSE;
    }
    source->name = virDomainGetName(source->domain);
    if (source->snapshot != NULL && !read_frozen(source, request, error))
        return FALSE;
    if (!look_at(source, error) || (!source->active && !source_at_rest(source, error)))
        return FALSE;
    source->xml = virDomainGetXMLDesc(source->domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    if (source->xml == NULL) {
        libvirt_error_set(error, "cannot read the definition of '%s'", source->name);
        return FALSE;
    }
    source->facts = guest_facts_parse(source->xml, request->uuid);
    if (source->active && !check_running_disks(source, request->uuid, error))
        return FALSE;
    source->pool = pool_choose(operation->connection, operation->settings, error);
    if (source->pool == NULL)
        return FALSE;
    refresh_pools(operation->connection);
    return find_disks(source, request->uuid, error);
}

gboolean source_has_room(const struct source *source, guint count, GError **error) {
    guint64 available = 0, needed = 0;
    if (!pool_available(source->pool, &available, error))
        return FALSE;
    for (guint i = 0; i < source->disks->len; i++)
        needed += ((const struct source_disk *)g_ptr_array_index(source->disks, i))->size;
    if (available / count >= needed)
        return TRUE;
    g_autofree char *wanted = units_format_size(needed * count);
    g_autofree char *there = units_format_size(available);
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "pool '%s' has %s free and the copy needs %s",
              virStoragePoolGetName(source->pool), there, wanted);
    return FALSE;
}

/* ---- while it runs ---- */

gboolean source_copy_live(const struct source *source, struct work *work, struct made *made, GStrv paths,
                          GPtrArray *notes, GError **error) {
    g_autofree struct live_disk *disks = g_new0(struct live_disk, source->disks->len + 1);
    g_autofree char *note = NULL;
    guint64 total = 0;
    for (guint i = 0; i < source->disks->len; i++) {
        const struct source_disk *disk = g_ptr_array_index(source->disks, i);
        disks[i] = (struct live_disk){.target = disk->target, .path = paths[i]};
        total += disk->size;
    }
    if (source->disks->len == 0)
        return TRUE;
    if (!live_copy(work, made, source->domain, disks, source->disks->len, total, &note, error))
        return FALSE;
    if (note != NULL)
        g_ptr_array_add(notes, g_steal_pointer(&note));
    pool_refresh(source->pool);
    return TRUE;
}
