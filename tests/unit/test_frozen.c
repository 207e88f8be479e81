/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/frozen.h"

#include "config/error.h"
#include "tests/unit/unit.h"

#define SNAPSHOT(memory, disks)                                                                              \
    "<domainsnapshot><name>one</name><state>disk-snapshot</state>" memory "<disks>" disks "</disks><domain>" \
    "<devices><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/p/web.img'/>"   \
    "<target dev='vda'/></disk><disk type='network' device='disk'><source name='x'/><target dev='vdb'/>"     \
    "</disk></devices></domain></domainsnapshot>"
#define VDA "<disk name='vda' snapshot='external' type='file'><source file='/p/web.one.qcow2'/></disk>"

static void what_was_frozen_is_what_the_disk_was_then(void **state) {
    g_autoptr(GPtrArray) found = frozen_parse(SNAPSHOT("<memory snapshot='no'/>", VDA), "one", NULL);
    assert_non_null(found);
    assert_int_equal(found->len, 1);
    const struct frozen *frozen = frozen_disk(found, "vda");
    assert_non_null(frozen);
    assert_string_equal(frozen->path, "/p/web.img");
    assert_string_equal(frozen->format, "raw");
    assert_string_equal(frozen->overlay, "/p/web.one.qcow2");
    assert_null(frozen_disk(found, "vdb"));
}

static void what_is_not_of_disks_in_files_alone_is_refused(void **state) {
    static const char *const others[] = {
        SNAPSHOT("<memory snapshot='external' file='/m'/>", VDA),
        SNAPSHOT("<memory snapshot='no'/>", VDA "<disk name='vdc' snapshot='internal'/>"),
        SNAPSHOT("<memory snapshot='no'/>", "<disk name='vda' snapshot='internal'/>"),
        SNAPSHOT("<memory snapshot='no'/>", VDA "<disk name='vdb' snapshot='external' type='network'/>"),
        SNAPSHOT("<memory snapshot='no'/>", "<disk name='vdz' snapshot='external' type='file'/>"),
        "<domainsnapshot/>",
        "",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(frozen_parse(others[i], "one", &error));
        assert_non_null(error);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_frozen_is_what_the_disk_was_then),
        cmocka_unit_test(what_is_not_of_disks_in_files_alone_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
