/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/clone.h"

#include <string.h>

#include "config/units.h"
#include "core/base/xml.h"
#include "core/guest/identity.h"
#include "core/guest/metadata.h"
#include "core/host/facts.h"
#include "core/provision/create.h"
#include "core/provision/live.h"
#include "core/provision/name.h"
#include "core/provision/recovery.h"
#include "core/provision/seed_copy.h"
#include "core/provision/work.h"
#include "core/storage/pool.h"
#include "core/storage/uses.h"

#define COUNT_MAX   100
#define CHAIN_MAX   32
#define CHAIN_EXTRA (1024 * 1024) /* bytes of a small qcow2 file's tables */

/* A disk that gets a copy of its own. */
struct source_disk {
    char *target;
    virStorageVolPtr handle;
    struct volume *volume;
    guint64 size; /* bytes of it and of what it stands on */
};

/* The guest that is copied. */
typedef struct source {
    virDomainPtr domain;
    const char *name; /* the domain's */
    char *xml;
    struct guest_facts *facts;
    GPtrArray *disks; /* struct source_disk */
    virStoragePoolPtr pool;
    gboolean linked, active; /* active: copied while it runs */
} source_t;

static void source_disk_free(gpointer data) {
    struct source_disk *disk = data;
    g_free(disk->target);
    libvirt_volume_free(disk->handle);
    volume_free(disk->volume);
    g_free(disk);
}

static void source_clear(source_t *source) {
    g_clear_pointer(&source->disks, g_ptr_array_unref);
    guest_facts_unref(source->facts);
    free(source->xml);
    libvirt_pool_free(source->pool);
    libvirt_domain_free(source->domain);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(source_t, source_clear)

/* ---- the source ---- */

static gboolean look_at(struct source *source, GError **error) {
    int active = virDomainIsActive(source->domain);
    source->active = active == 1;
    if (active < 0) {
        libvirt_error_set(error, "cannot look at guest '%s'", source->name);
        return FALSE;
    }
    if (!source->active || !source->linked)
        return TRUE;
    g_autofree char *hint = g_strdup_printf("innkeep clone --full '%s'", source->name);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint,
              "cannot clone '%s' linked: it is running; a full copy does not stop it", source->name);
    return FALSE;
}

/* FALSE and a conflict when its disks may be written to by now, or belong to a memory image. */
static gboolean at_rest(const struct source *source, GError **error) {
    if (virDomainIsActive(source->domain) != 0) {
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "cannot clone '%s': it was started meanwhile",
                  source->name);
        return FALSE;
    }
    if (virDomainHasManagedSaveImage(source->domain, 0) != 1)
        return TRUE;
    g_autofree char *hint = g_strdup_printf("innkeep start '%s', then shut it down", source->name);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint,
              "cannot clone '%s': its memory is saved, and its disk is not complete without it",
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
        error_set(error, INNKEEP_ERROR_CONFLICT, hint,
                  "cannot clone '%s': disk %s, %s, is in no storage pool", source->name, disk->target,
                  disk->path);
    }
    return volume;
}

static gboolean cannot_copy(const struct source *source, const struct guest_disk *disk, const char *what,
                            GError **error) {
    error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "cannot clone '%s': disk %s is %s", source->name,
              disk->target, what);
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

/* What a copy that stands alone takes: with the images below it. */
static guint64 size_of_chain(virConnectPtr connection, const struct volume *volume) {
    guint64 size = volume->allocation;
    g_autofree char *below = g_strdup(volume->backing);
    for (int depth = 0; below != NULL && depth < CHAIN_MAX; depth++) {
        g_autoptr(virStorageVol) handle = volume_lookup_path(connection, below, NULL);
        g_autoptr(volume_t) image = handle == NULL ? NULL : volume_read(handle, NULL);
        g_free(below);
        below = image == NULL ? NULL : g_strdup(image->backing);
        size += image == NULL ? 0 : image->allocation;
    }
    return MIN(size, volume->capacity + volume->capacity / 64 + CHAIN_EXTRA);
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
        copied->size = source->linked ? copied->volume->allocation
                                      : size_of_chain(virDomainGetConnect(source->domain), copied->volume);
    return copied->volume != NULL;
}

/* A linked clone stands on what the source stands on, which nobody may write to. */
static gboolean check_linked(const struct source *source, const struct source_disk *disk,
                             const struct uses *uses, GError **error) {
    const struct volume *volume = disk->volume;
    const char *writer = volume->backing == NULL ? NULL : uses_writer(uses, volume->backing, NULL);
    gboolean overlay =
        volume->backing != NULL && volume->backing_format != NULL && g_strcmp0(volume->format, "qcow2") == 0;
    if (overlay && writer == NULL)
        return TRUE;
    g_autofree char *hint = g_strdup_printf("innkeep clone --full '%s'", source->name);
    if (writer != NULL)
        error_set(error, INNKEEP_ERROR_CONFLICT, hint,
                  "cannot clone '%s' linked: its image %s is the disk of '%s', which writes to it",
                  source->name, volume->backing, writer);
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
              "cannot clone '%s': its disk %s is also '%s''s, which is running", source->name, disk->target,
              writer);
    return FALSE;
}

static gboolean check_uses(const struct source *source, const char *uuid, GError **error) {
    g_autoptr(uses_t) uses = uses_read(virDomainGetConnect(source->domain), FALSE, error);
    gboolean fine = uses != NULL;
    for (guint i = 0; i < source->disks->len && fine; i++) {
        const struct source_disk *disk = g_ptr_array_index(source->disks, i);
        fine = check_quiet(source, disk, uses, uuid, error) &&
               (!source->linked || check_linked(source, disk, uses, error));
    }
    return fine;
}

static gboolean is_copied(const struct guest_disk *disk) {
    return strcmp(disk->device, "cdrom") != 0 && strcmp(disk->device, "floppy") != 0 && !disk->read_only &&
           !disk->shareable;
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
        same = !is_copied(disk) || has_disk(running, disk);
    }
    guest_facts_unref(running);
    free(text);
    if (!same)
        error_set(error, INNKEEP_ERROR_CONFLICT, "shut it down, or start it anew, and clone it then",
                  "cannot clone '%s': it runs with other disks than its definition has", source->name);
    return same;
}

static gboolean find_disks(struct source *source, const char *uuid, GError **error) {
    source->disks = g_ptr_array_new_with_free_func(source_disk_free);
    for (guint i = 0; i < source->facts->disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(source->facts->disks, i);
        if (is_copied(disk) && !add_disk(source, disk, error))
            return FALSE;
    }
    return check_uses(source, uuid, error);
}

static gboolean read_source(struct source *source, struct operation *operation, const struct request *request,
                            GError **error) {
    source->linked = request->linked == 1;
    source->domain = virDomainLookupByUUIDString(operation->connection, request->uuid);
    if (source->domain == NULL) {
        libvirt_error_set(error, "no such guest '%s'", request->name == NULL ? request->uuid : request->name);
        return FALSE;
    }
    source->name = virDomainGetName(source->domain);
    if (!look_at(source, error) || (!source->active && !at_rest(source, error)))
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

static gboolean check_room(const struct source *source, guint count, GError **error) {
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

/* ---- making one ---- */

/* The copy's path; the caller's. Of a guest that runs it is still empty. */
static char *copy_disk(struct work *work, struct made *made, const struct source *source,
                       const struct source_disk *disk, const char *file, GError **error) {
    const struct volume *volume = disk->volume;
    gboolean empty = source->linked || source->active;
    struct volume_spec spec = {.name = file, .format = "qcow2", .capacity = volume->capacity};
    if (source->linked) {
        spec.backing = volume->backing;
        spec.backing_format = volume->backing_format;
    }
    g_autoptr(virStorageVol) copy =
        work_volume(work, made, source->pool, &spec, empty ? NULL : disk->handle, error);
    if (copy == NULL)
        return NULL;
    if (source->linked) {
        struct transfer transfer = work_transfer(work);
        if (!work_begin(work, made, "copy", file, "copy", error) ||
            !transfer_copy_bytes(disk->handle, copy, volume->physical, &transfer, error))
            return NULL;
        work_end(made);
    }
    char *path = virStorageVolGetPath(copy);
    if (path == NULL)
        libvirt_error_set(error, "cannot look at volume '%s'", file);
    char *result = g_strdup(path);
    free(path);
    return result;
}

/* All disks as they are at one moment, into the files that copy_disk() made. */
static gboolean fill_disks(struct work *work, struct made *made, const struct source *source, GStrv paths,
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

static void note_origin(xmlDoc *domain, const struct source *source, const struct made *made,
                        char **volumes) {
    g_autofree char *created = work_now();
    const struct guest_facts *facts = source->facts;
    struct metadata metadata = {.uuid = made->uuid,
                                .template_name = facts->template_name,
                                .role = facts->role,
                                .created = created,
                                .user = facts->user,
                                .linked = source->linked,
                                .tags = facts->tags,
                                .volumes = volumes};
    metadata_write(domain, &metadata);
}

static gboolean make_one(struct work *work, const struct source *source, const char *name, gboolean start,
                         GPtrArray *notes, GError **error) {
    g_autofree char *uuid = g_uuid_string_random();
    g_autoptr(xmlDoc) domain = xml_parse(source->xml, source->name, error);
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();
    if (domain == NULL)
        return FALSE;
    struct made *made = work_made(work, name, uuid);
    g_ptr_array_set_size(notes, 0);
    identity_renew(domain, name, uuid, notes);
    for (guint i = 0; i < source->disks->len; i++) {
        const struct source_disk *disk = g_ptr_array_index(source->disks, i);
        g_autofree char *file = name_volume(name, i == 0 ? NULL : disk->target);
        g_autofree char *path = copy_disk(work, made, source, disk, file, error);
        if (path == NULL)
            return FALSE;
        identity_set_disk(domain, disk->target, path, "qcow2");
        g_strv_builder_add(paths, path);
    }
    if (seed_copy_wanted(source->facts)) {
        g_autofree char *seed = seed_copy(work, made, source->pool, source->facts, domain, error);
        if (seed == NULL)
            return FALSE;
        g_strv_builder_add(paths, seed);
        g_ptr_array_add(notes, g_strdup(seed_copy_note));
    }
    g_auto(GStrv) volumes = g_strv_builder_end(paths);
    /* Started while it was copied at rest: the copy is torn. */
    if (source->active ? !fill_disks(work, made, source, volumes, notes, error) : !at_rest(source, error))
        return FALSE;
    note_origin(domain, source, made, volumes);
    return work_define(work, made, domain, start, error);
}

static gboolean make_all(struct work *work, const struct source *source, GStrv names, gboolean start,
                         GError **error) {
    g_autofree char *listed = g_strjoinv(", ", names);
    g_autofree char *title = g_strdup_printf("clone %s -> %s", source->name, listed);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    recovery_run(work->operation);
    g_autoptr(journal_t) journal = journal_begin(work->operation->connection, title, error);
    if (journal == NULL)
        return FALSE;
    work->journal = journal;
    gboolean well = TRUE;
    for (char **name = names; well && *name != NULL; name++)
        well = make_one(work, source, *name, start, notes, error);
    if (!work_finish(work, well, error))
        return FALSE;
    g_ptr_array_add(notes, NULL);
    work->outcome->note = notes->len == 1 ? NULL : g_strjoinv("; ", (char **)notes->pdata);
    work->outcome->message = g_strdup_printf("%s: cloned from %s%s%s", listed, source->name,
                                             work->outcome->note == NULL ? "" : "; ",
                                             work->outcome->note == NULL ? "" : work->outcome->note);
    return TRUE;
}

static void plan_one(struct work *work, const struct source *source, const char *name, gboolean start) {
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(xmlDoc) domain = xml_parse(source->xml, source->name, NULL);
    const char *copying = source->linked   ? "copy the overlay"
                          : source->active ? "copy while it runs"
                                           : "copy";
    for (guint i = 0; i < source->disks->len; i++) {
        const struct source_disk *disk = g_ptr_array_index(source->disks, i);
        g_autofree char *file = name_volume(name, i == 0 ? NULL : disk->target);
        work_plan(work, "volume", file, copying, disk->size);
    }
    g_autofree char *note = source->active ? live_note(source->domain) : NULL;
    if (note != NULL)
        work_plan(work, "copy", source->name, note, UNKNOWN_SIZE);
    work_plan(work, "define", name, "define", UNKNOWN_SIZE);
    if (start)
        work_plan(work, "start", name, "start", UNKNOWN_SIZE);
    if (domain == NULL)
        return;
    g_autofree char *uuid = g_uuid_string_random();
    identity_renew(domain, name, uuid, notes);
    if (seed_copy_wanted(source->facts))
        g_ptr_array_add(notes, g_strdup(seed_copy_note));
    for (guint i = 0; i < notes->len; i++)
        work_plan(work, "identity", name, g_ptr_array_index(notes, i), UNKNOWN_SIZE);
}

/* ---- public ---- */

gboolean provision_clone(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    g_auto(source_t) source = {0};
    guint count = MAX(request->count, 1);
    gboolean start = request->start == 1;
    if (request->uuid == NULL)
        return provision_create(operation, request, outcome, error);
    if (count > COUNT_MAX) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%u guests at once are more than %d", count, COUNT_MAX);
        return FALSE;
    }
    if ((request->new_name != NULL && !name_check(request->new_name, error)) ||
        !read_source(&source, operation, request, error) || !check_room(&source, count, error))
        return FALSE;
    g_autofree char *stem = name_stem(source.name);
    g_auto(GStrv) names =
        name_choose(operation->connection, source.pool, request->new_name, stem,
                    request->new_name == NULL ? NAME_FIRST_COPY : NAME_FIRST_MADE, count, error);
    if (names == NULL)
        return FALSE;
    if (!request->dry_run)
        return make_all(&work, &source, names, start, error);
    for (char **name = names; *name != NULL; name++)
        plan_one(&work, &source, *name, start);
    return TRUE;
}
