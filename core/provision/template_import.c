/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/template_import.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "core/base/text.h"
#include "core/provision/golden.h"
#include "core/storage/pool.h"

/* What is read and made; borrowed but for definition. */
struct import {
    const char *file;
    struct template *definition, *record;
};

/* Where it came from, as far as a line of INI can carry it; the caller's. */
static char *origin(const char *file) {
    g_autofree char *base = g_path_get_basename(file);
    g_autofree char *shown = text_safe(base, 200, FALSE);
    return strpbrk(shown, ";#") == NULL ? g_strdup_printf("imported from %s", shown) : NULL;
}

static struct template *define(const struct request *request, const struct image *image) {
    g_autoptr(template_t) fresh = g_new0(struct template, 1);
    fresh->name = g_strdup(request->name);
    struct template *definition = golden_definition(image == NULL ? fresh : image->definition);
    if (definition == NULL)
        return NULL;
    g_clear_pointer(&definition->sha256, g_free);
    g_clear_pointer(&definition->sha512, g_free);
    if (request->description != NULL) {
        g_free(definition->description);
        definition->description = g_strdup(request->description);
    } else if (definition->description == NULL) {
        definition->description = origin(request->file);
    }
    return definition;
}

static gboolean check(const struct request *request, GError **error) {
    const char *wrong = request->description;
    if (request->file == NULL || request->name == NULL) {
        error_set(error, INNKEEP_ERROR_USAGE, "innkeep template import FILE NAME",
                  "which file, and by what name?");
        return FALSE;
    }
    if (!template_name_valid(request->name)) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL,
                  "'%s' is not a name: a-z and 0-9, then also . _ -, at most 63", request->name);
        return FALSE;
    }
    if (wrong == NULL)
        return TRUE;
    g_autofree char *safe = text_safe(wrong, -1, FALSE);
    if (*wrong != '\0' && strlen(wrong) <= 200 && strcmp(safe, wrong) == 0 && strchr(wrong, ';') == NULL)
        return TRUE;
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "a description is one line of at most 200 bytes without ';'");
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
static struct image *read_there(struct operation *operation, virStoragePoolPtr pool, const char *name,
                                GError **error) {
    GError *cause = NULL;
    g_autoptr(image_t) image = image_read(operation->connection, pool, name, &cause);
    if (g_error_matches(cause, INNKEEP_ERROR, INNKEEP_ERROR_NOT_FOUND))
        g_error_free(cause);
    else if (cause != NULL)
        g_propagate_error(error, cause);
    else if (image->volume != NULL || image->record != NULL)
        error_set(error, INNKEEP_ERROR_CONFLICT, "give another name, or innkeep template delete it",
                  "template '%s' is there already", name);
    else
        return g_steal_pointer(&image);
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
    if (!check(request, error) || !is_file(request->file, error))
        return FALSE;
    g_autoptr(virStoragePool) pool = pool_choose(operation->connection, operation->settings, error);
    if (pool == NULL)
        return FALSE;
    pool_refresh(pool);
    g_autoptr(image_t) image = read_there(operation, pool, request->name, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    g_autoptr(template_t) definition = define(request, image);
    struct place place = {.work = &work, .pool = pool};
    struct import import = {.file = request->file, .definition = definition};
    return request->dry_run ? golden_plan(&place, request->name, error) : import_into(&place, &import, error);
}
