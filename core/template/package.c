/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/package.h"

#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "config/error.h"
#include "core/base/command.h"

#define BLOCK     65536
#define SIZE_MAX_ (512u << 20)
#define DEPTH_MAX 4

typedef struct archive reader;

static void reader_free(reader *archive) {
    archive_read_free(archive);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(reader, reader_free)

struct package_entry {
    reader *archive;
};

struct visit {
    package_visit function;
    gpointer data;
    GCancellable *cancellable;
};

static GBytes *read_all(reader *archive, GError **error) {
    g_autoptr(GByteArray) content = g_byte_array_new();
    g_autofree guint8 *block = g_malloc(BLOCK);
    la_ssize_t count;
    while ((count = archive_read_data(archive, block, BLOCK)) > 0) {
        g_byte_array_append(content, block, (guint)count);
        if (content->len > SIZE_MAX_) {
            error_set(error, INNKEEP_ERROR_FAILED, NULL, "a packed file is larger than 512 MB");
            return NULL;
        }
    }
    if (count == 0)
        return g_byte_array_free_to_bytes(g_steal_pointer(&content));
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot unpack: %s", archive_error_string(archive));
    return NULL;
}

GBytes *package_entry_read(struct package_entry *entry, GError **error) {
    return read_all(entry->archive, error);
}

static const char *plain_path(const char *path) {
    while (g_str_has_prefix(path, "./") || *path == '/')
        path += *path == '/' ? 1 : 2;
    return path;
}

/* A .deb is an ar archive with the files in its member data.tar.xz: read through, block by block. */
static la_ssize_t read_member(struct archive *inner, void *data, const void **block) {
    reader *outer = data;
    size_t size = 0;
    la_int64_t offset;
    int status = archive_read_data_block(outer, block, &size, &offset);
    if (status == ARCHIVE_EOF)
        return 0;
    if (status == ARCHIVE_OK)
        return (la_ssize_t)size;
    archive_set_error(inner, archive_errno(outer), "%s", archive_error_string(outer));
    return -1;
}

static reader *new_reader(void) {
    reader *archive = archive_read_new();
    archive_read_support_filter_all(archive);
    archive_read_support_format_ar(archive);
    archive_read_support_format_cpio(archive);
    archive_read_support_format_tar(archive);
    return archive;
}

static gboolean visit_archive(reader *archive, const struct visit *visit, GError **error);

static gboolean visit_member(reader *archive, const struct visit *visit, GError **error) {
    g_autoptr(reader) inner = new_reader();
    if (archive_read_open(inner, archive, NULL, read_member, NULL) == ARCHIVE_OK)
        return visit_archive(inner, visit, error);
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot unpack: %s", archive_error_string(inner));
    return FALSE;
}

static gboolean visit_archive(reader *archive, const struct visit *visit, GError **error) {
    struct archive_entry *header;
    int status;
    while ((status = archive_read_next_header(archive, &header)) == ARCHIVE_OK || status == ARCHIVE_WARN) {
        if (g_cancellable_set_error_if_cancelled(visit->cancellable, error))
            return FALSE;
        const char *path = archive_entry_pathname(header);
        if (path == NULL || archive_entry_filetype(header) != AE_IFREG ||
            archive_entry_hardlink(header) != NULL)
            continue;
        struct package_entry entry = {.archive = archive};
        gboolean member = (archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_AR;
        if (member && !g_str_has_prefix(path, "data.tar"))
            continue;
        if (!(member ? visit_member(archive, visit, error)
                     : visit->function(plain_path(path), &entry, visit->data, error)))
            return FALSE;
    }
    if (status == ARCHIVE_EOF)
        return TRUE;
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot unpack: %s", archive_error_string(archive));
    return FALSE;
}

gboolean package_each(const char *package, package_visit function, gpointer data, GCancellable *cancellable,
                      GError **error) {
    g_autoptr(reader) archive = new_reader();
    const struct visit visit = {.function = function, .data = data, .cancellable = cancellable};
    if (archive_read_open_filename(archive, package, BLOCK) != ARCHIVE_OK) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read the package %s: %s", package,
                  archive_error_string(archive));
        return FALSE;
    }
    return visit_archive(archive, &visit, error);
}

GBytes *package_decompress(GBytes *compressed, GError **error) {
    g_autoptr(reader) archive = archive_read_new();
    struct archive_entry *header;
    gsize size;
    const void *bytes = g_bytes_get_data(compressed, &size);
    archive_read_support_filter_all(archive);
    archive_read_support_format_raw(archive);
    if (archive_read_open_memory(archive, bytes, size) == ARCHIVE_OK &&
        archive_read_next_header(archive, &header) == ARCHIVE_OK)
        return read_all(archive, error);
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot decompress: %s", archive_error_string(archive));
    return NULL;
}

static GPtrArray *packages_in(const char *folder, GError **error) {
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) directory = g_dir_open(folder, 0, error);
    const char *name;
    while (directory != NULL && (name = g_dir_read_name(directory)) != NULL)
        if (g_str_has_suffix(name, ".deb") || g_str_has_suffix(name, ".rpm"))
            g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    return directory != NULL ? g_steal_pointer(&paths) : NULL;
}

GPtrArray *package_download(const char *const *names, const char *folder, GCancellable *cancellable,
                            GError **error) {
    static const char *const apt[] = {"apt-get", "-q", "download", NULL};
    static const char *const dnf[] = {"dnf", "-q", "-y", "download", NULL};
    g_autofree char *has_apt = command_find("apt-get");
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    for (const char *const *word = has_apt != NULL ? apt : dnf; *word != NULL; word++)
        g_ptr_array_add(argv, (gpointer)*word);
    for (const char *const *name = names; *name != NULL; name++)
        g_ptr_array_add(argv, (gpointer)*name);
    g_ptr_array_add(argv, NULL);
    if (!command_run((const char *const *)argv->pdata, folder, NULL, cancellable, error))
        return NULL;
    return packages_in(folder, error);
}

/* The names that `apt-cache depends` gives, one a line: "  Depends: linux-image-6.1.0-56-cloud-amd64". */
static GStrv apt_depends(const char *package, const char *folder, GCancellable *cancellable, GError **error) {
    const char *argv[] = {"apt-cache", "depends", package, NULL};
    g_autofree char *output = NULL;
    if (!command_run(argv, folder, &output, cancellable, error))
        return NULL;
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        const char *name = strstr(*line, "Depends: ");
        if (name != NULL)
            g_strv_builder_add(names, name + strlen("Depends: "));
    }
    return g_strv_builder_end(names);
}

static const char *first_with_prefix(GStrv names, const char *prefix) {
    for (char **name = names; *name != NULL; name++)
        if (g_str_has_prefix(*name, prefix))
            return *name;
    return NULL;
}

/* From a name without a version to the package with the kernel; Ubuntu keeps its modules in one of their own.
 */
static GStrv apt_kernel(const char *meta, const char *folder, GCancellable *cancellable, GError **error) {
    g_autofree char *image = g_strdup(meta);
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        g_auto(GStrv) depends = apt_depends(image, folder, cancellable, error);
        if (depends == NULL)
            return NULL;
        const char *next = first_with_prefix(depends, "linux-image-");
        if (next == NULL) {
            const char *modules = first_with_prefix(depends, "linux-modules-");
            const char *names[] = {image, modules, NULL};
            return g_strdupv((char **)names);
        }
        g_free(image);
        image = g_strdup(next);
    }
    error_set(error, INNKEEP_ERROR_NOT_FOUND, NULL, "the package %s leads to no kernel", meta);
    return NULL;
}

GStrv package_kernel_names(const char *folder, GCancellable *cancellable, GError **error) {
    static const char *const metas[] = {"linux-image-cloud-amd64", "linux-image-virtual",
                                        "linux-image-amd64"};
    static const char *const rpms[] = {"kernel-core", "kernel-modules-core", NULL};
    g_autofree char *apt = command_find("apt-get");
    g_autofree char *dnf = command_find("dnf");
    for (gsize i = 0; apt != NULL && i < G_N_ELEMENTS(metas); i++) {
        g_autoptr(GError) unknown = NULL;
        g_auto(GStrv) names = apt_kernel(metas[i], folder, cancellable, &unknown);
        if (names != NULL)
            return g_steal_pointer(&names);
        if (g_cancellable_set_error_if_cancelled(cancellable, error))
            return NULL;
        g_debug("no kernel by the name %s: %s", metas[i], unknown->message);
    }
    if (apt == NULL && dnf != NULL)
        return g_strdupv((char **)rpms);
    error_set(error, INNKEEP_ERROR_NOT_FOUND,
              apt != NULL ? "apt-get update, or give a kernel package" : "give a kernel package",
              "cannot find a kernel package for the template: %s",
              apt != NULL ? "apt knows none" : "neither apt-get nor dnf is installed");
    return NULL;
}
