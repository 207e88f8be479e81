/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/publish.h"

#include <string.h>

#include "core/base/xml.h"
#include "core/guest/cloud_init.h"
#include "core/host/connection.h"
#include "core/template/golden.h"
#include "core/provision/live.h"
#include "core/template/published.h"
#include "core/seed/seed.h"
#include "core/seed/copy.h"
#include "core/provision/source.h"
#include "core/storage/pool.h"

/* What a person should know of it. */
static const char renewed[] =
    "cloud-init renews host name, machine-id, SSH host keys, leases, logs and its own "
    "state in each new guest; accounts with their passwords and keys stay";
static const char kept[] =
    "innkeep does not know of cloud-init in it: its host name, machine-id, SSH host keys, leases, logs and "
    "accounts are in every guest of the template. Where cloud-init is in it, publish it while it runs with "
    "its "
    "guest agent";

/* One publication. */
typedef struct publication {
    struct source source;
    struct image *image; /* the template as it is there now; NULL: it is not */
    struct template *definition;
    GPtrArray *notes; /* char * */
    gboolean whole;   /* published: with its definition */
} publication_t;

static void publication_clear(publication_t *publication) {
    source_clear(&publication->source);
    image_free(publication->image);
    template_free(publication->definition);
    g_clear_pointer(&publication->notes, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(publication_t, publication_clear)

/* ---- what it shall be ---- */

/* The template that the guest was made from, as far as it is still there; NULL without an error. */
static struct template *origin_of(const struct source *source, virConnectPtr connection) {
    g_autoptr(GError) unknown = NULL;
    const char *name = source->facts->template_name;
    g_autoptr(image_t) image = name == NULL ? NULL : image_read(connection, source->pool, name, &unknown);
    return image == NULL ? NULL : golden_definition(image->definition);
}

static gboolean has_cloud_init(const struct source *source, const struct template *origin) {
    return seed_copy_wanted(source->facts) || (origin != NULL && seed_wanted(origin)) ||
           (source->active && cloud_init_is_in(source->domain));
}

static gboolean define_whole(struct publication *publication, const struct request *request, GError **error) {
    struct source *source = &publication->source;
    g_autoptr(xmlDoc) domain = xml_parse(source->xml, source->name, error);
    if (domain == NULL)
        return FALSE;
    g_autoptr(template_t) origin = origin_of(source, virDomainGetConnect(source->domain));
    publication->definition =
        published_definition(request->new_name, domain, source->facts, origin, publication->notes);
    publication->definition->published = g_strdup(request->uuid);
    publication->definition->renew = has_cloud_init(source, origin);
    if (publication->definition->renew)
        g_ptr_array_insert(publication->notes, 0, g_strdup(renewed));
    else if (!published_told_by_kernel(domain))
        g_ptr_array_insert(publication->notes, 0, g_strdup(kept));
    return TRUE;
}

static gboolean define(struct publication *publication, const struct request *request, GError **error) {
    if (publication->whole && !define_whole(publication, request, error))
        return FALSE;
    if (!publication->whole)
        publication->definition = golden_new(request->new_name, publication->image);
    struct template *definition = publication->definition;
    if (definition != NULL)
        golden_describe(definition, request->description, publication->whole ? "published" : "imported",
                        publication->source.name);
    return definition != NULL && place_can_define(definition, error);
}

/* Whether it is free, or an earlier version of the same. */
static gboolean look_at_name(struct publication *publication, struct operation *operation,
                             const struct request *request, GError **error) {
    GError *cause = NULL;
    publication->image = golden_there(operation, publication->source.pool, request->new_name, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    const struct image *image = publication->image;
    if (image == NULL || (!publication->whole && image->volume == NULL && image->record == NULL) ||
        (!publication->whole && golden_replaces(image, request)) ||
        (publication->whole && image->definition == image->record &&
         g_strcmp0(image->record->published, request->uuid) == 0))
        return TRUE;
    error_set(error, INNKEEP_ERROR_CONFLICT, "give another name, or innkeep template delete it",
              "there is a template '%s' already%s%s", request->new_name,
              image->definition->path == NULL ? "" : ", defined in ",
              image->definition->path == NULL ? "" : image->definition->path);
    return FALSE;
}

static gboolean one_disk(const struct publication *publication, GError **error) {
    const struct source *source = &publication->source;
    g_autoptr(GString) targets = g_string_new(NULL);
    if (source->disks->len == 1)
        return TRUE;
    for (guint i = 0; i < source->disks->len; i++)
        g_string_append_printf(targets, "%s%s", i == 0 ? "" : ", ",
                               ((const struct source_disk *)g_ptr_array_index(source->disks, i))->target);
    if (source->disks->len == 0)
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "cannot %s '%s': it has no disk of its own",
                  source->verb, source->name);
    else
        error_set(error, INNKEEP_ERROR_CONFLICT,
                  publication->whole
                      ? "innkeep template import --guest GUEST --storage DISK takes one of them"
                      : "say which by --storage",
                  "cannot %s '%s': a template has one disk, and it has %u: %s", source->verb, source->name,
                  source->disks->len, targets->str);
    return FALSE;
}

/* ---- making it ---- */

/* A file to boot by, in a volume of the template's own: what it lies in now may go with another template. One
 * that is in no pool stays where it is. */
static gboolean copy_part(const struct place *place, const char *stem, const char *suffix, char **part,
                          GError **error) {
    GError *cause = NULL;
    g_autoptr(virStorageVol) from =
        *part == NULL ? NULL : volume_lookup_path(place->work->operation->connection, *part, &cause);
    g_autoptr(volume_t) volume = from == NULL ? NULL : volume_read(from, &cause);
    if (volume == NULL) {
        if (cause != NULL)
            g_propagate_error(error, cause);
        return cause == NULL;
    }
    g_autofree char *file = g_strconcat(stem, suffix, NULL);
    g_autoptr(virStorageVol) copy = place_copy(place, file, "raw", from, volume, error);
    if (copy == NULL)
        return FALSE;
    g_free(*part);
    *part = g_steal_pointer(&file);
    return TRUE;
}

/* QEMU cannot write into what is read-only, and made so afterwards it can be by the owner of the files alone:
 * else libvirt copies what QEMU wrote. */
static gboolean is_copied_twice(const struct source *source) {
    virConnectPtr connection = virDomainGetConnect(source->domain);
    return source->active && volume_can_be_read_only(connection) && !connection_owns_files(connection);
}

static virStorageVolPtr copy_live(const struct place *place, const struct publication *publication,
                                  const char *file, const struct volume *volume, GError **error) {
    const struct source *source = &publication->source;
    g_autoptr(virStorageVol) copy = place_copy(place, file, "qcow2", NULL, volume, error);
    char *path = copy == NULL ? NULL : virStorageVolGetPath(copy);
    char *paths[] = {path, NULL};
    gboolean filled =
        path != NULL && source_copy_live(source, place->work, place->made, paths, publication->notes, error);
    free(path);
    return filled ? g_steal_pointer(&copy) : NULL;
}

static virStorageVolPtr copy_twice(const struct place *place, const struct publication *publication,
                                   const char *file, const struct volume *volume, GError **error) {
    g_autofree char *writable = g_strconcat(file, ".copying", NULL);
    g_autoptr(virStorageVol) first = copy_live(place, publication, writable, volume, error);
    g_autoptr(virStorageVol) second =
        first == NULL ? NULL : place_copy(place, file, "qcow2", first, volume, error);
    return second != NULL && volume_delete(first, error) ? g_steal_pointer(&second) : NULL;
}

static virStorageVolPtr copy_disk(const struct place *place, const struct publication *publication,
                                  const char *file, GError **error) {
    const struct source *source = &publication->source;
    const struct source_disk *disk = g_ptr_array_index(source->disks, 0);
    if (source->active)
        return (is_copied_twice(source) ? copy_twice : copy_live)(place, publication, file, disk->volume,
                                                                  error);
    g_autoptr(virStorageVol) copy = place_copy(place, file, "qcow2", disk->handle, disk->volume, error);
    /* Started while it was copied at rest: the copy is torn. */
    return copy != NULL && source_at_rest(source, error) ? g_steal_pointer(&copy) : NULL;
}

static gboolean put(const struct place *place, const char *folder, gpointer data, GError **error) {
    struct publication *publication = data;
    struct template *definition = publication->definition;
    g_autofree char *file = place_version(place->pool, definition->name, error);
    if (file == NULL)
        return FALSE;
    g_autofree char *stem = g_strndup(file, strlen(file) - strlen(".qcow2"));
    if (publication->whole && (!copy_part(place, stem, PLACE_KERNEL_SUFFIX, &definition->kernel, error) ||
                               !copy_part(place, stem, PLACE_INITRD_SUFFIX, &definition->initrd, error)))
        return FALSE;
    g_autoptr(virStorageVol) golden = copy_disk(place, publication, file, error);
    if (golden == NULL)
        return FALSE;
    return golden_end(place, golden, definition,
                      publication->image == NULL ? NULL : publication->image->record, error);
}

static void tell(const struct publication *publication, struct outcome *outcome) {
    g_autofree char *done = g_strdup_printf("%s: %s from %s as %s", publication->definition->name,
                                            publication->whole ? "published" : "imported",
                                            publication->source.name, publication->definition->volume);
    g_ptr_array_add(publication->notes, NULL);
    g_autofree char *notes = g_strjoinv("; ", (char **)publication->notes->pdata);
    outcome->message = g_strdup_printf("%s%s%s", done, *notes == '\0' ? "" : "; ", notes);
    outcome->note = *notes == '\0' ? NULL : g_steal_pointer(&notes);
}

static gboolean make(struct publication *publication, struct place *place, GError **error) {
    const char *name = publication->definition->name;
    g_autofree char *title =
        g_strdup_printf("%s %s as template %s", publication->source.verb, publication->source.name, name);
    place->made = work_made(place->work, name, NULL);
    if (!golden_run(place, title, put, publication, error))
        return FALSE;
    tell(publication, place->work->outcome);
    return TRUE;
}

static gboolean plan(const struct publication *publication, const struct place *place, GError **error) {
    const struct source *source = &publication->source;
    const struct source_disk *disk = g_ptr_array_index(source->disks, 0);
    g_autofree char *note = source->active ? live_note(source->domain) : NULL;
    work_plan(place->work, "copy", source->name, source->active ? "copy while it runs" : "copy", disk->size);
    if (note != NULL)
        work_plan(place->work, "copy", source->name, note, UNKNOWN_SIZE);
    if (!golden_plan(place, publication->definition->name, error))
        return FALSE;
    for (guint i = 0; i < publication->notes->len; i++)
        work_plan(place->work, "identity", publication->definition->name,
                  g_ptr_array_index(publication->notes, i), UNKNOWN_SIZE);
    return TRUE;
}

gboolean provision_template_publish(struct operation *operation, const struct request *request,
                                    struct outcome *outcome, GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    gboolean whole = request->action == ACTION_template_publish;
    g_auto(publication_t) publication = {
        .source = {.verb = whole ? "publish" : "import", .only = whole ? NULL : request->storage},
        .whole = whole,
        .notes = g_ptr_array_new_with_free_func(g_free)};
    struct source *source = &publication.source;
    if (!golden_check(request->new_name, request->description, error) ||
        !source_read(source, operation, request, error) || !one_disk(&publication, error) ||
        !source_has_room(source, is_copied_twice(source) ? 2 : 1, error) ||
        !look_at_name(&publication, operation, request, error) || !define(&publication, request, error))
        return FALSE;
    struct place place = {.work = &work, .pool = source->pool};
    return request->dry_run ? plan(&publication, &place, error) : make(&publication, &place, error);
}
