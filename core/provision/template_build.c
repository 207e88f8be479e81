/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/template_build.h"

#include <string.h>

#include "core/provision/image.h"
#include "core/provision/place.h"
#include "core/provision/recovery.h"
#include "core/provision/tiny.h"
#include "core/storage/pool.h"

#define TINY "tiny"

/* The parts in the order they are put into the pool: the definition, which makes the template ready, last. */
enum part { PART_KERNEL, PART_INITRD, PART_DISK, PART_DEFINITION, PART_COUNT };

static const struct {
    const char *volume, *format;
} parts[PART_COUNT] = {
    [PART_KERNEL] = {TINY ".vmlinuz", "raw"},
    [PART_INITRD] = {TINY ".initrd", "raw"},
    [PART_DISK] = {TINY ".qcow2", "qcow2"},
    [PART_DEFINITION] = {TINY IMAGE_SUFFIX, "raw"},
};

/* The definition that goes beside the image: the shipped one, and what was built when of what. The caller's.
 */
static struct template *define(const struct tiny_result *result, const struct placed *disk, GError **error) {
    struct template *template = template_find(TINY, error);
    if (template == NULL)
        return NULL;
    g_free(template->source);
    template->source = g_strdup(result->source);
    template->volume = g_strdup(parts[PART_DISK].volume);
    template->fetched_at = work_now();
    template->volume_sha256 = g_strdup(disk->sha256);
    template->volume_bytes = disk->bytes;
    return template;
}

static gboolean put(const struct place *place, enum part part, const char *path, struct placed *placed,
                    GError **error) {
    return place_file(place, parts[part].volume, parts[part].format, path, placed, error);
}

static gboolean build_and_put(struct work *work, virStoragePoolPtr pool, const char *folder, GError **error) {
    struct tiny_options options = {.kernel_package = work->request->kernel_package};
    struct tiny_result result = {0};
    struct placed disk = {0};
    GCancellable *cancellable = work_cancellable(work->operation);
    const struct place place = {.work = work, .made = work_made(work, TINY, NULL), .pool = pool};
    if (!work_begin(work, place.made, "build", TINY, "build", error) ||
        !tiny_build(&options, folder, &result, cancellable, error))
        return FALSE;
    work_end(place.made);
    gboolean there = put(&place, PART_KERNEL, result.vmlinuz, NULL, error) &&
                     put(&place, PART_INITRD, result.initrd, NULL, error) &&
                     put(&place, PART_DISK, result.disk, &disk, error);
    g_autoptr(template_t) definition = there ? define(&result, &disk, error) : NULL;
    there = definition != NULL && place_definition(&place, definition, error);
    g_free(disk.sha256);
    tiny_result_clear(&result);
    return there;
}

static gboolean build(struct work *work, virStoragePoolPtr pool, GError **error) {
    recovery_run(work->operation);
    g_autoptr(journal_t) journal = journal_begin(work->operation->connection, "build template " TINY, error);
    if (journal == NULL)
        return FALSE;
    g_auto(scratch_t) scratch = {0};
    work->journal = journal;
    gboolean well =
        work_scratch(work, "build", &scratch, error) && build_and_put(work, pool, scratch.path, error);
    well = work_finish(work, well, error);
    if (well)
        work->outcome->message = g_strdup(TINY ": template built");
    g_ptr_array_set_size(work->outcome->made, 0);
    return well;
}

static gboolean nothing_there(virStoragePoolPtr pool, GError **error) {
    for (int i = PART_COUNT - 1; i >= 0; i--) {
        GError *cause = NULL;
        g_autoptr(virStorageVol) volume = volume_lookup(pool, parts[i].volume, &cause);
        if (cause != NULL)
            g_propagate_error(error, cause);
        else if (volume != NULL)
            error_set(error, INNKEEP_ERROR_CONFLICT, NULL,
                      "template '" TINY "' is there already: volume '%s' in pool '%s'", parts[i].volume,
                      virStoragePoolGetName(pool));
        if (cause != NULL || volume != NULL)
            return FALSE;
    }
    return TRUE;
}

gboolean provision_template_build(struct operation *operation, const struct request *request,
                                  struct outcome *outcome, GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    const char *name = request->name != NULL ? request->name : request->template_name;
    if (g_strcmp0(name, TINY) != 0) {
        error_set(error, INNKEEP_ERROR_USAGE, "innkeep template build " TINY, "cannot build a template '%s'",
                  name == NULL ? "" : name);
        return FALSE;
    }
    g_autoptr(virStoragePool) pool = pool_choose(operation->connection, operation->settings, error);
    if (pool == NULL)
        return FALSE;
    pool_refresh(pool);
    if (!nothing_there(pool, error))
        return FALSE;
    if (!request->dry_run)
        return build(&work, pool, error);
    for (int i = 0; i < PART_COUNT; i++)
        work_plan(&work, "volume", parts[i].volume, "create", UNKNOWN_SIZE);
    return TRUE;
}
