/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/import.h"

#include <errno.h>

#include <glib/gstdio.h>

#include "core/template/golden.h"
#include "core/template/publish.h"
#include "core/storage/pool.h"

/* What is read and made; borrowed but for definition. */
struct import {
    const char *file;
    struct template *definition;
    const struct template *record; /* what is there; NULL: nothing */
};

static struct template *define(const struct request *request, const struct image *image) {
    g_autofree char *base = g_path_get_basename(request->file);
    struct template *definition = golden_new(request->name, image);
    if (definition != NULL)
        golden_describe(definition, request->description, "imported", base);
    return definition;
}

static gboolean check(const struct request *request, GError **error) {
    if (request->file != NULL && request->name != NULL)
        return golden_check(request->name, request->description, error);
    error_set(error, INNKEEP_ERROR_USAGE, "innkeep template import FILE NAME",
              "which file, and by what name?");
    return FALSE;
}

static gboolean is_file(const char *path, GError **error) {
    GStatBuf status;
    if (g_stat(path, &status) < 0)
        error_set(error, errno == ENOENT ? INNKEEP_ERROR_NOT_FOUND : INNKEEP_ERROR_FAILED, NULL,
                  "cannot read %s: %s", path, g_strerror(errno));
    else if (!S_ISREG(status.st_mode))
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s is not a regular file", path);
    else
        return TRUE;
    return FALSE;
}

/* The image's template as it is now; NULL without an error when there is none of that name. */
static struct image *read_there(struct operation *operation, virStoragePoolPtr pool,
                                const struct request *request, GError **error) {
    g_autoptr(image_t) image = golden_there(operation, pool, request->name, error);
    if (image == NULL || (image->volume == NULL && image->record == NULL) || golden_replaces(image, request))
        return g_steal_pointer(&image);
    error_set(error, INNKEEP_ERROR_CONFLICT,
              image->record != NULL && image->record->kernel != NULL
                  ? "give another name"
                  : "give another name; --replace makes a new version of it, and guests keep theirs",
              "template '%s' is there already", request->name);
    return NULL;
}

static gboolean put(const struct place *place, const char *folder, gpointer data, GError **error) {
    struct import *import = data;
    return golden_put(place, import->file, folder, import->definition, import->record, error);
}

static gboolean import_into(struct place *place, struct import *import, GError **error) {
    struct outcome *outcome = place->work->outcome;
    const char *name = import->definition->name;
    g_autofree char *title = g_strdup_printf("import template %s", name);
    place->made = work_made(place->work, name, NULL);
    if (!golden_run(place, title, put, import, error))
        return FALSE;
    outcome->message = g_strdup_printf("%s: imported as %s", name, import->definition->volume);
    return TRUE;
}

gboolean provision_template_import(struct operation *operation, const struct request *request,
                                   struct outcome *outcome, GError **error) {
    struct work work = {.operation = operation, .request = request, .outcome = outcome};
    GError *cause = NULL;
    if (request->uuid != NULL)
        return provision_template_publish(operation, request, outcome, error);
    if (!check(request, error) || !is_file(request->file, error))
        return FALSE;
    g_autoptr(virStoragePool) pool = pool_choose(operation->connection, operation->settings, error);
    if (pool == NULL)
        return FALSE;
    pool_refresh(pool);
    g_autoptr(image_t) image = read_there(operation, pool, request, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    g_autoptr(template_t) definition = define(request, image);
    struct place place = {.work = &work, .pool = pool};
    struct import import = {
        .file = request->file, .definition = definition, .record = image == NULL ? NULL : image->record};
    return request->dry_run ? golden_plan(&place, request->name, error) : import_into(&place, &import, error);
}
