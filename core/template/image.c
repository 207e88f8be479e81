/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/image.h"

#include <string.h>

#include "core/template/place.h"
#include "core/storage/transfer.h"

#define DEFINITION_MAX (256 * 1024) /* bytes */

void image_free(struct image *image) {
    if (image == NULL)
        return;
    if (image->record != image->definition)
        template_free(image->record);
    template_free(image->definition);
    char *owned[] = {image->volume, image->path,   image->format,    image->kernel,
                     image->initrd, image->source, image->fetched_at};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_free(image);
}

/* ---- definitions ---- */

struct template *image_record(virStoragePoolPtr pool, const char *name, GError **error) {
    g_autofree char *file = g_strconcat(name, IMAGE_SUFFIX, NULL);
    g_autoptr(virStorageVol) volume = volume_lookup(pool, file, error);
    if (volume == NULL)
        return NULL;
    gsize length = 0;
    GError *cause = NULL;
    g_autofree char *text = transfer_download(volume, DEFINITION_MAX, &length, &cause);
    if (g_error_matches(cause, INNKEEP_ERROR, INNKEEP_ERROR_REFUSED)) {
        /* A read-only connection may not read a volume; that the template is there can be told all the same.
         */
        g_error_free(cause);
        struct template *nameless = g_new0(struct template, 1);
        nameless->name = g_strdup(name);
        return nameless;
    }
    if (text == NULL) {
        g_propagate_error(error, cause);
        return NULL;
    }
    /* A pool of blocks pads what is put into it. */
    while (length > 0 && text[length - 1] == '\0')
        length--;
    g_autoptr(template_t) template = template_parse(text, length, file, TRUE, error);
    if (template == NULL || strcmp(template->name, name) == 0)
        return g_steal_pointer(&template);
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "volume '%s' defines a template '%s'", file, template->name);
    return NULL;
}

/* The definition among the files; NULL without an error when there is none. */
static struct template *written(const char *name, GError **error) {
    GError *cause = NULL;
    struct template *template = template_find(name, &cause);
    if (cause == NULL)
        return template;
    if (g_error_matches(cause, INNKEEP_ERROR, INNKEEP_ERROR_NOT_FOUND))
        g_error_free(cause);
    else
        g_propagate_error(error, cause);
    return NULL;
}

/* ---- what lies in the pool ---- */

/* Fills the golden volume's facts from volume; FALSE with an error. */
static gboolean take_volume(struct image *image, virStorageVolPtr handle, GError **error) {
    g_autoptr(volume_t) volume = volume_read(handle, error);
    if (volume == NULL)
        return FALSE;
    image->volume = g_strdup(volume->name);
    image->path = g_strdup(volume->path);
    image->format = g_strdup(volume->format != NULL ? volume->format : "raw");
    image->virtual_size = volume->capacity;
    image->size = volume->allocation;
    return TRUE;
}

/* Without a definition in the pool, the names that an image of that template may have. */
static GStrv candidates(const struct template *template) {
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    static const char *const suffixes[] = {".qcow2", ".img", ".raw"};
    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *name = g_strconcat(template->name, suffixes[i], NULL);
        g_strv_builder_add(names, name);
    }
    g_autofree char *base = template->source == NULL ? NULL : g_path_get_basename(template->source);
    if (base != NULL)
        g_strv_builder_add(names, base);
    return g_strv_builder_end(names);
}

/* FALSE with an error; image->volume stays NULL when there is no golden volume. */
static gboolean find_volume(struct image *image, virStoragePoolPtr pool, const char *named, GError **error) {
    g_auto(GStrv) names =
        named != NULL ? g_strdupv((char *[]){(char *)named, NULL}) : candidates(image->definition);
    for (char **name = names; *name != NULL && image->volume == NULL; name++) {
        GError *cause = NULL;
        g_autoptr(virStorageVol) volume = volume_lookup(pool, *name, &cause);
        if (volume != NULL)
            take_volume(image, volume, &cause);
        if (cause != NULL) {
            g_propagate_error(error, cause);
            return FALSE;
        }
    }
    return TRUE;
}

/* A kernel's or initrd's path: itself, or that of the volume it names; NULL (with or without an error) when
 * it is not there. */
static char *find_file(virStoragePoolPtr pool, const char *name, GError **error) {
    if (name == NULL || strchr(name, '/') != NULL)
        return g_strdup(name);
    g_autoptr(virStorageVol) volume = volume_lookup(pool, name, error);
    char *path = volume == NULL ? NULL : virStorageVolGetPath(volume);
    char *copy = g_strdup(path);
    free(path);
    return copy;
}

/* A definition names the first version's own file; the pool's record names that of the version that is there.
 * Any other file that a person's definition names stands. */
static const char *part_of(const struct image *image, const char *defined, const char *recorded) {
    const char *name = image->definition->name;
    gboolean own = defined != NULL && place_is_version(name, defined) && recorded != NULL &&
                   place_is_version(name, recorded);
    return own ? recorded : defined;
}

const char *image_kernel(const struct image *image) {
    return part_of(image, image->definition->kernel, image->record == NULL ? NULL : image->record->kernel);
}

const char *image_initrd(const struct image *image) {
    return part_of(image, image->definition->initrd, image->record == NULL ? NULL : image->record->initrd);
}

static gboolean find_parts(struct image *image, virStoragePoolPtr pool, const char *volume, GError **error) {
    const struct template *definition = image->definition;
    GError *cause = NULL;
    if (!find_volume(image, pool, volume, error))
        return FALSE;
    image->kernel = find_file(pool, image_kernel(image), &cause);
    if (cause == NULL)
        image->initrd = find_file(pool, image_initrd(image), &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    if (image->volume == NULL)
        image->missing = "its image";
    else if (definition->kernel != NULL && image->kernel == NULL)
        image->missing = "its kernel";
    else if (definition->initrd != NULL && image->initrd == NULL)
        image->missing = "its initrd";
    image->ready = image->missing == NULL;
    return TRUE;
}

/* ---- public ---- */

const char *image_address(const struct template *definition) {
    gboolean address =
        definition->source != NULL && (g_ascii_strncasecmp(definition->source, "https://", 8) == 0 ||
                                       g_ascii_strncasecmp(definition->source, "http://", 7) == 0);
    return address ? definition->source : NULL;
}

struct image *image_read(virConnectPtr connection, virStoragePoolPtr pool, const char *name, GError **error) {
    GError *cause = NULL;
    g_autoptr(template_t) file = template_name_valid(name) ? written(name, &cause) : NULL;
    g_autoptr(template_t) kept =
        cause == NULL && template_name_valid(name) ? image_record(pool, name, &cause) : NULL;
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return NULL;
    }
    if (file == NULL && kept == NULL) {
        error_set(error, INNKEEP_ERROR_NOT_FOUND, "innkeep template list", "no template '%s'", name);
        return NULL;
    }
    g_autoptr(image_t) image = g_new0(struct image, 1);
    image->source = g_strdup(kept != NULL && kept->source != NULL ? kept->source
                             : file != NULL                       ? file->source
                                                                  : NULL);
    image->fetched_at = kept == NULL ? NULL : g_strdup(kept->fetched_at);
    image->record = g_steal_pointer(&kept);
    image->definition = file != NULL ? g_steal_pointer(&file) : image->record;
    const char *volume = image->record == NULL ? NULL : image->record->volume;
    return find_parts(image, pool, volume, error) ? g_steal_pointer(&image) : NULL;
}

struct image *image_find(virConnectPtr connection, virStoragePoolPtr pool, const char *name, GError **error) {
    g_autoptr(image_t) image = image_read(connection, pool, name, error);
    if (image == NULL)
        return NULL;
    if (!image->ready) {
        g_autofree char *hint = strcmp(name, "tiny") == 0 ? g_strdup("innkeep template build tiny")
                                : image_address(image->definition) != NULL
                                    ? g_strdup_printf("innkeep template fetch %s", name)
                                    : g_strdup_printf("innkeep template import FILE %s", name);
        error_set(error, INNKEEP_ERROR_NOT_FOUND, hint, "template '%s' is not ready: %s is not in pool '%s'",
                  name, image->missing, virStoragePoolGetName(pool));
        return NULL;
    }
    g_autoptr(uses_t) uses = uses_read(connection, FALSE, error);
    const char *writer = uses == NULL ? NULL : uses_writer(uses, image->path, NULL);
    if (writer != NULL)
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL,
                  "the image of template '%s', %s, is the disk of guest '%s', which writes to it", name,
                  image->path, writer);
    return uses == NULL || writer != NULL ? NULL : g_steal_pointer(&image);
}

GStrv image_volumes(const struct image *image) {
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    char **previous = image->record == NULL ? NULL : image->record->previous;
    const char *parts[] = {image_kernel(image), image_initrd(image)};
    if (image->volume != NULL)
        g_strv_builder_add(names, image->volume);
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i] != NULL && strchr(parts[i], '/') == NULL)
            g_strv_builder_add(names, parts[i]);
    /* A definition in a pool may have been written elsewhere: it does not choose what an earlier version is.
     */
    for (; previous != NULL && *previous != NULL; previous++)
        if (place_is_version(image->definition->name, *previous))
            g_strv_builder_add(names, *previous);
    return g_strv_builder_end(names);
}

static gboolean add_stored(virStoragePoolPtr pool, GHashTable *seen, GError **error) {
    virStorageVolPtr *volumes = NULL;
    int count = virStoragePoolListAllVolumes(pool, &volumes, 0);
    if (count < 0) {
        libvirt_error_set(error, "cannot list the volumes of pool '%s'", virStoragePoolGetName(pool));
        return FALSE;
    }
    for (int i = 0; i < count; i++) {
        const char *file = virStorageVolGetName(volumes[i]);
        if (g_str_has_suffix(file, IMAGE_SUFFIX)) {
            g_autofree char *name = g_strndup(file, strlen(file) - strlen(IMAGE_SUFFIX));
            if (template_name_valid(name))
                g_hash_table_add(seen, g_steal_pointer(&name));
        }
        virStorageVolFree(volumes[i]);
    }
    free(volumes);
    return TRUE;
}

GStrv image_names(virStoragePoolPtr pool, GError **error) {
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) files = template_list(NULL);
    for (guint i = 0; i < files->len; i++)
        g_hash_table_add(seen, g_strdup(((const struct template *)g_ptr_array_index(files, i))->name));
    if (pool != NULL && !add_stored(pool, seen, error))
        return NULL;
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(seen), (GCompareFunc)strcmp);
    g_autoptr(GStrvBuilder) result = g_strv_builder_new();
    for (GList *name = names; name != NULL; name = name->next)
        g_strv_builder_add(result, name->data);
    return g_strv_builder_end(result);
}
