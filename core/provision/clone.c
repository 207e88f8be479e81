/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/clone.h"

#include <string.h>

#include "config/suggest.h"
#include "core/base/xml.h"
#include "core/guest/console_log_file.h"
#include "core/guest/identity.h"
#include "core/guest/metadata.h"
#include "core/provision/create.h"
#include "core/template/image.h"
#include "core/provision/live.h"
#include "core/provision/name.h"
#include "core/provision/nvram.h"
#include "core/provision/overcommit.h"
#include "core/provision/recovery.h"
#include "core/seed/copy.h"
#include "core/provision/source.h"
#include "core/storage/pool.h"

#define COUNT_MAX 100

/* ---- making one ---- */

/* The copy's path; the caller's. Of a guest that runs it is still empty. */
static char *copy_disk(struct work *work, struct made *made, const struct source *source,
                       const struct source_disk *disk, const char *file, GError **error) {
    const struct volume *volume = disk->volume;
    gboolean empty = source->linked || source->active;
    struct volume_spec spec = {.name = file, .format = "qcow2", .capacity = volume->capacity};
    if (source->linked) {
        spec.backing = disk->base;
        spec.backing_format = disk->base_format;
    }
    g_autoptr(virStorageVol) copy =
        work_volume(work, made, source->pool, &spec, empty ? NULL : disk->handle, error);
    if (copy == NULL)
        return NULL;
    if (source->linked && source->snapshot == NULL) {
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

static void renew(const struct work *work, const struct source *source, xmlDoc *domain, const char *name,
                  const char *uuid, GPtrArray *notes) {
    g_autofree char *log = console_log_new(work->operation, uuid, work->journal != NULL);
    const char *note = seed_copy_note(source->facts, domain);
    identity_renew(domain, name, uuid, log, notes);
    if (note != NULL)
        g_ptr_array_add(notes, g_strdup(note));
}

/* FALSE and an error; well also where there are none, or they cannot be read, which notes gets. */
static gboolean copy_nvram(struct work *work, struct made *made, const struct source *source,
                           xmlDoc *definition, GStrvBuilder *paths, GPtrArray *notes, GError **error) {
    const char *note = NULL;
    g_autofree char *file = nvram_find(source->domain, &note);
    if (note != NULL)
        g_ptr_array_add(notes, g_strdup(note));
    if (file == NULL)
        return TRUE;
    g_autofree char *copy = nvram_copy(work, made, source->pool, file, definition, error);
    if (copy != NULL)
        g_strv_builder_add(paths, copy);
    return copy != NULL;
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
    renew(work, source, domain, name, uuid, notes);
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
    }
    if (!copy_nvram(work, made, source, domain, paths, notes, error))
        return FALSE;
    g_auto(GStrv) volumes = g_strv_builder_end(paths);
    /* Started while it was copied at rest: the copy is torn. */
    if (source->active ? !source_copy_live(source, work, made, volumes, notes, error)
                       : !source_at_rest(source, error))
        return FALSE;
    note_origin(domain, source, made, volumes);
    return work_define(work, made, domain, start, error);
}

/* What the copies could outgrow, or NULL; the caller's. */
static char *tight(const struct source *source, guint count, gboolean start) {
    guint64 disk = 0;
    for (guint i = 0; i < source->disks->len; i++)
        disk += ((const struct source_disk *)g_ptr_array_index(source->disks, i))->volume->capacity;
    return overcommit_note(source->pool, disk * count, start ? source->facts->memory_max * count : 0);
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
    char *room = tight(source, g_strv_length(names), start);
    gboolean well = TRUE;
    for (char **name = names; well && *name != NULL; name++)
        well = make_one(work, source, *name, start, notes, error);
    if (room != NULL)
        g_ptr_array_insert(notes, 0, room);
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
    const char *copying = source->snapshot != NULL ? "create"
                          : source->linked         ? "copy the overlay"
                          : source->active         ? "copy while it runs"
                                                   : "copy";
    for (guint i = 0; i < source->disks->len; i++) {
        const struct source_disk *disk = g_ptr_array_index(source->disks, i);
        g_autofree char *file = name_volume(name, i == 0 ? NULL : disk->target);
        work_plan(work, "volume", file, copying, disk->size);
    }
    const char *of_nvram = NULL;
    g_autofree char *nvram = nvram_find(source->domain, &of_nvram), *nvram_name = name_nvram(name);
    if (nvram != NULL)
        work_plan(work, "volume", nvram_name, "copy", UNKNOWN_SIZE);
    if (of_nvram != NULL)
        g_ptr_array_add(notes, g_strdup(of_nvram));
    g_autofree char *note = source->active ? live_note(source->domain) : NULL;
    if (note != NULL)
        work_plan(work, "copy", source->name, note, UNKNOWN_SIZE);
    work_plan(work, "define", name, "define", UNKNOWN_SIZE);
    if (start)
        work_plan(work, "start", name, "start", UNKNOWN_SIZE);
    if (domain == NULL)
        return;
    g_autofree char *uuid = g_uuid_string_random();
    renew(work, source, domain, name, uuid, notes);
    for (guint i = 0; i < notes->len; i++)
        work_plan(work, "identity", name, g_ptr_array_index(notes, i), UNKNOWN_SIZE);
}

/* ---- of what ---- */

static gboolean add_guests(virConnectPtr connection, GPtrArray *names, GError **error) {
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(connection, &domains, 0);
    if (count < 0)
        libvirt_error_set(error, "cannot list guests");
    for (int i = 0; i < count; i++) {
        g_ptr_array_add(names, g_strdup(virDomainGetName(domains[i])));
        virDomainFree(domains[i]);
    }
    free(domains);
    return count >= 0;
}

/* What is no guest must be a template. */
static gboolean is_template(const struct operation *operation, const char *name, GError **error) {
    g_autoptr(virStoragePool) pool = pool_choose(operation->connection, operation->settings, NULL);
    g_auto(GStrv) templates = image_names(pool, error);
    if (templates == NULL || g_strv_contains((const char *const *)templates, name))
        return templates != NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (char **template = templates; *template != NULL; template ++)
        g_ptr_array_add(names, g_strdup(*template));
    if (!add_guests(operation->connection, names, error))
        return FALSE;
    g_ptr_array_add(names, NULL);
    const char *near = suggest_nearest(name, (const char *const *)names->pdata);
    g_autofree char *hint = near == NULL ? g_strdup("innkeep list and innkeep template list name them")
                                         : g_strdup_printf("did you mean '%s'?", near);
    error_set(error, INNKEEP_ERROR_NOT_FOUND, hint, "no guest or template '%s'", name);
    return FALSE;
}

/* ---- public ---- */

gboolean provision_clone(struct operation *operation, const struct request *request, struct outcome *outcome,
                         GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    g_auto(source_t) source = {.verb = "clone",
                               .snapshot = request->snapshot,
                               .linked = request->linked == 1 || request->snapshot != NULL};
    guint count = MAX(request->count, 1);
    gboolean start = request->start == 1;
    if (request->snapshot != NULL && (request->uuid == NULL || request->linked == 0)) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL,
                  "--snapshot makes a linked clone of a guest: not of a template, and no full copy");
        return FALSE;
    }
    if (request->uuid == NULL)
        return (request->template_name == NULL || is_template(operation, request->template_name, error)) &&
               provision_create(operation, request, outcome, error);
    if (count > COUNT_MAX) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%u guests at once are more than %d", count, COUNT_MAX);
        return FALSE;
    }
    if ((request->new_name != NULL && !name_check(request->new_name, error)) ||
        !source_read(&source, operation, request, error) || !source_has_room(&source, count, error))
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
    g_autofree char *room = tight(&source, count, start);
    if (room != NULL)
        work_plan(&work, "room", virStoragePoolGetName(source.pool), room, UNKNOWN_SIZE);
    return TRUE;
}
