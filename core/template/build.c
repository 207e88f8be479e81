/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/build.h"

#include <string.h>

#include "core/template/golden.h"
#include "core/provision/recovery.h"
#include "core/template/tiny.h"
#include "core/storage/pool.h"

#define TINY "tiny"

/* The parts in the order they are put into the pool; the definition, which makes the template ready, comes
 * after them. */
enum part { PART_KERNEL, PART_INITRD, PART_DISK, PART_COUNT };

static const struct {
    const char *suffix, *format;
} parts[PART_COUNT] = {
    [PART_KERNEL] = {PLACE_KERNEL_SUFFIX, "raw"},
    [PART_INITRD] = {PLACE_INITRD_SUFFIX, "raw"},
    [PART_DISK] = {".qcow2", "qcow2"},
};

/* What is built; borrowed. */
struct building {
    struct work *work;
    virStoragePoolPtr pool;
    const struct template *record; /* the version that is there; NULL: none */
    char *volumes[PART_COUNT];
};

static void name_parts(struct building *building, const char *disk) {
    g_autofree char *stem = g_strndup(disk, strlen(disk) - strlen(parts[PART_DISK].suffix));
    for (int i = 0; i < PART_COUNT; i++)
        building->volumes[i] = g_strconcat(stem, parts[i].suffix, NULL);
}

static void replace(char **field, const char *value) {
    g_free(*field);
    *field = g_strdup(value);
}

/* The definition that goes beside the image: the shipped one, and what was built when of what. The caller's.
 */
static struct template *define(const struct building *building, const struct tiny_result *result,
                               const struct placed *disk, GError **error) {
    struct template *template = template_find(TINY, error);
    if (template == NULL)
        return NULL;
    replace(&template->source, result->source);
    replace(&template->kernel, building->volumes[PART_KERNEL]);
    replace(&template->initrd, building->volumes[PART_INITRD]);
    template->volume = g_strdup(building->volumes[PART_DISK]);
    template->fetched_at = work_now();
    template->volume_sha256 = g_strdup(disk->sha256);
    template->volume_bytes = disk->bytes;
    template->previous = golden_earlier(building->record);
    return template;
}

static gboolean put(const struct building *building, const struct place *place, enum part part,
                    const char *path, struct placed *placed, GError **error) {
    return place_file(place, building->volumes[part], parts[part].format, path, placed, error);
}

static gboolean build_and_put(const struct building *building, const char *folder, GError **error) {
    struct work *work = building->work;
    struct tiny_options options = {.kernel_package = work->request->kernel_package};
    struct tiny_result result = {0};
    struct placed disk = {0};
    GCancellable *cancellable = work_cancellable(work->operation);
    const struct place place = {.work = work, .made = work_made(work, TINY, NULL), .pool = building->pool};
    if (!work_begin(work, place.made, "build", TINY, "build", error) ||
        !tiny_build(&options, folder, &result, cancellable, error))
        return FALSE;
    work_end(place.made);
    gboolean there = put(building, &place, PART_KERNEL, result.vmlinuz, NULL, error) &&
                     put(building, &place, PART_INITRD, result.initrd, NULL, error) &&
                     put(building, &place, PART_DISK, result.disk, &disk, error);
    g_autoptr(template_t) definition = there ? define(building, &result, &disk, error) : NULL;
    there = definition != NULL && place_definition(&place, definition, error);
    g_free(disk.sha256);
    tiny_result_clear(&result);
    return there;
}

static gboolean build(const struct building *building, GError **error) {
    struct work *work = building->work;
    recovery_run(work->operation);
    g_autoptr(journal_t) journal = journal_begin(work->operation->connection, "build template " TINY, error);
    if (journal == NULL)
        return FALSE;
    g_auto(scratch_t) scratch = {0};
    work->journal = journal;
    gboolean well =
        work_scratch(work, "build", &scratch, error) && build_and_put(building, scratch.path, error);
    well = work_finish(work, well, error);
    if (well)
        work->outcome->message = g_strdup_printf(TINY ": template built as %s", building->volumes[PART_DISK]);
    g_ptr_array_set_size(work->outcome->made, 0);
    return well;
}

static gboolean is_free(const struct image *image, const struct request *request, GError **error) {
    if (image == NULL || image->record == NULL || request->replace)
        return TRUE;
    error_set(error, INNKEEP_ERROR_CONFLICT, "--replace makes a new version of it, and guests keep theirs",
              "template '" TINY "' is there already");
    return FALSE;
}

gboolean provision_template_build(struct operation *operation, const struct request *request,
                                  struct outcome *outcome, GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    struct building building = {.work = &work};
    const char *name = request->name != NULL ? request->name : request->template_name;
    GError *cause = NULL;
    if (g_strcmp0(name, TINY) != 0) {
        error_set(error, INNKEEP_ERROR_USAGE, "innkeep template build " TINY, "cannot build a template '%s'",
                  name == NULL ? "" : name);
        return FALSE;
    }
    g_autoptr(virStoragePool) pool = pool_choose(operation->connection, operation->settings, error);
    if (pool == NULL)
        return FALSE;
    pool_refresh(pool);
    g_autoptr(image_t) image = golden_there(operation, pool, TINY, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    g_autofree char *disk = is_free(image, request, error) ? place_version(pool, TINY, error) : NULL;
    if (disk == NULL)
        return FALSE;
    building.pool = pool;
    building.record = image == NULL ? NULL : image->record;
    name_parts(&building, disk);
    gboolean well = TRUE;
    if (!request->dry_run)
        well = build(&building, error);
    for (int i = 0; i < PART_COUNT; i++) {
        if (request->dry_run)
            work_plan(&work, "volume", building.volumes[i], "create", UNKNOWN_SIZE);
        g_free(building.volumes[i]);
    }
    return well;
}
