/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/create_check.h"

#include "config/error.h"
#include "tests/unit/unit.h"

static void expect(const struct request *request, const char *message) {
    g_autoptr(GError) error = NULL;
    assert_int_equal(create_check(request, &error), message == NULL);
    assert_string_equal(error == NULL ? "" : error->message, message == NULL ? "" : message);
    if (message != NULL)
        assert_int_equal(error->code, INNKEEP_ERROR_USAGE);
}

#define TEXT         (char *)"f"
#define REQUEST(...) ((const struct request[]){{.action = ACTION_create, __VA_ARGS__}})
#define NAMED(...)   REQUEST(.new_name = TEXT, __VA_ARGS__)

static void one_source_is_fine(void **state) {
    expect(NAMED(.template_name = TEXT, .count = 9), NULL);
    expect(NAMED(.iso = TEXT, .count = 2, .no_disk = TRUE), NULL);
    expect(NAMED(.import = TEXT), NULL);
    expect(NAMED(.pxe = TRUE), NULL);
    expect(NAMED(.kernel = TEXT, .initrd = TEXT, .cmdline = TEXT), NULL);
    assert_false(create_is_blank(REQUEST(.template_name = TEXT)));
    assert_true(create_is_blank(REQUEST(.pxe = TRUE)));
}

static void two_sources_exclude_each_other(void **state) {
    expect(NAMED(.template_name = TEXT, .iso = TEXT), "-t and --iso exclude each other");
    expect(NAMED(.template_name = TEXT, .pxe = TRUE), "-t and --pxe exclude each other");
    expect(NAMED(.iso = TEXT, .import = TEXT), "--iso and --import exclude each other");
    expect(NAMED(.pxe = TRUE, .kernel = TEXT), "--pxe and --kernel exclude each other");
}

static void options_go_with_their_source(void **state) {
    char *keys[] = {TEXT, NULL};
    expect(REQUEST(.iso = TEXT), "a guest without a template needs a name");
    expect(NAMED(.iso = TEXT, .ssh_keys = keys),
           "--ssh-key and --user-data go with a template: nothing else sets a guest up");
    expect(NAMED(.template_name = TEXT, .no_disk = TRUE),
           "--disk 0: a guest of a template has the template's disk");
    expect(NAMED(.pxe = TRUE, .address = TEXT),
           "--address goes with a template: nothing else sets a guest up");
    expect(NAMED(.template_name = TEXT, .address = TEXT, .count = 2),
           "--address and --count: one address is one guest's");
    expect(NAMED(.template_name = TEXT, .dns = TEXT), "--gateway and --dns go with --address");
    expect(NAMED(.template_name = TEXT, .address = TEXT), "--address: 'f' has no prefix length");
    expect(NAMED(.import = TEXT, .count = 2), "--import and --count: one disk makes one guest");
    expect(NAMED(.import = TEXT, .disk = 512),
           "--import and --disk exclude each other: the disk that is there stays as it is");
    expect(NAMED(.iso = TEXT, .initrd = TEXT), "--initrd and --cmdline go with --kernel");
    expect(NAMED(.template_name = TEXT, .cmdline = TEXT), "--initrd and --cmdline go with --kernel");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_source_is_fine),
        cmocka_unit_test(two_sources_exclude_each_other),
        cmocka_unit_test(options_go_with_their_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
