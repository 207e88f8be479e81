/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/snapshot.h"

#include "tests/unit/unit.h"

static void one_with_memory_inside_the_disks(void **state) {
    g_autoptr(GError) error = NULL;
    g_autoptr(guest_snapshot_t) snapshot =
        snapshot_parse("<domainsnapshot><name>a&amp;b</name><description>before</description>"
                       "<state>running</state><parent><name>first</name></parent>"
                       "<creationTime>1764000000</creationTime><memory snapshot='internal'/>"
                       "<disks><disk name='vda' snapshot='internal'/></disks></domainsnapshot>",
                       &error);
    assert_null(error);
    assert_string_equal(snapshot->name, "a&b");
    assert_string_equal(snapshot->parent, "first");
    assert_string_equal(snapshot->description, "before");
    assert_string_equal(snapshot->state, "running");
    assert_int_equal(snapshot->created_at, 1764000000);
    assert_true(snapshot->memory);
    assert_false(snapshot->external);
}

static void one_of_the_disks_alone_in_files_of_its_own(void **state) {
    g_autoptr(guest_snapshot_t) snapshot =
        snapshot_parse("<domainsnapshot><name>x</name><memory snapshot='no'/><disks>"
                       "<disk name='vda' snapshot='external'/></disks></domainsnapshot>",
                       NULL);
    assert_false(snapshot->memory);
    assert_true(snapshot->external);
    assert_null(snapshot->parent);
    assert_int_equal(snapshot->created_at, -1);
}

static void what_is_no_xml_is_an_error(void **state) {
    g_autoptr(GError) error = NULL;
    assert_null(snapshot_parse("<domainsnapshot><name>", &error));
    assert_non_null(error);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_with_memory_inside_the_disks),
        cmocka_unit_test(one_of_the_disks_alone_in_files_of_its_own),
        cmocka_unit_test(what_is_no_xml_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
