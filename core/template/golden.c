/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/golden.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "config/units.h"
#include "core/base/text.h"
#include "core/template/disk_image.h"
#include "core/provision/recovery.h"
#include "core/storage/pool.h"

/* A line of the definition is read into 200 bytes (inih's INI_MAX_LINE), with the key and the line's end. */
#define DESCRIPTION_BYTES_MAX 180
#define SOURCE_COLUMNS        40

gboolean golden_check(const char *name, const char *description, GError **error) {
    if (!template_name_valid(name)) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL,
                  "'%s' is not a name: a-z and 0-9, then also . _ -, at most 63", name);
        return FALSE;
    }
    if (description == NULL)
        return TRUE;
    g_autofree char *safe = text_safe(description, -1, FALSE);
    if (*description != '\0' && strlen(description) <= DESCRIPTION_BYTES_MAX &&
        strcmp(safe, description) == 0 && strchr(description, ';') == NULL)
        return TRUE;
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "a description is one line of at most %d bytes without ';'",
              DESCRIPTION_BYTES_MAX);
    return FALSE;
}

struct image *golden_there(const struct operation *operation, virStoragePoolPtr pool, const char *name,
                           GError **error) {
    GError *cause = NULL;
    struct image *image = image_read(operation->connection, pool, name, &cause);
    if (g_error_matches(cause, INNKEEP_ERROR, INNKEEP_ERROR_NOT_FOUND))
        g_error_free(cause);
    else if (cause != NULL)
        g_propagate_error(error, cause);
    return image;
}

gboolean golden_replaces(const struct image *image, const struct request *request) {
    return request->replace && image->record != NULL && image->record->kernel == NULL;
}

struct template *golden_new(const char *name, const struct image *image) {
    g_autoptr(template_t) fresh = g_new0(struct template, 1);
    fresh->name = g_strdup(name);
    struct template *definition = golden_definition(image == NULL ? fresh : image->definition);
    if (definition == NULL)
        return NULL;
    g_clear_pointer(&definition->sha256, g_free);
    g_clear_pointer(&definition->sha512, g_free);
    return definition;
}

/* As far as a line of INI can carry it. */
void golden_describe(struct template *definition, const char *description, const char *verbed,
                     const char *source) {
    g_autofree char *shown = text_safe(source, SOURCE_COLUMNS, FALSE);
    if (description != NULL) {
        g_free(definition->description);
        definition->description = g_strdup(description);
    } else if (definition->description == NULL && strpbrk(shown, ";#") == NULL) {
        definition->description = g_strdup_printf("%s from %s", verbed, shown);
    }
}

struct template *golden_definition(const struct template *from) {
    g_autofree char *text = template_serialise(from);
    struct template *copy = template_parse(text, strlen(text), from->name, TRUE, NULL);
    if (copy == NULL)
        return NULL;
    g_clear_pointer(&copy->volume, g_free);
    g_clear_pointer(&copy->fetched_at, g_free);
    g_clear_pointer(&copy->volume_sha256, g_free);
    g_clear_pointer(&copy->published, g_free);
    g_clear_pointer(&copy->previous, g_strfreev);
    copy->volume_bytes = 0;
    return copy;
}

/* A full pool is told before anything is sent to it. */
static gboolean fits(const struct place *place, const char *path, GError **error) {
    GStatBuf status;
    guint64 available = 0;
    if (g_stat(path, &status) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot look at %s: %s", path, g_strerror(errno));
        return FALSE;
    }
    pool_refresh(place->pool);
    if (!pool_available(place->pool, &available, error))
        return FALSE;
    if (available >= (guint64)status.st_size)
        return TRUE;
    g_autofree char *needed = units_format_size((guint64)status.st_size);
    g_autofree char *there = units_format_size(available);
    error_set(error, INNKEEP_ERROR_FAILED,
              "innkeep template delete --unused, or another pool: storage-pool under [host]",
              "pool '%s' has %s free and the image needs %s", virStoragePoolGetName(place->pool), there,
              needed);
    return FALSE;
}

/* As qcow2, unpacked; the caller's, or NULL and an error. */
static char *prepare(const struct place *place, const char *path, const char *folder, GError **error) {
    struct work *work = place->work;
    g_autofree char *unpacked = g_build_filename(folder, "unpacked", NULL);
    gboolean packed = FALSE;
    char *prepared = NULL;
    if (!work_begin(work, place->made, "convert", place->made->name, "convert", error) ||
        !disk_image_unpack(path, unpacked, &packed, work_cancellable(work->operation), error) ||
        !disk_image_qcow2(packed ? unpacked : path, folder, &prepared, work_cancellable(work->operation),
                          error))
        return NULL;
    work_end(place->made);
    return prepared;
}

GStrv golden_earlier(const struct template *record) {
    if (record == NULL || record->volume == NULL)
        return record == NULL ? NULL : g_strdupv(record->previous);
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    if (record->previous != NULL)
        g_strv_builder_addv(names, (const char **)record->previous);
    g_strv_builder_add(names, record->volume);
    /* Of each version that was published there is a kernel of its own. */
    const char *parts[] = {record->kernel, record->initrd};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i] != NULL && place_is_version(record->name, parts[i]))
            g_strv_builder_add(names, parts[i]);
    return g_strv_builder_end(names);
}

static gboolean define(const struct place *place, const char *volume, struct placed *placed,
                       struct template *definition, const struct template *record, GError **error) {
    definition->volume = g_strdup(volume);
    definition->fetched_at = work_now();
    definition->volume_sha256 = g_steal_pointer(&placed->sha256);
    definition->volume_bytes = placed->bytes;
    definition->previous = golden_earlier(record);
    return place_definition(place, definition, error);
}

gboolean golden_put(const struct place *place, const char *path, const char *folder,
                    struct template *definition, const struct template *record, GError **error) {
    struct placed placed = {0};
    g_autofree char *prepared = prepare(place, path, folder, error);
    g_autofree char *volume = NULL;
    return prepared != NULL && fits(place, prepared, error) &&
           (volume = place_version(place->pool, definition->name, error)) != NULL &&
           place_file(place, volume, "qcow2", prepared, &placed, error) &&
           define(place, volume, &placed, definition, record, error);
}

gboolean golden_end(const struct place *place, virStorageVolPtr golden, struct template *definition,
                    const struct template *record, GError **error) {
    const char *name = virStorageVolGetName(golden);
    pool_refresh(place->pool);
    if (!work_begin(place->work, place->made, "checksum", name, "read", error))
        return FALSE;
    g_autoptr(volume_t) volume = volume_read(golden, error);
    if (volume == NULL)
        return FALSE;
    struct transfer transfer = work_transfer(place->work);
    struct placed placed = {.bytes = volume->physical};
    placed.sha256 = transfer_sha256(golden, placed.bytes, &transfer, error);
    if (placed.sha256 == NULL)
        return FALSE;
    work_end(place->made);
    volume_protect(golden);
    return define(place, name, &placed, definition, record, error);
}

gboolean golden_plan(const struct place *place, const char *name, GError **error) {
    g_autofree char *volume = place_version(place->pool, name, error);
    g_autofree char *definition = g_strconcat(name, IMAGE_SUFFIX, NULL);
    if (volume == NULL)
        return FALSE;
    work_plan(place->work, "volume", volume, "create", UNKNOWN_SIZE);
    work_plan(place->work, "definition", definition, "write", UNKNOWN_SIZE);
    return TRUE;
}

gboolean golden_run(struct place *place, const char *title, golden_work put, gpointer data, GError **error) {
    struct work *work = place->work;
    /* The sample house: said before a gigabyte is fetched for it. */
    if (strcmp(work_domain_type(work->operation), "test") == 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot %s: libvirt's test driver keeps no images",
                  title);
        return FALSE;
    }
    recovery_run(work->operation);
    g_autoptr(journal_t) journal = journal_begin(work->operation->connection, title, error);
    if (journal == NULL)
        return FALSE;
    g_auto(scratch_t) scratch = {0};
    work->journal = journal;
    gboolean well = work_scratch(work, "build", &scratch, error) && put(place, scratch.path, data, error);
    well = work_finish(work, well, error);
    /* They are no new guests. */
    g_ptr_array_set_size(work->outcome->made, 0);
    return well;
}
