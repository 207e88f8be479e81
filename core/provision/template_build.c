/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/template_build.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "config/template.h"
#include "core/provision/image.h"
#include "core/provision/tiny.h"
#include "core/provision/recovery.h"
#include "core/provision/work.h"
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

/* A session's daemon is no root: it cannot write into what is read-only, so that is made so afterwards. */
static gboolean privileged(virConnectPtr connection) {
    char *uri = virConnectGetURI(connection);
    gboolean session = uri != NULL && g_str_has_suffix(uri, "/session");
    free(uri);
    return !session;
}

/* Bytes that a guest sees in a qcow2 file: big-endian at 24 of its header (QEMU, docs/interop/qcow2). */
static gboolean qcow2_size(const char *path, guint64 *size, GError **error) {
    guint8 head[32];
    FILE *file = g_fopen(path, "rbe");
    gsize got = file == NULL ? 0 : fread(head, 1, sizeof head, file);
    if (file != NULL)
        fclose(file);
    if (got != sizeof head || memcmp(head, "QFI\373", 4) != 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "%s is not a qcow2 image", path);
        return FALSE;
    }
    guint64 big_endian;
    memcpy(&big_endian, head + 24, sizeof big_endian);
    *size = GUINT64_FROM_BE(big_endian);
    return TRUE;
}

static gboolean file_size(const char *path, guint64 *size, GError **error) {
    GStatBuf status;
    if (g_stat(path, &status) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot look at %s: %s", path, g_strerror(errno));
        return FALSE;
    }
    *size = (guint64)status.st_size;
    return TRUE;
}

static gboolean put_file(struct work *work, struct made *made, virStoragePoolPtr pool, enum part part,
                         const char *path, GError **error) {
    struct volume_spec spec = {.name = parts[part].volume,
                               .format = parts[part].format,
                               .mode = privileged(work->operation->connection) ? "0444" : NULL};
    gboolean sized =
        part == PART_DISK ? qcow2_size(path, &spec.capacity, error) : file_size(path, &spec.capacity, error);
    g_autoptr(virStorageVol) volume = sized ? work_upload(work, made, pool, &spec, path, error) : NULL;
    if (volume != NULL && spec.mode == NULL)
        volume_protect(volume);
    return volume != NULL;
}

/* The definition that goes beside the image: the shipped one, and what was built when of what. */
static char *definition_text(const struct tiny_result *result, GError **error) {
    g_autoptr(template_t) template = template_find(TINY, error);
    if (template == NULL)
        return NULL;
    g_free(template->source);
    template->source = g_strdup(result->source);
    g_free(template->volume);
    template->volume = g_strdup(parts[PART_DISK].volume);
    g_free(template->fetched_at);
    template->fetched_at = work_now();
    return template_serialise(template);
}

static gboolean put_definition(struct work *work, struct made *made, virStoragePoolPtr pool,
                               const char *folder, const struct tiny_result *result, GError **error) {
    g_autofree char *text = definition_text(result, error);
    g_autofree char *path = g_build_filename(folder, "definition", NULL);
    GError *cause = NULL;
    if (text == NULL)
        return FALSE;
    if (!g_file_set_contents(path, text, -1, &cause)) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot write %s: %s", path, cause->message);
        g_error_free(cause);
        return FALSE;
    }
    return put_file(work, made, pool, PART_DEFINITION, path, error);
}

static gboolean build_and_put(struct work *work, virStoragePoolPtr pool, const char *folder, GError **error) {
    struct tiny_options options = {.kernel_package = work->request->kernel_package};
    struct tiny_result result = {0};
    GCancellable *cancellable = work_cancellable(work->operation);
    struct made *made = work_made(work, TINY, NULL);
    if (!work_begin(work, made, "build", TINY, "build", error) ||
        !tiny_build(&options, folder, &result, cancellable, error))
        return FALSE;
    work_end(made);
    gboolean put = put_file(work, made, pool, PART_KERNEL, result.vmlinuz, error) &&
                   put_file(work, made, pool, PART_INITRD, result.initrd, error) &&
                   put_file(work, made, pool, PART_DISK, result.disk, error) &&
                   put_definition(work, made, pool, folder, &result, error);
    tiny_result_clear(&result);
    return put;
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
