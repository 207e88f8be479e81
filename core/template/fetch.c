/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/fetch.h"

#include <string.h>

#include "config/units.h"
#include "core/template/checksum.h"
#include "core/template/download.h"
#include "core/template/expected.h"
#include "core/template/golden.h"
#include "core/storage/pool.h"

struct fetch {
    const struct image *image;
    struct download *download;
    struct template *definition; /* as it is written */
    gboolean unchanged;
};

/* Whether what lies in the pool is what the publisher has. */
static gboolean unchanged(const struct image *image, const struct checksum *expected) {
    const struct template *record = image->record;
    if (record == NULL || !image->ready)
        return FALSE;
    return g_strcmp0(expected->type == G_CHECKSUM_SHA512 ? record->sha512 : record->sha256, expected->hex) ==
           0;
}

static gboolean is_right(const struct place *place, struct fetch *fetch, const struct checksum *expected,
                         gboolean *right, GError **error) {
    struct transfer transfer = work_transfer(place->work);
    if (!work_begin(place->work, place->made, "check", fetch->definition->name, "check", error) ||
        !checksum_check(expected, download_path(fetch->download), &transfer, right, error))
        return FALSE;
    work_end(place->made);
    return TRUE;
}

static gboolean fetch_missing(const struct place *place, struct fetch *fetch, GError **error) {
    guint64 room = 0;
    g_autofree char *where = g_strdup_printf("pool '%s'", virStoragePoolGetName(place->pool));
    if (!work_begin(place->work, place->made, "download", fetch->definition->name, "download", error) ||
        !pool_available(place->pool, &room, error))
        return FALSE;
    struct transfer transfer = work_transfer(place->work);
    if (!download_run(fetch->download, room, where, &transfer, error))
        return FALSE;
    work_end(place->made);
    return TRUE;
}

/* The file is there and is what it must be, or an error. */
static gboolean get(const struct place *place, struct fetch *fetch, const struct checksum *expected,
                    GError **error) {
    gboolean right = FALSE;
    if (download_whole(fetch->download) && !is_right(place, fetch, expected, &right, error))
        return FALSE;
    if (right)
        return TRUE;
    /* What came whole and is not it may be an older version. */
    if (download_whole(fetch->download)) {
        download_remove(fetch->download);
        g_clear_pointer(&fetch->download, download_free);
        fetch->download = download_open(fetch->definition->source, error);
        if (fetch->download == NULL)
            return FALSE;
    }
    if (!fetch_missing(place, fetch, error) || !is_right(place, fetch, expected, &right, error))
        return FALSE;
    if (right)
        return TRUE;
    download_remove(fetch->download);
    error_set(error, INNKEEP_ERROR_FAILED, "try again later: the publisher may be changing it just now",
              "%s is not used: its %s is not the published one", fetch->definition->source,
              checksum_word(expected->type));
    return FALSE;
}

static void note_checksum(struct template *definition, const struct checksum *checksum) {
    g_free(definition->sha256);
    g_free(definition->sha512);
    definition->sha256 = checksum->type == G_CHECKSUM_SHA256 ? g_strdup(checksum->hex) : NULL;
    definition->sha512 = checksum->type == G_CHECKSUM_SHA512 ? g_strdup(checksum->hex) : NULL;
}

/* What has come stays when only this process or the daemon ended; a bad image or a full disk is no reason to
 * keep it. */
static gboolean worth_keeping(const GError *error) {
    return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
           g_error_matches(error, INNKEEP_ERROR, INNKEEP_ERROR_INTERRUPTED) ||
           g_error_matches(error, INNKEEP_ERROR, INNKEEP_ERROR_NO_CONNECTION);
}

static gboolean put(const struct place *place, const char *folder, gpointer data, GError **error) {
    struct fetch *fetch = data;
    GError *cause = NULL;
    const struct image *image = fetch->image;
    g_autoptr(checksum_t) expected =
        expected_checksum(image->definition, image->definition != image->record, folder,
                          work_cancellable(place->work->operation), error);
    if (expected == NULL)
        return FALSE;
    fetch->unchanged = unchanged(image, expected);
    if (fetch->unchanged)
        return TRUE;
    fetch->download = download_open(fetch->definition->source, error);
    if (fetch->download == NULL || !get(place, fetch, expected, error))
        return FALSE;
    note_checksum(fetch->definition, expected);
    if (golden_put(place, download_path(fetch->download), folder, fetch->definition, image->record, &cause))
        return TRUE;
    if (!worth_keeping(cause))
        download_remove(fetch->download);
    g_propagate_error(error, cause);
    return FALSE;
}

static gboolean fetch_into(struct place *place, struct fetch *fetch, GError **error) {
    struct outcome *outcome = place->work->outcome;
    const char *name = fetch->definition->name;
    g_autofree char *title = g_strdup_printf("fetch template %s", name);
    place->made = work_made(place->work, name, NULL);
    if (!golden_run(place, title, put, fetch, error))
        return FALSE;
    g_autofree char *size = units_format_size(fetch->definition->volume_bytes);
    if (fetch->unchanged)
        outcome->message = g_strdup_printf("%s: fetched already, and the publisher has nothing newer", name);
    else
        outcome->message = g_strdup_printf("%s: fetched as %s, %s", name, fetch->definition->volume, size);
    if (fetch->download != NULL)
        download_remove(fetch->download);
    return TRUE;
}

gboolean provision_template_fetch(struct operation *operation, const struct request *request,
                                  struct outcome *outcome, GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    g_autoptr(virStoragePool) pool = pool_choose(operation->connection, operation->settings, error);
    if (pool == NULL)
        return FALSE;
    pool_refresh(pool);
    g_autoptr(image_t) image = image_read(operation->connection, pool, request->name, error);
    if (image == NULL)
        return FALSE;
    if (image_address(image->definition) == NULL) {
        error_set(error, INNKEEP_ERROR_USAGE, "[template] source = https://… names one",
                  "template '%s' has no address to fetch it from", request->name);
        return FALSE;
    }
    struct place place = {.work = &work, .pool = pool};
    if (request->dry_run) {
        work_plan(&work, "image", image->definition->source, "download", UNKNOWN_SIZE);
        return golden_plan(&place, request->name, error);
    }
    g_autoptr(template_t) definition = golden_definition(image->definition);
    struct fetch fetch = {.image = image, .definition = definition};
    gboolean well = definition != NULL && fetch_into(&place, &fetch, error);
    download_free(fetch.download);
    return well;
}
