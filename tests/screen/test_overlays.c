/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <string.h>
#include <sys/wait.h>

static void help_is_made_from_the_table(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "?");
    screen_wait(screen, "Help: Guests");
    screen_expect(screen, "ask the guest to shut down, and wait (asks first)");
    screen_expect_not(screen, "clear the filter");
    screen_key(screen, "G");
    screen_wait(screen, "innkeep-keys(7)");
    screen_escape(screen);
    screen_wait_gone(screen, "Help: Guests");
    screen_free(screen);
}

/* A row of the page that begins with the section's name, at the top of the screen. */
static void opens_at(struct screen *screen, const char *section) {
    screen_key(screen, "\033OP"); /* F1 */
    screen_wait_row(screen, 0, section);
    screen_key(screen, "q");
    screen_wait_gone(screen, "Manual page");
}

static void the_manual_opens_at_what_is_on_the_screen(void **state) {
    struct screen *screen = screen_demo();
    opens_at(screen, "GUESTS");
    screen_key(screen, "n");
    screen_wait(screen, "New guest");
    opens_at(screen, "FORMS");
    screen_wait(screen, "New guest");
    screen_escape(screen);
    screen_wait_gone(screen, "New guest");
    screen_key(screen, "2");
    screen_wait(screen, "alpine-3.23");
    opens_at(screen, "TEMPLATES");
    screen_wait(screen, "alpine-3.23");
    screen_key(screen, "?");
    screen_wait(screen, "Help: Templates");
    opens_at(screen, "TEMPLATES");
    screen_wait(screen, "Help: Templates");
    screen_free(screen);
}

static void the_palette_finds_and_runs_an_action(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, ":pwoff");
    screen_wait(screen, "> poweroff");
    screen_expect(screen, "pull the plug");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "Poweroff build?");
    screen_key(screen, "n");
    screen_wait_gone(screen, "y/N");
    screen_free(screen);
}

static void the_palette_fetches_a_template(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, ":template fetch\r");
    screen_wait(screen, "Fetch a template");
    screen_wait(screen, "alpine-3.23");
    screen_key(screen, SCREEN_RIGHT);
    screen_wait(screen, "bookworm");
    screen_expect(screen, "not fetched yet");
    screen_escape(screen);
    screen_wait_gone(screen, "Fetch a template");
    screen_free(screen);
}

static void a_theme_is_shown_at_once(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, ":theme mono\r");
    screen_wait_gone(screen, "Actions");
    screen_type(screen, ":theme nosuch\r");
    screen_wait(screen, "no theme 'nosuch'");
    screen_expect(screen, "mono");
    screen_free(screen);
}

static void jobs_are_shown_with_what_was_asked_and_their_steps(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "J");
    screen_wait(screen, "no job runs, and none has ended");
    screen_key(screen, "q");
    screen_wait(screen, "ADDRESS");
    screen_key(screen, "c");
    screen_wait(screen, "Clone build");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "build-2: cloned from build");
    screen_key(screen, "J");
    screen_wait_row(screen, 3, "> done");
    screen_wait_row(screen, 3, "clone build");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "define build-2");
    screen_expect(screen, "action clone");
    screen_expect(screen, "STEPS");
    screen_expect(screen, "result build-2: cloned from build");
    screen_key(screen, "\013"); /* Ctrl-K */
    screen_wait(screen, "that job has ended");
    screen_key(screen, "q");
    screen_wait_gone(screen, "STEPS");
    screen_key(screen, "q");
    screen_wait(screen, "ADDRESS");
    screen_free(screen);
}

static void a_question_is_asked_and_answered(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "X");
    screen_wait(screen, "Poweroff build?");
    screen_key(screen, SCREEN_ENTER); /* N is the default */
    screen_wait_gone(screen, "y/N");
    screen_expect(screen, "build             running");
    screen_key(screen, "X");
    screen_wait(screen, "Poweroff build?");
    screen_key(screen, "j"); /* means nothing here, and moves nothing below */
    screen_expect(screen, "> build");
    screen_key(screen, "y");
    screen_wait(screen, "build: powered off");
    screen_wait(screen, "build             shut off");
    screen_key(screen, "s"); /* start is not asked for */
    screen_wait(screen, "build: started");
    screen_wait(screen, "build             running");
    screen_free(screen);
}

static void an_action_in_a_wrong_state_says_why(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "s");
    screen_wait(screen, "build: is running already");
    screen_type(screen, "jjjj");
    screen_wait(screen, "> lab:openbsd");
    screen_key(screen, "r");
    screen_wait(screen, "lab:openbsd: cannot reboot: it is shut off");
    screen_key(screen, "a");
    screen_wait(screen, "no console: it is shut off");
    screen_free(screen);
}

static void p_pauses_and_resumes(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, "jj");
    screen_wait(screen, "> dns-2");
    screen_key(screen, "p");
    screen_wait(screen, "dns-2: resumed");
    screen_wait(screen, "dns-2             running");
    screen_listen(screen, 150); /* sooner, p would be a held key */
    screen_key(screen, "p");
    screen_wait(screen, "Pause dns-2?");
    screen_key(screen, "y");
    screen_wait(screen, "dns-2             paused");
    screen_free(screen);
}

static void details_show_a_guest_and_q_goes_back(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, "/web\r");
    screen_wait(screen, "> web");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "uuid");
    screen_expect(screen, "[Overview]");
    screen_expect(screen, "DISKS, last minute");
    screen_key(screen, SCREEN_RIGHT);
    screen_wait(screen, "[Disks]");
    screen_expect(screen, "0 DISKS");
    screen_key(screen, SCREEN_RIGHT);
    screen_wait(screen, "NETWORK INTERFACE");
    screen_key(screen, SCREEN_LEFT);
    screen_key(screen, SCREEN_LEFT);
    screen_key(screen, SCREEN_LEFT);
    screen_wait(screen, "[Agent]");
    screen_key(screen, "X"); /* it goes to the guest that is shown */
    screen_wait(screen, "Poweroff web?");
    screen_key(screen, "n");
    screen_key(screen, "q");
    screen_wait(screen, "LAST MINUTE");
    screen_key(screen, "q");
    assert_int_equal(screen_end(screen, 3000), 0);
    screen_free(screen);
}

static void the_form_is_filled_in_and_says_what_is_wrong(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "n");
    screen_wait(screen, "New guest");
    screen_expect(screen, "< tiny >");
    screen_expect(screen, "tiny-1");
    screen_key(screen, SCREEN_DOWN);
    screen_key(screen, SCREEN_DOWN);
    screen_key(screen, "\025"); /* Ctrl-U */
    screen_type(screen, "lots");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "! ");
    screen_expect(screen, "New guest");
    screen_escape(screen);
    screen_wait_gone(screen, "New guest");
    screen_key(screen, "c");
    screen_wait(screen, "Clone build");
    screen_expect(screen, "build-2");
    screen_key(screen, SCREEN_DOWN);
    screen_key(screen, SCREEN_RIGHT);
    screen_wait(screen, "! only of an overlay");
    screen_free(screen);
}

static void the_problem_with_a_key_stands_beside_it_while_it_is_typed(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "n");
    screen_wait(screen, "New guest");
    for (int row = 0; row < 6; row++)
        screen_key(screen, SCREEN_DOWN);
    screen_type(screen, "k");
    screen_wait(screen, "! a file, with its whole path");
    screen_key(screen, "\025"); /* Ctrl-U */
    screen_wait_gone(screen, "! a file");
    screen_type(screen, "/k");
    screen_wait(screen, "! cloud-init has no part in it");
    screen_free(screen);
}

static void deleting_lists_what_goes_and_wants_the_name(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, "/scratch\r");
    screen_wait(screen, "> scratch");
    screen_key(screen, "D");
    screen_wait(screen, "Delete scratch for good?");
    screen_wait(screen, "type scratch:");
    screen_type(screen, "y\r");
    screen_wait(screen, "that is not it");
    screen_key(screen, "\025");
    screen_type(screen, "scratch\r");
    screen_wait_gone(screen, "> scratch");
    screen_free(screen);
}

static void a_name_that_cannot_be_typed_is_confirmed_by_uuid(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, "/windows\r");
    screen_wait(screen, "> Windows 11 (old)");
    screen_key(screen, "D");
    screen_wait(screen, "type Windows 11 (old):");
    screen_escape(screen);
    screen_wait_gone(screen, "type ");
    screen_free(screen);
}

static void read_only_refuses_changes(void **state) {
    static const char *const arguments[] = {"--demo", "--read-only", NULL};
    struct screen *screen = screen_start(arguments, 24, 80, NULL);
    screen_wait(screen, "wiki-db");
    screen_wait_row(screen, 0, "read-only");
    for (const char *key = "sSXDnNcCp"; *key != '\0'; key++) {
        char text[2] = {*key, '\0'};
        screen_key(screen, text);
        screen_wait(screen, "is refused");
    }
    screen_expect_not(screen, "y/N");
    screen_expect_not(screen, "New guest");
    screen_free(screen);
}

static void other_screens_say_that_they_are_not_there(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "4");
    screen_wait(screen, "Storage is not in this version");
    screen_key(screen, "7");
    screen_wait(screen, "Events is not in this version");
    screen_free(screen);
}

static void interval_and_messages_are_told(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "+");
    screen_wait(screen, "refreshed every 3 s");
    screen_key(screen, "-");
    screen_wait(screen, "refreshed every 2 s");
    screen_key(screen, "y");
    screen_wait(screen, "copied: ");
    screen_key(screen, "m");
    screen_wait(screen, "Messages");
    screen_expect(screen, "refreshed every 3 s");
    screen_key(screen, "q");
    screen_wait_gone(screen, "Messages");
    screen_free(screen);
}

static void the_mouse_selects_and_sorts(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "\033[<0;5;6M\033[<0;5;6m");
    screen_wait(screen, "> dns-2");
    screen_key(screen, "\033[<0;22;3M\033[<0;22;3m");
    screen_wait_row(screen, 2, "STATE↓");
    screen_expect(screen, "> dns-2");
    screen_free(screen);
}

static void a_guest_without_serial_console_is_offered_other_ways(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, "/web\r");
    screen_wait(screen, "> web");
    screen_key(screen, "a");
    screen_listen(screen, 300);
    if (screen_find(screen, "has no serial console") < 0)
        screen_wait(screen, "web: ");
    screen_free(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_is_made_from_the_table),
        cmocka_unit_test(the_manual_opens_at_what_is_on_the_screen),
        cmocka_unit_test(the_palette_finds_and_runs_an_action),
        cmocka_unit_test(the_palette_fetches_a_template),
        cmocka_unit_test(a_theme_is_shown_at_once),
        cmocka_unit_test(jobs_are_shown_with_what_was_asked_and_their_steps),
        cmocka_unit_test(a_question_is_asked_and_answered),
        cmocka_unit_test(an_action_in_a_wrong_state_says_why),
        cmocka_unit_test(p_pauses_and_resumes),
        cmocka_unit_test(details_show_a_guest_and_q_goes_back),
        cmocka_unit_test(the_form_is_filled_in_and_says_what_is_wrong),
        cmocka_unit_test(the_problem_with_a_key_stands_beside_it_while_it_is_typed),
        cmocka_unit_test(deleting_lists_what_goes_and_wants_the_name),
        cmocka_unit_test(a_name_that_cannot_be_typed_is_confirmed_by_uuid),
        cmocka_unit_test(read_only_refuses_changes),
        cmocka_unit_test(other_screens_say_that_they_are_not_there),
        cmocka_unit_test(interval_and_messages_are_told),
        cmocka_unit_test(the_mouse_selects_and_sorts),
        cmocka_unit_test(a_guest_without_serial_console_is_offered_other_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
