/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/guests/house.h"

/* The console in front of real guests, some of which hang, and of a daemon that freezes and dies. */

#define INTERVAL_MS 2000

static int set_up(void **state) {
    run(program(), "template", "build", "tiny", "--kernel-package", g_getenv("INNKEEP_TEST_KERNEL"), NULL);
    run(program(), "create", "web", "-t", "tiny", NULL);
    run(program(), "create", "mail", "-t", "tiny", NULL);
    run(program(), "wait", "web", "--for", "address", NULL);
    return 0;
}

/* The selected guest's uptime moves with every poll. */
static void expect_list_lives(struct screen *screen) {
    g_autofree char *before = screen_row(screen, screen_find(screen, " up "));
    screen_wait_gone(screen, before);
}

static double seconds_since(gint64 began) {
    return (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
}

static void a_stopped_qemu_is_told_within_two_intervals_and_the_others_live(void **state) {
    struct screen *screen = start();
    select_guest(screen, "mail");
    wait_state(screen, "web", "running");
    screen_wait(screen, " up ");
    kill(qemu("web"), SIGSTOP);
    gint64 began = g_get_monotonic_time();
    wait_state(screen, "web", "no answer");
    double took = seconds_since(began);
    print_message("no answer is said after %.1f s\n", took);
    assert_true(took <= 2 * INTERVAL_MS / 1000.0 + 0.5);
    expect_list_lives(screen);
    began = g_get_monotonic_time();
    screen_key(screen, "?");
    screen_wait(screen, "Help: Guests");
    assert_true(seconds_since(began) < 0.5); /* a person's pace between keys is in it */
    screen_key(screen, "q");
    screen_wait_gone(screen, "Help: Guests");
    kill(qemu("web"), SIGCONT);
    wait_state(screen, "web", "running");
    screen_free(screen);
}

static void actions_on_other_guests_work_beside_a_hung_one_and_it_can_be_powered_off(void **state) {
    struct screen *screen = start();
    pid_t hung = qemu("web");
    kill(hung, SIGSTOP);
    wait_state(screen, "web", "no answer");
    select_guest(screen, "mail");
    screen_key(screen, "p");
    screen_wait(screen, "y/N");
    screen_key(screen, "y");
    wait_state(screen, "mail", "paused");
    screen_key(screen, "p");
    wait_state(screen, "mail", "running");
    select_guest(screen, "web");
    screen_key(screen, "X");
    screen_wait(screen, "y/N");
    screen_key(screen, "y");
    wait_state(screen, "web", "going down");
    select_guest(screen, "mail");
    expect_list_lives(screen);
    wait_state(screen, "web", "shut off");
    select_guest(screen, "web");
    screen_key(screen, "s");
    wait_state(screen, "web", "running");
    screen_free(screen);
}

static void a_frozen_daemon_is_told_within_twenty_seconds_and_comes_back(void **state) {
    struct screen *screen = start();
    select_guest(screen, "mail");
    kill(daemon_pid(), SIGSTOP);
    gint64 began = g_get_monotonic_time();
    screen_wait(screen, "no connection");
    print_message("no connection is said after %.1f s\n", seconds_since(began));
    assert_true(seconds_since(began) < 20);
    screen_key(screen, "?");
    screen_wait(screen, "Help: Guests");
    screen_key(screen, "q");
    kill(daemon_pid(), SIGCONT);
    screen_wait_gone(screen, "no connection");
    screen_wait(screen, " up ");
    expect_list_lives(screen);
    screen_free(screen);
}

static void a_daemon_that_was_killed_and_restarted_is_found_again(void **state) {
    struct screen *screen = start();
    select_guest(screen, "mail");
    kill(daemon_pid(), SIGKILL);
    screen_wait(screen, "no connection");
    screen_wait(screen, "mail");
    g_autofree char *host = g_build_filename(g_getenv("INNKEEP_TESTS"), "..", "host", NULL);
    run(host, "libvirtd", "start", NULL);
    screen_wait_gone(screen, "no connection");
    wait_state(screen, "mail", "running");
    expect_list_lives(screen);
    run("virsh", "-q", "suspend", "mail", NULL); /* events are registered again */
    wait_state(screen, "mail", "paused");
    run("virsh", "-q", "resume", "mail", NULL);
    wait_state(screen, "mail", "running");
    screen_free(screen);
}

static void one_key_makes_a_guest_with_an_address_and_one_attaches_its_console(void **state) {
    struct screen *screen = start();
    screen_key(screen, "N");
    gint64 began = g_get_monotonic_time();
    wait_state(screen, "tiny-1", "running");
    select_guest(screen, "tiny-1");
    for (int row = screen_find(screen, "> tiny-1"); seconds_since(began) < 30;) {
        g_autofree char *text = screen_row(screen, row);
        if (g_strstr_len(text, -1, "192.168.") != NULL)
            break;
        screen_listen(screen, 100);
    }
    print_message("a new guest has its address after %.1f s\n", seconds_since(began));
    assert_true(seconds_since(began) < 30);
    screen_key(screen, "a");
    screen_wait(screen, "tiny-1: serial console");
    screen_key(screen, "\r");
    screen_wait(screen, "#");
    screen_type(screen, "echo con''sole is $(uname)\r");
    screen_wait(screen, "console is Linux");
    screen_key(screen, "\035");
    screen_key(screen, "q");
    screen_wait(screen, "> tiny-1");
    screen_free(screen);
}

static void a_flood_on_a_console_leaves_the_keys_alive(void **state) {
    struct screen *screen = start();
    select_guest(screen, "mail");
    screen_key(screen, "a");
    screen_wait(screen, "mail: serial console");
    screen_key(screen, "\r");
    screen_wait(screen, "#");
    screen_type(screen, "while :; do cat /proc/kallsyms; done\r");
    screen_listen(screen, 5000);
    screen_key(screen, "\035");
    gint64 began = g_get_monotonic_time();
    screen_key(screen, "q");
    screen_wait(screen, "> mail");
    assert_true(seconds_since(began) < 2);
    screen_free(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_qemu_is_told_within_two_intervals_and_the_others_live),
        cmocka_unit_test(actions_on_other_guests_work_beside_a_hung_one_and_it_can_be_powered_off),
        cmocka_unit_test(a_frozen_daemon_is_told_within_twenty_seconds_and_comes_back),
        cmocka_unit_test(a_daemon_that_was_killed_and_restarted_is_found_again),
        cmocka_unit_test(one_key_makes_a_guest_with_an_address_and_one_attaches_its_console),
        cmocka_unit_test(a_flood_on_a_console_leaves_the_keys_alive),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
