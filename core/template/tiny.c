/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/tiny.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "config/error.h"
#include "config/paths.h"
#include "core/base/command.h"
#include "core/template/elf.h"
#include "core/template/initramfs.h"
#include "core/template/package.h"

#define DISK_SIZE_DEFAULT (G_GUINT64_CONSTANT(1) << 30)

void tiny_result_clear(struct tiny_result *result) {
    g_clear_pointer(&result->vmlinuz, g_free);
    g_clear_pointer(&result->initrd, g_free);
    g_clear_pointer(&result->disk, g_free);
    g_clear_pointer(&result->source, g_free);
}

/* A folder of its own for each download: all packages that lie in it are taken. */
static GPtrArray *download(const char *const *names, const char *folder, const char *below,
                           GCancellable *cancellable, GError **error) {
    g_autofree char *target = g_build_filename(folder, below, NULL);
    if (g_mkdir_with_parents(target, 0755) != 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot make the folder %s: %s", target,
                  g_strerror(errno));
        return NULL;
    }
    return package_download(names, target, cancellable, error);
}

static struct kernel *download_kernel(const char *folder, GCancellable *cancellable, GError **error) {
    g_auto(GStrv) names = package_kernel_names(folder, cancellable, error);
    if (names == NULL)
        return NULL;
    g_autoptr(GPtrArray) packages =
        download((const char *const *)names, folder, "kernel", cancellable, error);
    if (packages == NULL) {
        g_prefix_error(error, "cannot download a kernel: ");
        return NULL;
    }
    return kernel_from_packages(packages, cancellable, error);
}

static struct kernel *find_kernel(const struct tiny_options *options, const char *folder,
                                  GCancellable *cancellable, GError **error) {
    if (options->kernel_package != NULL) {
        g_autoptr(GPtrArray) packages = g_ptr_array_new();
        g_ptr_array_add(packages, (gpointer)options->kernel_package);
        return kernel_from_packages(packages, cancellable, error);
    }
    g_autoptr(GError) unusable = NULL;
    struct kernel *kernel = kernel_of_host(cancellable, &unusable);
    if (kernel != NULL)
        return kernel;
    g_debug("this host's kernel is of no use to a guest: %s", unusable->message);
    return download_kernel(folder, cancellable, error);
}

static GBytes *read_static(const char *path, GError **error) {
    char *bytes = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &bytes, &size, error))
        return NULL;
    g_autoptr(GBytes) program = g_bytes_new_take(bytes, size);
    if (elf_is_static_program(program))
        return g_steal_pointer(&program);
    error_set(error, INNKEEP_ERROR_WRONG, "install busybox-static", "%s is not linked statically", path);
    return NULL;
}

static gboolean take_busybox(const char *path, struct package_entry *entry, gpointer data, GError **error) {
    GBytes **busybox = data;
    if (*busybox != NULL || !g_str_has_suffix(path, "bin/busybox"))
        return TRUE;
    *busybox = package_entry_read(entry, error);
    return *busybox != NULL;
}

/* Debian's package busybox, which many have, is not static; busybox-static cannot be installed beside it. */
static GBytes *download_busybox(const char *folder, GCancellable *cancellable, GError **error) {
    static const char *const apt[] = {"busybox-static", NULL};
    static const char *const dnf[] = {"busybox", NULL};
    g_autofree char *has_apt = command_find("apt-get");
    g_autoptr(GPtrArray) packages =
        download(has_apt != NULL ? apt : dnf, folder, "busybox", cancellable, error);
    g_autoptr(GBytes) busybox = NULL;
    for (guint i = 0; packages != NULL && busybox == NULL && i < packages->len; i++)
        if (!package_each(g_ptr_array_index(packages, i), take_busybox, &busybox, cancellable, error))
            return NULL;
    if (busybox != NULL && elf_is_static_program(busybox))
        return g_steal_pointer(&busybox);
    if (error != NULL && *error == NULL)
        error_set(error, INNKEEP_ERROR_NOT_FOUND, "install busybox-static",
                  "there is no statically linked busybox on this host");
    return NULL;
}

static GBytes *find_busybox(const struct tiny_options *options, const char *folder, GCancellable *cancellable,
                            GError **error) {
    static const char *const places[] = {"/bin/busybox", "/usr/bin/busybox", "/usr/sbin/busybox"};
    if (options->busybox != NULL)
        return read_static(options->busybox, error);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autoptr(GError) unusable = NULL;
        GBytes *busybox = read_static(places[i], &unusable);
        if (busybox != NULL)
            return busybox;
        g_debug("%s", unusable->message);
    }
    return download_busybox(folder, cancellable, error);
}

static char *find_contents(const struct tiny_options *options, GError **error) {
    if (options->contents != NULL)
        return g_strdup(options->contents);
    /* Not a person's own: what runs in the guests of all is not one person's choice. */
    g_autofree char *init = paths_find("tiny/init", FALSE);
    if (init != NULL)
        return g_path_get_dirname(init);
    error_set(error, INNKEEP_ERROR_NOT_FOUND, "install innkeep again",
              "the shipped file tiny/init is missing");
    return NULL;
}

static gboolean make_sparse(const char *path, guint64 size, GError **error) {
    int file = g_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    gboolean made = file >= 0 && ftruncate(file, (off_t)size) == 0;
    if (!made)
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot make %s: %s", path, g_strerror(errno));
    if (file >= 0)
        close(file);
    return made;
}

/* The golden disk. A small journal, for a file system of 1 GB then takes 1.4 MB in qcow2. */
static gboolean make_disk(const char *path, guint64 size, const char *folder, GCancellable *cancellable,
                          GError **error) {
    g_autofree char *raw = g_strconcat(path, ".raw", NULL);
    g_autofree char *mke2fs = command_find("mke2fs");
    const char *format[] = {"mke2fs", "-q", "-F", "-t",   "ext4", "-J", "size=4",
                            "-m",     "0",  "-L", "data", raw,    NULL};
    const char *convert[] = {"qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, path, NULL};
    gboolean made = make_sparse(raw, size, error) &&
                    (mke2fs == NULL || command_run(format, folder, NULL, cancellable, error)) &&
                    command_run(convert, folder, NULL, cancellable, error);
    g_unlink(raw);
    return made;
}

static gboolean write_image(const char *path, const struct kernel *kernel, GError **error) {
    gsize size;
    const char *bytes = g_bytes_get_data(kernel->image, &size);
    return g_file_set_contents(path, bytes, (gssize)size, error);
}

gboolean tiny_build(const struct tiny_options *options, const char *folder, struct tiny_result *result,
                    GCancellable *cancellable, GError **error) {
    g_autofree char *contents = find_contents(options, error);
    g_autoptr(GBytes) busybox = contents == NULL ? NULL : find_busybox(options, folder, cancellable, error);
    g_autoptr(kernel_owned) kernel =
        busybox == NULL ? NULL : find_kernel(options, folder, cancellable, error);
    if (kernel == NULL)
        return FALSE;
    g_autofree char *vmlinuz = g_build_filename(folder, "tiny.vmlinuz", NULL);
    g_autofree char *initrd = g_build_filename(folder, "tiny.initrd", NULL);
    g_autofree char *disk = g_build_filename(folder, "tiny.qcow2", NULL);
    guint64 size = options->disk_size != 0 ? options->disk_size : DISK_SIZE_DEFAULT;
    if (!write_image(vmlinuz, kernel, error) || !initramfs_write(initrd, kernel, busybox, contents, error) ||
        !make_disk(disk, size, folder, cancellable, error))
        return FALSE;
    result->vmlinuz = g_steal_pointer(&vmlinuz);
    result->initrd = g_steal_pointer(&initrd);
    result->disk = g_steal_pointer(&disk);
    result->source = g_strdup_printf("linux %s and busybox", kernel->release);
    return TRUE;
}
