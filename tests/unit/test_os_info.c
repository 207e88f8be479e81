/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/os_info.h"

#include <string.h>

#include "config/error.h"
#include "tests/unit/unit.h"

#define GIB (G_GUINT64_CONSTANT(1) << 30)

static void a_system_that_is_known_is_described(void **state) {
    g_autoptr(os_info_t) linux_11 = os_info_find("debian11", NULL);
    assert_non_null(linux_11);
    assert_non_null(strstr(linux_11->name, "Debian"));
    assert_true(linux_11->memory >= GIB && linux_11->disk >= 10 * GIB && linux_11->vcpus >= 1);
    assert_true(linux_11->virtio_disk);
    assert_null(linux_11->nic);
    assert_int_equal(linux_11->firmware, FIRMWARE_DEFAULT);
    assert_false(linux_11->local_clock);
}

static void one_without_virtio_gets_what_it_has_drivers_for(void **state) {
    g_autoptr(os_info_t) ten = os_info_find("win10", NULL);
    assert_false(ten->virtio_disk);
    assert_string_equal(ten->nic, "e1000e");
    assert_true(ten->local_clock);
    assert_false(ten->tpm);
    g_autoptr(os_info_t) eleven = os_info_find("win11", NULL);
    assert_int_equal(eleven->firmware, FIRMWARE_UEFI_SECURE);
    assert_true(eleven->tpm);
    g_autoptr(os_info_t) old = os_info_find("winxp", NULL);
    assert_string_equal(old->nic, "e1000");
}

static void one_that_is_not_known_is_refused_with_its_neighbour(void **state) {
    g_autoptr(GError) near = NULL, far = NULL, empty = NULL;
    assert_null(os_info_find("debain11", &near));
    assert_int_equal(near->code, INNKEEP_ERROR_NOT_FOUND);
    assert_string_equal(error_hint(near), "did you mean 'debian11'?");
    assert_null(os_info_find("../../etc/passwd", &far));
    assert_string_equal(error_hint(far), "osinfo-query os lists them");
    assert_null(os_info_find("", &empty));
    assert_non_null(empty);
}

/* The primary descriptor of ECMA-119, 8.4, as far as it is asked for; its sizes are those of a true medium.
 */
static GBytes *medium(const char *volume) {
    guint8 *bytes = g_malloc0(64 * 1024);
    guint8 *descriptor = bytes + 16 * 2048, *boot = descriptor + 2048;
    descriptor[0] = 1;
    memcpy(descriptor + 1, "CD001\1", 6);
    memset(descriptor + 8, ' ', 64);
    memcpy(descriptor + 40, volume, strlen(volume));
    descriptor[80] = 200;
    descriptor[128 + 1] = 8; /* blocks of 2048 bytes, little-endian 16 bits */
    memset(descriptor + 190, ' ', 623);
    memcpy(boot, "\0CD001\1EL TORITO SPECIFICATION", 30);
    return g_bytes_new_take(bytes, 64 * 1024);
}

static void a_medium_tells_its_system_or_nothing(void **state) {
    g_autoptr(GBytes) known = medium("Debian 11.5.0 amd64 n"), unknown = medium("NOBODY"), torn = NULL;
    g_autoptr(GBytes) nothing = g_bytes_new_static("", 0);
    g_autoptr(os_info_t) os = os_info_detect(known);
    assert_non_null(os);
    assert_string_equal(os->id, "debian11");
    assert_null(os_info_detect(unknown));
    assert_null(os_info_detect(nothing));
    torn = g_bytes_new_from_bytes(known, 0, 16 * 2048 + 100);
    assert_null(os_info_detect(torn));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_system_that_is_known_is_described),
        cmocka_unit_test(one_without_virtio_gets_what_it_has_drivers_for),
        cmocka_unit_test(one_that_is_not_known_is_refused_with_its_neighbour),
        cmocka_unit_test(a_medium_tells_its_system_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
