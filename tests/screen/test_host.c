/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <signal.h>
#include <string.h>

/* The console on a libvirt host of its own, with real guests: run by tests/guests/run. */

static const char *const no_arguments[] = {NULL};

static void run(const char *const *words) {
    g_autoptr(GError) error = NULL;
    g_autofree char *said = NULL;
    int status = 0;
    if (!g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL,
                      NULL, NULL, &said, &status, &error))
        fail_msg("%s: %s", words[0], error->message);
    if (!g_spawn_check_wait_status(status, &error))
        fail_msg("%s %s: %s", words[0], words[1], said);
}

static void virsh(const char *verb, const char *guest) {
    const char *const words[] = {"virsh", "-q", "-c", "qemu:///system", verb, guest, NULL};
    run(words);
}

static void innkeep(const char *a, const char *b, const char *c, const char *d, const char *e) {
    const char *const words[] = {g_getenv("INNKEEP"), a, b, c, d, e, NULL};
    run(words);
}

/* The process whose number is in that file. */
static void signal_process(const char *path, int number) {
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_int_equal(kill((pid_t)g_ascii_strtoll(text, NULL, 10), number), 0);
}

static int build_template(void **state) {
    innkeep("template", "build", "tiny", "--kernel-package", g_getenv("INNKEEP_TEST_KERNEL"));
    return 0;
}

static struct screen *open_host(void) {
    struct screen *screen = screen_start(no_arguments, 24, 80, NULL);
    screen_wait(screen, "? help");
    return screen;
}

static void a_guest_is_made_cloned_and_deleted_by_keys(void **state) {
    struct screen *screen = open_host();
    screen_wait(screen, "No guest lives here yet.");
    screen_key(screen, "N");
    screen_wait(screen, "tiny-1: created");
    screen_wait(screen, "> tiny-1");
    screen_wait(screen, "192.168.122.");
    screen_key(screen, "C"); /* it runs: a copy is not made at once */
    screen_wait(screen, "Clone tiny-1");
    screen_expect(screen, "tiny-2");
    screen_escape(screen);
    screen_wait_gone(screen, "Clone tiny-1");
    screen_key(screen, "S");
    screen_wait(screen, "Shutdown tiny-1?");
    screen_key(screen, "y");
    screen_wait(screen, "tiny-1: shut down");
    screen_wait(screen, "shut off");
    screen_key(screen, "C");
    screen_wait(screen, "tiny-2: cloned from tiny-1");
    screen_wait(screen, "> tiny-2");
    screen_key(screen, "D");
    screen_wait(screen, "Delete tiny-2 for good?");
    screen_wait(screen, "tiny-2.qcow2");
    screen_wait(screen, "type tiny-2:");
    screen_type(screen, "tiny-2\r");
    screen_wait(screen, "tiny-2: deleted");
    screen_wait(screen, "> tiny-1");
    screen_free(screen);
}

static void a_console_is_attached_and_left(void **state) {
    struct screen *screen = open_host();
    screen_wait(screen, "> tiny-1");
    screen_key(screen, "s");
    screen_wait(screen, "tiny-1: started");
    screen_wait(screen, "running");
    screen_key(screen, "a");
    screen_wait_row(screen, -1, "tiny-1: serial console");
    screen_wait_row(screen, -1, "Ctrl-] q leaves");
    screen_wait(screen, "tiny-1:/root#"); /* it has booted */
    screen_type(screen, "echo $((6*7))x\r");
    screen_wait(screen, "42x");
    static const char paste[] = "\033[200~echo pasted$((40+2))\n\033[201~";
    screen_send(screen, paste, strlen(paste));
    screen_wait(screen, "pasted42");
    screen_key(screen, "\035");
    screen_wait_row(screen, -1, "q leave");
    screen_key(screen, "q");
    screen_wait(screen, "LAST MINUTE");
    screen_expect(screen, "> tiny-1");
    screen_free(screen);
}

static void a_console_stays_when_its_guest_goes_off(void **state) {
    struct screen *screen = open_host();
    screen_wait(screen, "> tiny-1");
    screen_key(screen, "a");
    screen_wait_row(screen, -1, "tiny-1: serial console");
    virsh("destroy", "tiny-1");
    screen_wait_row(screen, -1, "tiny-1: shut off: its last screen");
    screen_key(screen, "X"); /* what was meant for the guest does not reach the list */
    screen_key(screen, "q");
    screen_wait(screen, "LAST MINUTE");
    screen_expect_not(screen, "y/N");
    screen_free(screen);
}

static void a_console_in_use_is_taken_over_only_by_f(void **state) {
    virsh("start", "tiny-1");
    struct screen *first = open_host(), *second = open_host();
    screen_wait(first, "> tiny-1");
    screen_wait(second, "> tiny-1");
    screen_key(first, "a");
    screen_wait_row(first, -1, "Ctrl-] q leaves");
    screen_key(second, "a");
    screen_wait_row(second, -1, "f takes it over");
    screen_listen(second, 150);
    screen_key(second, "f");
    screen_wait_row(second, -1, "Ctrl-] q leaves");
    screen_wait_row(first, -1, "f takes it back");
    screen_free(first);
    screen_free(second);
}

static void an_answer_to_a_question_that_does_not_hold_any_more_does_nothing(void **state) {
    struct screen *screen = open_host();
    screen_wait(screen, "> tiny-1");
    screen_wait(screen, "running");
    screen_key(screen, "X");
    screen_wait(screen, "Poweroff tiny-1?");
    virsh("destroy", "tiny-1");
    screen_wait(screen, "shut off");
    screen_key(screen, "y");
    screen_wait(screen, "tiny-1: is shut off already");
    innkeep("create", "gone", "-t", "tiny", "--no-start");
    screen_type(screen, "/gone\r");
    screen_wait(screen, "> gone");
    screen_key(screen, "s");
    screen_wait(screen, "gone: started");
    screen_wait(screen, "running");
    screen_key(screen, "X");
    screen_wait(screen, "Poweroff gone?");
    innkeep("delete", "gone", "--force", "--yes", NULL);
    screen_wait(screen, "no guest matches");
    screen_key(screen, "y");
    screen_wait(screen, "gone: no such guest any more; nothing was done");
    screen_free(screen);
}

static void a_guest_that_does_not_answer_is_shown_and_the_others_live(void **state) {
    virsh("start", "tiny-1");
    struct screen *screen = open_host();
    screen_wait(screen, "> tiny-1");
    screen_wait(screen, "running");
    signal_process("/run/libvirt/qemu/tiny-1.pid", SIGSTOP);
    screen_wait(screen, "no answer");
    screen_wait_row(screen, 0, "! 1");
    screen_key(screen, "?"); /* keys answer */
    screen_wait(screen, "Help: Guests");
    screen_key(screen, "q");
    signal_process("/run/libvirt/qemu/tiny-1.pid", SIGCONT);
    screen_wait_gone(screen, "no answer");
    screen_free(screen);
}

static void what_a_check_found_is_mended_by_key(void **state) {
    virsh("net-destroy", "default");
    struct screen *screen = open_host();
    screen_key(screen, "6");
    screen_wait(screen, "> failure  a network is active");
    screen_key(screen, "x");
    screen_wait(screen, "virsh -c qemu:///system net-start default");
    screen_wait(screen, "Run this? [Y/n");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "setup mended it");
    screen_wait_gone(screen, "failure  a network is active");
    screen_free(screen);
    virsh("net-info", "default");
}

static void a_dead_daemon_is_said_and_comes_back(void **state) {
    g_autofree char *pid =
        g_build_filename(g_getenv("INNKEEP_HOST_DIR"), "run", "innkeep-libvirtd.pid", NULL);
    struct screen *screen = open_host();
    screen_wait(screen, "> tiny-1");
    signal_process(pid, SIGKILL);
    screen_wait(screen, "no connection");
    screen_expect(screen, "all below is old");
    screen_expect(screen, "tiny-1"); /* nobody may think that the guests are gone */
    g_autofree char *host = g_build_filename(g_getenv("INNKEEP_TESTS"), "..", "host", NULL);
    const char *const start[] = {host, "libvirtd", "start", NULL};
    run(start);
    screen_wait_gone(screen, "no connection");
    screen_key(screen, "q");
    assert_int_equal(screen_end(screen, 3000), 0);
    screen_expect_restored(screen);
    screen_free(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guest_is_made_cloned_and_deleted_by_keys),
        cmocka_unit_test(a_console_is_attached_and_left),
        cmocka_unit_test(a_console_stays_when_its_guest_goes_off),
        cmocka_unit_test(a_console_in_use_is_taken_over_only_by_f),
        cmocka_unit_test(an_answer_to_a_question_that_does_not_hold_any_more_does_nothing),
        cmocka_unit_test(a_guest_that_does_not_answer_is_shown_and_the_others_live),
        cmocka_unit_test(what_a_check_found_is_mended_by_key),
        cmocka_unit_test(a_dead_daemon_is_said_and_comes_back),
    };
    return cmocka_run_group_tests(tests, build_template, NULL);
}
