/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/tiny.h"

#include <elf.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>

#include "config/error.h"
#include "core/template/elf.h"
#include "core/template/initramfs.h"
#include "core/template/package.h"
#include "tests/unit/unit.h"

/* A kernel module with nothing but the section .modinfo. */
static GBytes *make_module(const char *depends) {
    static const char names[] = "\0.modinfo\0.shstrtab";
    g_autoptr(GByteArray) file = g_byte_array_new();
    g_autofree char *info = g_strdup_printf("license=GPL|depends=%s|name=x|", depends);
    gsize length = strlen(info);
    Elf64_Ehdr header = {.e_type = ET_REL, .e_shnum = 3, .e_shstrndx = 2, .e_shoff = sizeof header};
    Elf64_Shdr sections[3] = {
        {0},
        {.sh_name = 1, .sh_offset = sizeof header + sizeof sections, .sh_size = length},
        {.sh_name = 10, .sh_offset = sizeof header + sizeof sections + length, .sh_size = sizeof names},
    };
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    for (gsize i = 0; i < length; i++)
        info[i] = info[i] == '|' ? '\0' : info[i];
    g_byte_array_append(file, (const guint8 *)&header, sizeof header);
    g_byte_array_append(file, (const guint8 *)sections, sizeof sections);
    g_byte_array_append(file, (const guint8 *)info, (guint)length);
    g_byte_array_append(file, (const guint8 *)names, sizeof names);
    return g_byte_array_free_to_bytes(g_steal_pointer(&file));
}

static GBytes *make_program(guint32 segment_type) {
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segment;
    } program = {.header = {.e_type = ET_EXEC, .e_phnum = 1, .e_phoff = sizeof(Elf64_Ehdr)},
                 .segment = {.p_type = segment_type}};
    memcpy(program.header.e_ident, ELFMAG, SELFMAG);
    program.header.e_ident[EI_CLASS] = ELFCLASS64;
    return g_bytes_new(&program, sizeof program);
}

static void append(struct archive *archive, const char *path, GBytes *content) {
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)g_bytes_get_size(content));
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    archive_write_data(archive, g_bytes_get_data(content, NULL), g_bytes_get_size(content));
    archive_entry_free(entry);
}

static void append_text(struct archive *archive, const char *path, const char *text) {
    g_autoptr(GBytes) content = g_bytes_new(text, strlen(text));
    append(archive, path, content);
}

static void append_module(struct archive *archive, const char *path, const char *depends) {
    g_autoptr(GBytes) module = make_module(depends);
    append(archive, path, module);
}

/* A .deb of a kernel whose card needs two more modules, listed before what they need. */
static char *make_package(const char *folder, const char *builtin) {
    g_autofree char *data = g_build_filename(folder, "data", NULL);
    char *package = g_build_filename(folder, "linux.deb", NULL);
    struct archive *archive = archive_write_new();
    archive_write_add_filter_gzip(archive);
    archive_write_set_format_pax_restricted(archive);
    assert_int_equal(archive_write_open_filename(archive, data), ARCHIVE_OK);
    append_text(archive, "./boot/vmlinuz-6.1.0-test", "kernel");
    append_text(archive, "./lib/modules/6.1.0-test/modules.builtin", builtin);
    append_module(archive, "./lib/modules/6.1.0-test/kernel/unknown-helper.ko", "");
    append_module(archive, "./lib/modules/6.1.0-test/kernel/net_failover.ko", "unknown-helper");
    append_module(archive, "./lib/modules/6.1.0-test/kernel/virtio_net.ko", "net_failover");
    append_module(archive, "./lib/modules/6.1.0-test/kernel/virtio-rng.ko", "");
    append_module(archive, "./lib/modules/6.1.0-test/kernel/floppy.ko", "");
    archive_write_free(archive);

    g_autofree char *bytes = NULL;
    gsize size = 0;
    assert_true(g_file_get_contents(data, &bytes, &size, NULL));
    g_autoptr(GBytes) members = g_bytes_new(bytes, size);
    archive = archive_write_new();
    archive_write_set_format_ar_svr4(archive);
    assert_int_equal(archive_write_open_filename(archive, package), ARCHIVE_OK);
    append_text(archive, "debian-binary", "2.0\n");
    append(archive, "data.tar.gz", members);
    archive_write_free(archive);
    return package;
}

#define BUILTIN "kernel/drivers/virtio/virtio_pci.ko\nkernel/drivers/block/virtio_blk.ko\n"

static struct kernel *read_package(const char *folder, const char *builtin, GError **error) {
    g_autoptr(GPtrArray) packages = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(packages, make_package(folder, builtin));
    return kernel_from_packages(packages, NULL, error);
}

static int make_folder(void **state) {
    *state = g_dir_make_tmp("innkeep-test-XXXXXX", NULL);
    return *state == NULL;
}

static int remove_folder(void **state) {
    g_autofree char *folder = *state;
    g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_remove(path);
    }
    return g_rmdir(folder);
}

static void modules_come_after_what_they_need(void **state) {
    g_autoptr(GError) error = NULL;
    g_autoptr(kernel_owned) kernel = read_package(*state, BUILTIN, &error);
    assert_null(error);
    assert_string_equal(kernel->release, "6.1.0-test");
    g_autoptr(GPtrArray) order = kernel_load_order(kernel);
    assert_int_equal(order->len, 4);
    assert_string_equal(g_ptr_array_index(order, 0), "unknown_helper");
    assert_string_equal(g_ptr_array_index(order, 1), "net_failover");
    assert_string_equal(g_ptr_array_index(order, 2), "virtio_net");
    assert_string_equal(g_ptr_array_index(order, 3), "virtio_rng");
}

static void a_kernel_without_a_disk_driver_is_refused(void **state) {
    g_autoptr(GError) error = NULL;
    assert_null(read_package(*state, "kernel/drivers/virtio/virtio_pci.ko\n", &error));
    assert_true(g_error_matches(error, INNKEEP_ERROR, INNKEEP_ERROR_NOT_FOUND));
    assert_non_null(strstr(error->message, "virtio_blk"));
}

static void only_a_static_busybox_is_taken(void **state) {
    (void)state;
    g_autoptr(GBytes) linked = make_program(PT_INTERP), alone = make_program(PT_LOAD);
    g_autoptr(GBytes) script = g_bytes_new_static("#!/bin/sh\n", 10);
    assert_true(elf_is_static_program(alone));
    assert_false(elf_is_static_program(linked));
    assert_false(elf_is_static_program(script));
}

static void a_cut_module_is_no_module(void **state) {
    (void)state;
    g_autoptr(GBytes) module = make_module("virtio,virtio-ring");
    g_auto(GStrv) depends = elf_module_depends(module);
    assert_string_equal(depends[1], "virtio_ring");
    for (gsize size = 0; size + 1 < g_bytes_get_size(module); size++) {
        /* A copy of its own, so that a sanitizer sees a read past the end. */
        g_autoptr(GBytes) cut = g_bytes_new(g_bytes_get_data(module, NULL), size);
        g_auto(GStrv) none = elf_module_depends(cut);
        assert_true(none == NULL || none[0] == NULL || size > sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Shdr));
    }
}

/* "path type mode major:minor", one a line. */
static char *list_initramfs(const char *path) {
    g_autoptr(GString) list = g_string_new(NULL);
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    archive_read_support_filter_gzip(archive);
    archive_read_support_format_cpio(archive);
    assert_int_equal(archive_read_open_filename(archive, path, 10240), ARCHIVE_OK);
    while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
        g_string_append_printf(list, "%s %o %d:%d\n", archive_entry_pathname(entry),
                               archive_entry_mode(entry), (int)archive_entry_rdevmajor(entry),
                               (int)archive_entry_rdevminor(entry));
    archive_read_free(archive);
    return g_string_free(g_steal_pointer(&list), FALSE);
}

static void the_files_of_a_template_are_made(void **state) {
    const char *folder = *state;
    g_autofree char *package = make_package(folder, BUILTIN);
    g_autofree char *busybox = g_build_filename(folder, "busybox", NULL);
    g_autoptr(GBytes) program = make_program(PT_LOAD);
    g_autoptr(GError) error = NULL;
    struct tiny_options options = {.kernel_package = package, .busybox = busybox};
    struct tiny_result result = {0};
    g_file_set_contents(busybox, g_bytes_get_data(program, NULL), (gssize)g_bytes_get_size(program), NULL);
    assert_true(tiny_build(&options, folder, &result, NULL, &error));
    g_autofree char *list = list_initramfs(result.initrd);
    static const char *const expected[] = {
        "init 100755 0:0\n",
        "bin/busybox 100755 0:0\n",
        "dev/console 20600 5:1\n",
        "lib/modules/virtio_net.ko 100644 0:0\n",
        "lib/modules/order 100644 0:0\n",
        "usr/local/bin/burn 100755 0:0\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(expected); i++)
        assert_non_null(strstr(list, expected[i]));
    assert_null(strstr(list, "floppy"));
    assert_true(g_file_test(result.vmlinuz, G_FILE_TEST_IS_REGULAR));
    assert_true(g_file_test(result.disk, G_FILE_TEST_IS_REGULAR));
    assert_string_equal(result.source, "linux 6.1.0-test and busybox");
    tiny_result_clear(&result);
}

static void a_failure_leaves_the_result_alone(void **state) {
    struct tiny_options options = {.kernel_package = "/nonexistent.deb", .busybox = "/bin/sh"};
    struct tiny_result result = {0};
    g_autoptr(GError) error = NULL;
    assert_false(tiny_build(&options, *state, &result, NULL, &error));
    assert_true(g_error_matches(error, INNKEEP_ERROR, INNKEEP_ERROR_WRONG));
    assert_non_null(error_hint(error));
    assert_null(result.vmlinuz);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(modules_come_after_what_they_need, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_kernel_without_a_disk_driver_is_refused, make_folder,
                                        remove_folder),
        cmocka_unit_test(only_a_static_busybox_is_taken),
        cmocka_unit_test(a_cut_module_is_no_module),
        cmocka_unit_test_setup_teardown(the_files_of_a_template_are_made, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_failure_leaves_the_result_alone, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("tiny", tests, NULL, NULL);
}
