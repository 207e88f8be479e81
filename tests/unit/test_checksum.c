/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/checksum.h"

#include <string.h>

#include <glib/gstdio.h>

#include "config/error.h"
#include "core/storage/transfer.h"
#include "tests/unit/unit.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void expect(const char *list, gboolean alone, const char *wanted) {
    g_autoptr(GError) error = NULL;
    g_autoptr(checksum_t) found = checksum_find(list, strlen(list), "a.img", alone, &error);
    assert_true((found == NULL) == (error != NULL));
    if (wanted == NULL) {
        assert_null(found);
    } else {
        assert_non_null(found);
        assert_string_equal(found->hex, wanted);
        assert_int_equal(found->type, strlen(wanted) == 64 ? G_CHECKSUM_SHA256 : G_CHECKSUM_SHA512);
    }
}

static void lines_of_coreutils_are_read(void **state) {
    expect(B "  b.img\n" A "  a.img\n", FALSE, A);
    expect(A " *a.img\r\n", FALSE, A);
    expect(A "  ./a.img", FALSE, A);
    expect("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA  a.img\n", FALSE, A);
}

static void lines_of_bsd_are_read(void **state) {
    expect("# a.img: 5 bytes\nSHA256 (a.img) = " A "\n", FALSE, A);
    expect("SHA512 (a.img) = " A B "\nSHA256 (a.img) = " A "\n", FALSE, A B);
    expect("SHA512 (a.img) = " A "\n", FALSE, NULL);
    expect("MD5 (a.img) = " A "\n", FALSE, NULL);
}

static void the_strongest_counts(void **state) {
    expect(A "  a.img\n" A B "  a.img\n", FALSE, A B);
}

static void other_files_do_not_count(void **state) {
    expect(A "  xa.img\n" A "  a.img.xz\n" A "  dir/a.img\n", FALSE, NULL);
    expect(A "  b.img\n", FALSE, NULL);
    expect("", TRUE, NULL);
    expect("<html>404</html>\n", TRUE, NULL);
}

static void a_list_of_one_is_of_the_file_beside_it(void **state) {
    expect(A "\n", TRUE, A);
    expect(A "  a-build-5.img\n", TRUE, A);
    expect(A "  b.img\n" B "  c.img\n", TRUE, NULL);
    expect(A "\n", FALSE, NULL);
}

static void a_contradiction_is_an_error(void **state) {
    expect(A "  a.img\n" B "  a.img\n", FALSE, NULL);
    expect(A "  a.img\n" A "  a.img\n", FALSE, A);
}

static void digits_must_be_all_there(void **state) {
    expect("aaaa  a.img\n", FALSE, NULL);
    expect(A "a  a.img\n", FALSE, NULL);
    expect("g" A "  a.img\n", FALSE, NULL);
    assert_null(checksum_new("", 64));
    assert_null(checksum_new(A, 63));
}

static void a_file_is_compared(void **state) {
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "innkeep-checksum-XXXXXX", NULL);
    g_autofree char *right = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "text", 4);
    g_autoptr(checksum_t) good = checksum_new(right, 64), bad = checksum_new(A, 64);
    const struct transfer transfer = {0};
    gboolean same = FALSE;
    g_close(g_mkstemp(path), NULL);
    assert_true(g_file_set_contents(path, "text", 4, NULL));
    assert_true(checksum_check(good, path, &transfer, &same, NULL) && same);
    assert_true(checksum_check(bad, path, &transfer, &same, NULL) && !same);
    assert_int_equal(g_unlink(path), 0);
    g_autoptr(GError) error = NULL;
    assert_false(checksum_check(good, path, &transfer, &same, &error));
    assert_non_null(error);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_coreutils_are_read),
        cmocka_unit_test(lines_of_bsd_are_read),
        cmocka_unit_test(the_strongest_counts),
        cmocka_unit_test(other_files_do_not_count),
        cmocka_unit_test(a_list_of_one_is_of_the_file_beside_it),
        cmocka_unit_test(a_contradiction_is_an_error),
        cmocka_unit_test(digits_must_be_all_there),
        cmocka_unit_test(a_file_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
