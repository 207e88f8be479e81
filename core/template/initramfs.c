/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/initramfs.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>

#include "config/error.h"

typedef struct archive writer;
typedef struct archive_entry entry_owned;

static void writer_free(writer *archive) {
    archive_write_free(archive);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(writer, writer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(entry_owned, archive_entry_free)

/* The kernel opens /dev/console before init has mounted anything. Numbers: the kernel's
 * admin-guide/devices.txt. */
static const struct {
    const char *path;
    unsigned int type, mode, major, minor;
} nodes[] = {
    {"bin", AE_IFDIR, 0755, 0, 0},         {"data", AE_IFDIR, 0755, 0, 0},
    {"dev", AE_IFDIR, 0755, 0, 0},         {"dev/console", AE_IFCHR, 0600, 5, 1},
    {"dev/null", AE_IFCHR, 0666, 1, 3},    {"lib", AE_IFDIR, 0755, 0, 0},
    {"lib/modules", AE_IFDIR, 0755, 0, 0}, {"proc", AE_IFDIR, 0555, 0, 0},
    {"root", AE_IFDIR, 0700, 0, 0},        {"run", AE_IFDIR, 0755, 0, 0},
    {"sbin", AE_IFDIR, 0755, 0, 0},        {"sys", AE_IFDIR, 0555, 0, 0},
    {"tmp", AE_IFDIR, 01777, 0, 0},        {"usr", AE_IFDIR, 0755, 0, 0},
    {"usr/bin", AE_IFDIR, 0755, 0, 0},     {"usr/sbin", AE_IFDIR, 0755, 0, 0},
    {"var", AE_IFDIR, 0755, 0, 0},         {"var/log", AE_IFDIR, 0755, 0, 0},
    {"var/run", AE_IFDIR, 0755, 0, 0},     {"www", AE_IFDIR, 0755, 0, 0},
};

static gboolean failed(writer *archive, const char *path, GError **error) {
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot write %s into the initramfs: %s", path,
              archive_error_string(archive));
    return FALSE;
}

static gboolean add(writer *archive, entry_owned *entry, const char *path, unsigned int mode, GBytes *content,
                    GError **error) {
    gsize size = content == NULL ? 0 : g_bytes_get_size(content);
    archive_entry_set_pathname(entry, path);
    archive_entry_set_perm(entry, mode);
    archive_entry_set_size(entry, (la_int64_t)size);
    archive_entry_set_mtime(entry, 0, 0);
    if (archive_write_header(archive, entry) != ARCHIVE_OK)
        return failed(archive, path, error);
    if (size > 0 && archive_write_data(archive, g_bytes_get_data(content, NULL), size) != (la_ssize_t)size)
        return failed(archive, path, error);
    return TRUE;
}

static gboolean add_file(writer *archive, const char *path, unsigned int mode, GBytes *content,
                         GError **error) {
    g_autoptr(entry_owned) entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    return add(archive, entry, path, mode, content, error);
}

static gboolean add_nodes(writer *archive, GError **error) {
    for (gsize i = 0; i < G_N_ELEMENTS(nodes); i++) {
        g_autoptr(entry_owned) entry = archive_entry_new();
        archive_entry_set_filetype(entry, nodes[i].type);
        archive_entry_set_rdevmajor(entry, nodes[i].major);
        archive_entry_set_rdevminor(entry, nodes[i].minor);
        if (!add(archive, entry, nodes[i].path, nodes[i].mode, NULL, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean add_modules(writer *archive, const struct kernel *kernel, GError **error) {
    g_autoptr(GPtrArray) names = kernel_load_order(kernel);
    g_autoptr(GString) order = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_strdup_printf("lib/modules/%s.ko", name);
        g_string_append_printf(order, "%s.ko\n", name);
        if (!add_file(archive, path, 0644, g_hash_table_lookup(kernel->modules, name), error))
            return FALSE;
    }
    g_autoptr(GBytes) list = g_bytes_new(order->str, order->len);
    return add_file(archive, "lib/modules/order", 0644, list, error);
}

/* A folder that nodes[] has already. Twice does no harm to the kernel's unpacker, but a person who lists it
 * wonders. */
static gboolean is_there(const char *path) {
    for (gsize i = 0; i < G_N_ELEMENTS(nodes); i++)
        if (g_str_equal(nodes[i].path, path))
            return TRUE;
    return FALSE;
}

static gboolean add_tree(writer *archive, const char *folder, const char *below, GError **error);

static gboolean add_path(writer *archive, const char *source, const char *path, GError **error) {
    GStatBuf status = {0};
    if (g_stat(source, &status) != 0 || !S_ISDIR(status.st_mode)) {
        char *bytes = NULL;
        gsize size = 0;
        if (!g_file_get_contents(source, &bytes, &size, error))
            return FALSE;
        g_autoptr(GBytes) content = g_bytes_new_take(bytes, size);
        return add_file(archive, path, (status.st_mode & 0111) != 0 ? 0755 : 0644, content, error);
    }
    g_autoptr(entry_owned) entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFDIR);
    if (!is_there(path) && !add(archive, entry, path, 0755, NULL, error))
        return FALSE;
    return add_tree(archive, source, path, error);
}

static gint by_name(gconstpointer a, gconstpointer b) {
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

/* What lies in the folder, by name, as below/…: an archive needs a folder before what is in it. */
static gboolean add_tree(writer *archive, const char *folder, const char *below, GError **error) {
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) directory = g_dir_open(folder, 0, error);
    const char *name;
    if (directory == NULL)
        return FALSE;
    while ((name = g_dir_read_name(directory)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *source = g_build_filename(folder, g_ptr_array_index(names, i), NULL);
        g_autofree char *path = g_build_filename(below, g_ptr_array_index(names, i), NULL);
        if (!add_path(archive, source, path, error))
            return FALSE;
    }
    return TRUE;
}

gboolean initramfs_write(const char *path, const struct kernel *kernel, GBytes *busybox, const char *contents,
                         GError **error) {
    g_autoptr(writer) archive = archive_write_new();
    archive_write_add_filter_gzip(archive);
    /* The same bytes from the same parts. */
    archive_write_set_filter_option(archive, "gzip", "timestamp", NULL);
    archive_write_set_format_cpio_newc(archive);
    if (archive_write_open_filename(archive, path) != ARCHIVE_OK)
        return failed(archive, path, error);
    if (!add_nodes(archive, error) || !add_file(archive, "bin/busybox", 0755, busybox, error) ||
        !add_modules(archive, kernel, error) || !add_tree(archive, contents, "", error))
        return FALSE;
    return archive_write_close(archive) == ARCHIVE_OK || failed(archive, path, error);
}
