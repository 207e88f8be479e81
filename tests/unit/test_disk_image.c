/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/disk_image.h"

#include <string.h>

#include <glib/gstdio.h>

#include "config/error.h"
#include "core/template/place.h"
#include "tests/unit/unit.h"

static char *folder;

static int open_folder(void **state) {
    folder = g_dir_make_tmp("innkeep-image-XXXXXX", NULL);
    return folder == NULL;
}

static int close_folder(void **state) {
    int left = g_rmdir(folder);
    g_free(folder);
    return left;
}

/* A file of size bytes with the text at offset; the caller's path. */
static char *file_with(gsize size, gsize offset, const char *mark, gsize length) {
    g_autofree char *bytes = g_malloc0(size);
    char *path = g_build_filename(folder, "image", NULL);
    memcpy(bytes + offset, mark, length);
    assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
    return path;
}

static void expect_format(gsize size, gsize offset, const char *mark, const char *wanted) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = file_with(size, offset, mark, strlen(mark));
    const char *format = disk_image_format(path, &error);
    assert_int_equal(g_unlink(path), 0);
    assert_true((format == NULL) == (error != NULL));
    if (wanted == NULL)
        assert_null(format);
    else
        assert_string_equal(format, wanted);
}

static void a_format_is_told_by_content(void **state) {
    expect_format(65536, 0, "QFI\373", "qcow2");
    expect_format(65536, 0, "KDMV", "vmdk");
    expect_format(65536, 64, "\177\020\332\276", "vdi");
    expect_format(65536, 0, "vhdxfile", "vhdx");
    expect_format(65536, 0, "conectix", "vpc");
    expect_format(66048, 65536, "conectix", "vpc");
    expect_format(65536, 510, "U\252", "raw");
}

static void what_is_no_disk_is_refused(void **state) {
    expect_format(65536, 32769, "CD001", NULL);
    expect_format(65536, 0, "<!DOCTYPE html>", NULL);
    expect_format(65536, 0, "# Disk DescriptorFile", NULL);
    expect_format(65537, 0, "text", NULL);
    expect_format(512, 0, "small", NULL);
}

static void expect_facts(const char *json, const char *format, guint64 size) {
    g_autoptr(GError) error = NULL;
    g_autoptr(disk_facts_t) facts = disk_facts_parse(json, format, &error);
    assert_true((facts == NULL) == (error != NULL));
    if (size == 0) {
        assert_null(facts);
    } else {
        assert_non_null(facts);
        assert_true(facts->virtual_size == size);
    }
}

static void plain_images_are_taken(void **state) {
    expect_facts("{\"virtual-size\": 1024, \"format\": \"raw\", \"actual-size\": 5}", "raw", 1024);
    expect_facts("{\"virtual-size\": 1024, \"format\": \"vmdk\", \"filename\": \"/a\", \"format-specific\": "
                 "{\"data\": "
                 "{\"extents\": [{\"filename\": \"/a\"}]}}}",
                 "vmdk", 1024);
}

static void images_that_name_other_files_are_refused(void **state) {
    static const char *const more[] = {
        "\"backing-filename\": \"/etc/passwd\"",
        "\"full-backing-filename\": \"/etc/passwd\"",
        "\"encrypted\": true",
        "\"format-specific\": {\"data\": {\"data-file\": \"/etc/passwd\"}}",
        "\"format-specific\": {\"data\": {\"corrupt\": true}}",
        "\"format-specific\": {\"data\": {\"encrypt\": {}}}",
        "\"format-specific\": {\"data\": {\"extents\": [{\"filename\": \"/etc/passwd\"}]}}",
        "\"format-specific\": {\"data\": {\"extents\": [{\"filename\": \"/a\"}, {\"filename\": \"/a\"}]}}",
        "\"format-specific\": {\"data\": {\"extents\": 5}}",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(more); i++) {
        g_autofree char *json = g_strdup_printf(
            "{\"virtual-size\": 1024, \"format\": \"qcow2\", \"filename\": \"/a\", %s}", more[i]);
        expect_facts(json, "qcow2", 0);
    }
}

static void other_answers_are_errors(void **state) {
    expect_facts("", "raw", 0);
    expect_facts("[]", "raw", 0);
    expect_facts("{}", "raw", 0);
    expect_facts("{\"virtual-size\": 1024, \"format\": \"qcow2\"}", "raw", 0);
    expect_facts("{\"virtual-size\": \"x\", \"format\": \"raw\"}", "raw", 0);
    expect_facts("{\"virtual-size\": -5, \"format\": \"raw\"}", "raw", 0);
    expect_facts("{\"virtual-size\": 9223372036854775807, \"format\": \"raw\"}", "raw", 0);
    expect_facts("{\"virtual-size\": 5, \"format\": {}}", "raw", 0);
}

static void versions_are_named_by_day_and_number(void **state) {
    static const char *const names[] = {"a.qcow2", "a-20260131.qcow2", "a-20260131-2.qcow2"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *name = place_version_name("a", "20260131", i);
        assert_string_equal(name, names[i]);
        assert_true(place_is_version("a", name));
        g_autofree char *kernel = g_strdup_printf("%.*s" PLACE_KERNEL_SUFFIX, (int)(strlen(name) - 6), name);
        assert_true(place_is_version("a", kernel));
    }
    static const char *const others[] = {
        "b.qcow2",    "ab.qcow2",           "a-1.qcow2",         "a-20260131", "a-20260131-.qcow2",
        "a.template", "a-20260131-x.qcow2", "a-202601311.qcow2", "A.qcow2",    ""};
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        assert_false(place_is_version("a", others[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_format_is_told_by_content),
        cmocka_unit_test(what_is_no_disk_is_refused),
        cmocka_unit_test(plain_images_are_taken),
        cmocka_unit_test(images_that_name_other_files_are_refused),
        cmocka_unit_test(other_answers_are_errors),
        cmocka_unit_test(versions_are_named_by_day_and_number),
    };
    return cmocka_run_group_tests(tests, open_folder, close_folder);
}
