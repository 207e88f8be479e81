/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/catalogue.h"

#include <string.h>

#include "config/units.h"
#include "core/action/operation.h"
#include "core/action/reading.h"
#include "core/template/image.h"
#include "core/seed/seed.h"
#include "core/storage/pool.h"
#include "core/storage/uses.h"
#include "core/storage/volume.h"

void template_info_free(struct template_info *info) {
    if (info == NULL)
        return;
    char *owned[] = {info->name,   info->description,        info->os,      info->key,  info->pool,
                     info->volume, info->path_of_definition, info->network, info->role, info->source};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_ptr_array_unref(info->dependants);
    g_free(info);
}

char *template_info_age(const struct template_info *info) {
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    if (info->fetched_at < 0 || info->fetched_at > now)
        return g_strdup("-");
    return units_format_duration((guint64)(now - info->fetched_at));
}

static gint64 parse_time(const char *text) {
    g_autoptr(GDateTime) time = text == NULL ? NULL : g_date_time_new_from_iso8601(text, NULL);
    return time == NULL ? -1 : g_date_time_to_unix(time);
}

/* What makes a template ready. */
static const char *way_to(const struct template *definition) {
    if (strcmp(definition->name, "tiny") == 0)
        return "build";
    return image_address(definition) != NULL ? "fetch" : "import";
}

static struct template_info *info_new(const struct template *definition) {
    struct template_info *info = g_new0(struct template_info, 1);
    info->name = g_strdup(definition->name);
    info->description = g_strdup(definition->description);
    info->os = g_strdup(definition->os);
    info->key = g_strdup(definition->key);
    info->network = g_strdup(definition->network);
    info->role = g_strdup(definition->role);
    info->source = g_strdup(definition->source);
    info->path_of_definition = g_strdup(definition->path);
    info->state = way_to(definition);
    info->fetchable = image_address(definition) != NULL;
    info->size = info->virtual_size = UNKNOWN_SIZE;
    info->fetched_at = -1;
    info->seeds = seed_wanted(definition);
    info->vcpus = MAX(definition->vcpus, 1);
    info->memory = definition->memory;
    info->disk = definition->disk;
    info->dependants = g_ptr_array_new_with_free_func(g_free);
    return info;
}

/* On whichever version they stand. */
static void add_dependants(GPtrArray *names, const struct image *image, virStoragePoolPtr pool,
                           const struct uses *uses) {
    g_auto(GStrv) volumes = image_volumes(image);
    for (char **name = volumes; *name != NULL; name++) {
        g_autoptr(GError) cause = NULL;
        g_autoptr(virStorageVol) volume = volume_lookup(pool, *name, &cause);
        char *path = volume == NULL ? NULL : virStorageVolGetPath(volume);
        if (path != NULL)
            uses_add_dependants(uses, path, FALSE, names);
        else if (cause != NULL)
            g_debug("who stands on '%s' is not known: %s", *name, cause->message);
        free(path);
    }
}

static struct template_info *info_of_image(const struct image *image, virStoragePoolPtr pool,
                                           const struct uses *uses) {
    struct template_info *info = info_new(image->definition);
    if (uses != NULL)
        add_dependants(info->dependants, image, pool, uses);
    g_free(info->source);
    info->source = g_strdup(image->source);
    info->fetched_at = parse_time(image->fetched_at);
    info->ready = image->ready;
    if (!image->ready)
        return info;
    info->state = "ready";
    info->pool = g_strdup(virStoragePoolGetName(pool));
    info->volume = g_strdup(image->volume);
    info->size = image->size;
    info->virtual_size = image->virtual_size;
    info->disk = MAX(info->disk, image->virtual_size);
    return info;
}

/* Without a pool: what the files say. */
static void add_definitions(GPtrArray *templates) {
    g_autoptr(GPtrArray) files = template_list(NULL);
    for (guint i = 0; i < files->len; i++)
        g_ptr_array_add(templates, info_new(g_ptr_array_index(files, i)));
}

static gboolean add_images(GPtrArray *templates, virConnectPtr connection, virStoragePoolPtr pool,
                           gboolean dependants, GError **error) {
    g_autoptr(uses_t) uses = dependants ? uses_read(connection, TRUE, error) : NULL;
    g_auto(GStrv) names = dependants && uses == NULL ? NULL : image_names(pool, error);
    for (char **name = names; name != NULL && *name != NULL; name++) {
        g_autoptr(GError) cause = NULL;
        g_autoptr(image_t) image = image_read(connection, pool, *name, &cause);
        if (image == NULL)
            g_debug("template '%s' is left out: %s", *name, cause->message);
        else
            g_ptr_array_add(templates, info_of_image(image, pool, uses));
    }
    return names != NULL;
}

GPtrArray *catalogue_read(struct operation *operation, gboolean dependants, GError **error) {
    g_autoptr(GPtrArray) templates = g_ptr_array_new_with_free_func((GDestroyNotify)template_info_free);
    g_autoptr(GError) cause = NULL;
    g_autoptr(virStoragePool) pool = pool_choose(operation->connection, operation->settings, &cause);
    if (pool == NULL) {
        g_debug("no template is ready: %s", cause->message);
        add_definitions(templates);
    } else if (!add_images(templates, operation->connection, pool, dependants, error))
        return NULL;
    return g_steal_pointer(&templates);
}

/* ---- as a job ---- */

struct asked {
    gboolean dependants;
    catalogue_done done;
    gpointer data;
};

static gpointer read_templates(struct operation *operation, gpointer about, GError **error) {
    const struct asked *asked = about;
    return catalogue_read(operation, asked->dependants, error);
}

static void tell(gpointer templates, const GError *error, gpointer about) {
    const struct asked *asked = about;
    asked->done(templates, error, asked->data);
}

void catalogue_request(struct engine *engine, gboolean dependants, catalogue_done done, gpointer data) {
    struct asked *asked = g_new(struct asked, 1);
    *asked = (struct asked){dependants, done, data};
    const struct reading reading = {.title = "read the templates",
                                    .read = read_templates,
                                    .told = tell,
                                    .free_result = (GDestroyNotify)g_ptr_array_unref,
                                    .about = asked};
    reading_request(engine, &reading);
}
