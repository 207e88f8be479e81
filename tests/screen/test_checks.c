/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

static struct screen *open_host(void) {
    struct screen *screen = screen_demo();
    screen_key(screen, "6");
    screen_wait(screen, "> warning  pools start with the host");
    return screen;
}

static void facts_are_above_and_what_is_wrong_comes_first(void **state) {
    struct screen *screen = open_host();
    screen_expect(screen, "test:///default");
    screen_expect(screen, "libvirt ");
    screen_expect(screen, "hardware virtualization: ");
    screen_wait_row(screen, 7, "warning  networks start with the host");
    screen_wait_row(screen, 8, "ok ");
    screen_expect(screen, "fix: virsh -c test:///default pool-autostart default-pool");
    screen_key(screen, "j");
    screen_wait(screen, "fix: virsh -c test:///default net-autostart default");
    screen_free(screen);
}

static void enter_shows_a_check_whole(void **state) {
    struct screen *screen = open_host();
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "innkeep-setup(7), STORAGE");
    screen_expect(screen, "not after the next boot: default-pool");
    screen_expect(screen, "Whether each pool is marked to start at boot.");
    screen_key(screen, "q");
    screen_wait_gone(screen, "innkeep-setup(7), STORAGE");
    screen_free(screen);
}

static void a_fix_is_copied(void **state) {
    struct screen *screen = open_host();
    screen_key(screen, "y");
    screen_wait_row(screen, -2, "virsh -c test:///default pool-autostart default-pool");
    screen_key(screen, "G");
    screen_key(screen, "y");
    screen_wait(screen, "nothing to mend");
    screen_free(screen);
}

static void what_cannot_be_mended_from_here_is_told(void **state) {
    struct screen *screen = open_host();
    screen_key(screen, "x");
    screen_wait(screen, "the demo's host is in this process alone");
    screen_key(screen, "1");
    screen_wait(screen, "wiki-db");
    screen_key(screen, "x");
    screen_wait(screen, "choose the check");
    screen_wait(screen, "pools start with the host");
    screen_free(screen);
}

static void help_begins_with_the_host(void **state) {
    struct screen *screen = open_host();
    screen_key(screen, "?");
    screen_wait_row(screen, 3, "The host");
    screen_expect(screen, "mend what the check under the cursor found");
    screen_free(screen);
}

static void it_is_checked_anew_from_anywhere(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "d");
    screen_wait(screen, "> warning  pools start with the host");
    screen_key(screen, "d");
    screen_wait(screen, "d check anew");
    screen_expect(screen, "> warning  pools start with the host");
    screen_key(screen, "X"); /* no guest is under this cursor */
    screen_wait(screen, "no guest to poweroff");
    screen_key(screen, "1");
    screen_wait(screen, "wiki-db");
    screen_free(screen);
}

static void small_and_large_screens_show_what_fits(void **state) {
    struct screen *screen = open_host();
    screen_resize(screen, 12, 40);
    screen_wait_gone(screen, "FOUND");
    screen_expect(screen, "> warning  pools start with the host");
    screen_resize(screen, 4, 20);
    screen_resize(screen, 50, 200);
    screen_wait(screen, "no QEMU on this connection");
    screen_free(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_above_and_what_is_wrong_comes_first),
        cmocka_unit_test(enter_shows_a_check_whole),
        cmocka_unit_test(a_fix_is_copied),
        cmocka_unit_test(what_cannot_be_mended_from_here_is_told),
        cmocka_unit_test(help_begins_with_the_host),
        cmocka_unit_test(it_is_checked_anew_from_anywhere),
        cmocka_unit_test(small_and_large_screens_show_what_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
