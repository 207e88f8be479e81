/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/guests/house.h"

/* A guest's details in tabs, and its snapshots there. The guest is never started. */

static int make_guest(void **state) {
    (void)state;
    run(program(), "template", "build", "tiny", "--kernel-package", g_getenv("INNKEEP_TEST_KERNEL"), "-q",
        NULL);
    run(program(), "create", "web", "-t", "tiny", "--no-start", "-q", NULL);
    return 0;
}

static struct screen *open_web(void) {
    struct screen *screen = start();
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "[Overview]");
    return screen;
}

static void leave(struct screen *screen) {
    screen_key(screen, "Q");
    assert_int_equal(screen_end(screen, 5000), 0);
    screen_free(screen);
}

static void a_tab_of_disks_tells_what_the_storage_knows(void **state) {
    struct screen *screen = open_web();
    screen_key(screen, SCREEN_RIGHT);
    screen_wait(screen, "[Disks]");
    screen_wait(screen, "/var/lib/libvirt/images/web.qcow2");
    screen_wait(screen, "qcow2, virtio, pool default, on tiny.qcow2, made by innkeep");
    screen_expect(screen, "held of 1.0G");
    leave(screen);
}

static void a_snapshot_is_taken_reverted_to_and_deleted(void **state) {
    struct screen *screen = open_web();
    screen_key(screen, SCREEN_LEFT);
    screen_key(screen, SCREEN_LEFT);
    screen_wait(screen, "[Snapshots]");
    screen_wait(screen, "It has no snapshot");
    screen_key(screen, "D"); /* the snapshot's key here, not the guest's */
    screen_wait(screen, "no snapshot to delete");
    screen_key(screen, "t");
    screen_wait(screen, "internal, current");
    screen_expect(screen, "> 20");
    screen_key(screen, "B");
    screen_wait(screen, "Revert to 20");
    screen_key(screen, "y");
    screen_wait_gone(screen, "Revert to 20");
    screen_wait(screen, "web: taken back to snapshot '20");
    screen_key(screen, "D");
    screen_wait(screen, "Delete 20");
    screen_key(screen, "y");
    screen_wait(screen, "It has no snapshot");
    screen_expect(screen, "web");
    leave(screen);
}

static void the_palette_leads_to_the_snapshots(void **state) {
    struct screen *screen = start();
    screen_key(screen, ":");
    screen_listen(screen, 300); /* sooner, what is typed would be a burst */
    screen_type(screen, "snapshot revert");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "[Snapshots]");
    screen_wait(screen, "choose the snapshot, then B");
    leave(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tab_of_disks_tells_what_the_storage_knows),
        cmocka_unit_test(a_snapshot_is_taken_reverted_to_and_deleted),
        cmocka_unit_test(the_palette_leads_to_the_snapshots),
    };
    return cmocka_run_group_tests(tests, make_guest, NULL);
}
