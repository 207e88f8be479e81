/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a megabyte of a guest takes to be seen, through innkeep's console and through virsh's, in one run.
 * Run by tests/bench/run. */
#include "tests/guests/house.h"

#include <string.h>

#define MEGABYTES 1

static void ask_for_output(struct screen *screen) {
    g_autofree char *line = g_strdup_printf(
        "yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c %d; "
        "echo all of it ca''me\r",
        MEGABYTES * 1000 * 1000);
    screen_send(screen, "clear\r", 6);
    screen_wait_gone(screen, "all of it came");
    screen_send(screen, line, strlen(line));
}

/* Seconds. */
static double measure(struct screen *screen) {
    ask_for_output(screen);
    gint64 began = g_get_monotonic_time();
    while (screen_find(screen, "all of it came") < 0) {
        screen_listen(screen, 20);
        if (g_get_monotonic_time() - began > 300 * G_USEC_PER_SEC)
            screen_fail(screen, "it did not come");
    }
    return (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
}

static void throughput(void **state) {
    struct screen *screen = start();
    select_guest(screen, "web");
    screen_key(screen, "a");
    screen_wait(screen, "web: serial console");
    screen_key(screen, "\r");
    screen_wait(screen, "web:/root#");
    double ours = measure(screen);
    screen_key(screen, "\035");
    screen_key(screen, "x");
    screen_wait(screen, "> web ");
    screen_free(screen);
    g_setenv("INNKEEP", "/usr/bin/virsh", TRUE);
    static const char *const arguments[] = {"console", "web", NULL};
    screen = screen_start(arguments, 24, 80, NULL);
    screen_wait(screen, "Escape character");
    screen_key(screen, "\r");
    screen_wait(screen, "web:/root#");
    double peer = measure(screen);
    screen_key(screen, "\035");
    screen_end(screen, 5000);
    screen_free(screen);
    print_message("console, %d MB: innkeep %.2f s, virsh console %.2f s, ratio %.2f\n", MEGABYTES, ours, peer,
                  ours / peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(throughput)};
    run(program(), "template", "build", "tiny", "--kernel-package", g_getenv("INNKEEP_TEST_KERNEL"), NULL);
    run(program(), "create", "web", "-t", "tiny", NULL);
    run(program(), "wait", "web", "--for", "address", NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
