/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/kernel.h"

#include <string.h>
#include <sys/utsname.h>

#include "config/error.h"
#include "core/template/elf.h"
#include "core/template/package.h"

enum need { HELPFUL, REQUIRED };

/* What the guest loads. What these need is found by itself; the last rows only save a second reading of the
 * package (3 s). */
static const struct {
    const char *name;
    enum need need;
} wanted_modules[] = {
    {"virtio_pci", REQUIRED},
    {"virtio_net", REQUIRED},
    {"virtio_blk", REQUIRED},
    {"virtio_balloon", HELPFUL},
    {"virtio_console", HELPFUL},
    {"virtio_rng", HELPFUL},
    {"button", HELPFUL},
    {"evdev", HELPFUL},
    {"ext4", HELPFUL},
    {"crc32c_generic", HELPFUL},
    {"af_packet", HELPFUL},
    {"pvpanic_pci", HELPFUL},
    {"pvpanic_mmio", HELPFUL},
    {"pvpanic", HELPFUL},
    {"virtio", HELPFUL},
    {"virtio_ring", HELPFUL},
    {"virtio_pci_legacy_dev", HELPFUL},
    {"virtio_pci_modern_dev", HELPFUL},
    {"failover", HELPFUL},
    {"net_failover", HELPFUL},
    {"jbd2", HELPFUL},
    {"mbcache", HELPFUL},
    {"crc16", HELPFUL},
};

typedef struct {
    struct kernel *kernel; /* borrowed */
    GHashTable *wanted;    /* names, a set */
} search_state;

static void search_done(search_state *search) {
    g_hash_table_unref(search->wanted);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(search_state, search_done)

static struct kernel *kernel_new(void) {
    struct kernel *kernel = g_new0(struct kernel, 1);
    kernel->modules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    kernel->builtin = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return kernel;
}

void kernel_free(struct kernel *kernel) {
    if (kernel == NULL)
        return;
    g_free(kernel->release);
    g_clear_pointer(&kernel->image, g_bytes_unref);
    g_hash_table_unref(kernel->modules);
    g_hash_table_unref(kernel->builtin);
    g_free(kernel);
}

/* "…/virtio-rng.ko.xz" to "virtio_rng"; NULL where it is no module. */
static char *module_name(const char *path, gboolean *compressed) {
    g_autofree char *base = g_path_get_basename(path);
    char *suffix = strstr(base, ".ko");
    if (suffix == NULL || (suffix[3] != '\0' && suffix[3] != '.'))
        return NULL;
    *compressed = suffix[3] == '.';
    *suffix = '\0';
    return g_strdelimit(g_steal_pointer(&base), "-", '_');
}

static gboolean is_wanted(const search_state *search, const char *module) {
    return module != NULL && g_hash_table_contains(search->wanted, module) &&
           !g_hash_table_contains(search->kernel->modules, module);
}

/* Takes the content, compressed or not, as the module's. */
static gboolean take_module(search_state *search, char *name, GBytes *content, gboolean compressed,
                            GError **error) {
    GBytes *module = compressed ? package_decompress(content, error) : g_bytes_ref(content);
    if (module == NULL) {
        g_prefix_error(error, "kernel module %s: ", name);
        return FALSE;
    }
    g_hash_table_insert(search->kernel->modules, g_strdup(name), module);
    return TRUE;
}

/* modules.builtin: a line for each, "kernel/fs/ext4/ext4.ko". */
static void take_builtin(struct kernel *kernel, GBytes *content) {
    gsize size;
    const char *text = g_bytes_get_data(content, &size);
    g_autofree char *copy = g_strndup(text, size);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
    gboolean compressed;
    for (char **line = lines; *line != NULL; line++) {
        char *name = module_name(*line, &compressed);
        if (name != NULL)
            g_hash_table_add(kernel->builtin, name);
    }
}

/* The kernel's release where the path is that of an image: boot/vmlinuz-RELEASE (Debian),
 * lib/modules/RELEASE/vmlinuz (Fedora); else NULL. */
static char *image_release(const char *path) {
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_str_has_prefix(base, "vmlinuz-"))
        return g_strdup(base + strlen("vmlinuz-"));
    return strstr(folder, "lib/modules/") != NULL && g_str_equal(base, "vmlinuz")
               ? g_path_get_basename(folder)
               : NULL;
}

static gboolean visit_file(const char *path, struct package_entry *entry, gpointer data, GError **error) {
    search_state *search = data;
    struct kernel *kernel = search->kernel;
    gboolean compressed = FALSE;
    g_autofree char *module = module_name(path, &compressed);
    g_autofree char *release = kernel->image == NULL ? image_release(path) : NULL;
    gboolean builtin = g_str_has_suffix(path, "/modules.builtin");
    if (release == NULL && !builtin && !is_wanted(search, module))
        return TRUE;
    g_autoptr(GBytes) content = package_entry_read(entry, error);
    if (content == NULL)
        return FALSE;
    if (builtin) {
        take_builtin(kernel, content);
    } else if (release != NULL) {
        kernel->image = g_steal_pointer(&content);
        kernel->release = g_steal_pointer(&release);
    } else {
        return take_module(search, module, content, compressed, error);
    }
    return TRUE;
}

static GBytes *read_file(const char *path, GError **error) {
    char *content = NULL;
    gsize size = 0;
    return g_file_get_contents(path, &content, &size, error) ? g_bytes_new_take(content, size) : NULL;
}

/* Takes the wanted modules below a folder of the host. Links are not followed (build and source lead away).
 */
static gboolean visit_folder(search_state *search, const char *folder, GError **error) {
    g_autoptr(GDir) directory = g_dir_open(folder, 0, error);
    const char *name;
    if (directory == NULL)
        return FALSE;
    while ((name = g_dir_read_name(directory)) != NULL) {
        gboolean compressed = FALSE;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *module = module_name(path, &compressed);
        if (g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            continue;
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            if (!visit_folder(search, path, error))
                return FALSE;
        } else if (is_wanted(search, module)) {
            g_autoptr(GBytes) content = read_file(path, error);
            if (content == NULL || !take_module(search, module, content, compressed, error))
                return FALSE;
        }
    }
    return TRUE;
}

/* Adds what the modules need to what is wanted; FALSE once nothing is missing. */
static gboolean want_dependencies(search_state *search) {
    gboolean missing = FALSE;
    GHashTableIter modules;
    gpointer content;
    g_hash_table_iter_init(&modules, search->kernel->modules);
    while (g_hash_table_iter_next(&modules, NULL, &content)) {
        g_auto(GStrv) depends = elf_module_depends(content);
        for (char **name = depends; depends != NULL && *name != NULL; name++) {
            if (!g_hash_table_contains(search->kernel->modules, *name) &&
                !g_hash_table_contains(search->kernel->builtin, *name))
                missing |= g_hash_table_add(search->wanted, g_strdup(*name));
        }
    }
    return missing;
}

static search_state search_new(struct kernel *kernel) {
    search_state search = {.kernel = kernel,
                           .wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    for (gsize i = 0; i < G_N_ELEMENTS(wanted_modules); i++)
        g_hash_table_add(search.wanted, g_strdup(wanted_modules[i].name));
    return search;
}

static gboolean is_complete(const struct kernel *kernel, GError **error) {
    if (kernel->image == NULL) {
        error_set(error, INNKEEP_ERROR_NOT_FOUND, NULL, "the kernel packages hold no image (vmlinuz)");
        return FALSE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(wanted_modules); i++) {
        const char *name = wanted_modules[i].name;
        if (wanted_modules[i].need == REQUIRED && !g_hash_table_contains(kernel->modules, name) &&
            !g_hash_table_contains(kernel->builtin, name)) {
            error_set(error, INNKEEP_ERROR_NOT_FOUND, NULL, "the kernel %s has no %s", kernel->release, name);
            return FALSE;
        }
    }
    return TRUE;
}

struct kernel *kernel_from_packages(GPtrArray *packages, GCancellable *cancellable, GError **error) {
    g_autoptr(kernel_owned) kernel = kernel_new();
    g_auto(search_state) search = search_new(kernel);
    do {
        for (guint i = 0; i < packages->len; i++) {
            const char *package = g_ptr_array_index(packages, i);
            if (!package_each(package, visit_file, &search, cancellable, error)) {
                g_prefix_error(error, "kernel package %s: ", package);
                return NULL;
            }
        }
    } while (want_dependencies(&search));
    return is_complete(kernel, error) ? g_steal_pointer(&kernel) : NULL;
}

static GBytes *host_image(const char *release, const char *folder, GError **error) {
    g_autofree char *in_boot = g_strconcat("/boot/vmlinuz-", release, NULL);
    g_autofree char *in_modules = g_build_filename(folder, "vmlinuz", NULL);
    GBytes *image = read_file(in_modules, NULL);
    return image != NULL ? image : read_file(in_boot, error);
}

struct kernel *kernel_of_host(GCancellable *cancellable, GError **error) {
    struct utsname host;
    g_autoptr(kernel_owned) kernel = kernel_new();
    g_auto(search_state) search = search_new(kernel);
    uname(&host);
    g_autofree char *folder = g_build_filename("/lib/modules", host.release, NULL);
    g_autofree char *modules = g_build_filename(folder, "kernel", NULL);
    g_autofree char *list = g_build_filename(folder, "modules.builtin", NULL);
    g_autoptr(GBytes) builtin = read_file(list, error);
    if (builtin == NULL || (kernel->image = host_image(host.release, folder, error)) == NULL)
        return NULL;
    kernel->release = g_strdup(host.release);
    take_builtin(kernel, builtin);
    do {
        if (g_cancellable_set_error_if_cancelled(cancellable, error) ||
            !visit_folder(&search, modules, error))
            return NULL;
    } while (want_dependencies(&search));
    return is_complete(kernel, error) ? g_steal_pointer(&kernel) : NULL;
}

/* Adds a module after those it needs. seen keeps a loop in broken packages from being one here. */
static void add_in_order(const struct kernel *kernel, const char *name, GHashTable *seen, GPtrArray *order) {
    gpointer key, content;
    if (!g_hash_table_lookup_extended(kernel->modules, name, &key, &content) || !g_hash_table_add(seen, key))
        return;
    g_auto(GStrv) depends = elf_module_depends(content);
    for (char **needed = depends; depends != NULL && *needed != NULL; needed++)
        add_in_order(kernel, *needed, seen, order);
    g_ptr_array_add(order, key);
}

GPtrArray *kernel_load_order(const struct kernel *kernel) {
    GPtrArray *order = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    /* In the table's order, not the hash table's: the same image from the same package. */
    for (gsize i = 0; i < G_N_ELEMENTS(wanted_modules); i++)
        add_in_order(kernel, wanted_modules[i].name, seen, order);
    return order;
}
