/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/golden.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "config/units.h"
#include "core/provision/disk_image.h"
#include "core/provision/recovery.h"
#include "core/storage/pool.h"

struct template *golden_definition(const struct template *from) {
    g_autofree char *text = template_serialise(from);
    struct template *copy = template_parse(text, strlen(text), from->name, TRUE, NULL);
    if (copy == NULL)
        return NULL;
    g_clear_pointer(&copy->volume, g_free);
    g_clear_pointer(&copy->fetched_at, g_free);
    g_clear_pointer(&copy->volume_sha256, g_free);
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

/* What earlier versions left, and what is there now; the caller's, or NULL: nothing. */
static GStrv earlier(const struct template *record) {
    if (record == NULL || record->volume == NULL)
        return record == NULL ? NULL : g_strdupv(record->previous);
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    if (record->previous != NULL)
        g_strv_builder_addv(names, (const char **)record->previous);
    g_strv_builder_add(names, record->volume);
    return g_strv_builder_end(names);
}

gboolean golden_put(const struct place *place, const char *path, const char *folder,
                    struct template *definition, const struct template *record, GError **error) {
    struct placed placed = {0};
    g_autofree char *prepared = prepare(place, path, folder, error);
    g_autofree char *volume = NULL;
    if (prepared == NULL || !fits(place, prepared, error) ||
        (volume = place_version(place->pool, definition->name, error)) == NULL ||
        !place_file(place, volume, "qcow2", prepared, &placed, error))
        return FALSE;
    definition->volume = g_steal_pointer(&volume);
    definition->fetched_at = work_now();
    definition->volume_sha256 = placed.sha256;
    definition->volume_bytes = placed.bytes;
    definition->previous = earlier(record);
    return place_definition(place, definition, error);
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
