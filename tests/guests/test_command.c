/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <stdio.h>

/* What test_agent.py has a person do at the console, in front of the house that it made: debian, whose agent
 * is the real one, e1, whose agent never answers, and e2 to e4. The first argument is a file with a public
 * key. */

static const char *key_file;

static struct screen *open_house(int columns) {
    static const char *const inherited[] = {"HOME", "XDG_CONFIG_HOME", "INNKEEP_STATEDIR"};
    static const char *const arguments[] = {NULL};
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (gsize i = 0; i < G_N_ELEMENTS(inherited); i++) {
        g_autofree char *pair = g_strdup_printf("%s=%s", inherited[i], g_getenv(inherited[i]));
        g_strv_builder_add(builder, pair);
    }
    g_auto(GStrv) environment = g_strv_builder_end(builder);
    struct screen *screen = screen_start(arguments, 24, columns, (const char *const *)environment);
    screen_wait(screen, "> debian");
    return screen;
}

static void leave(struct screen *screen) {
    screen_escape(screen);
    screen_listen(screen, 200);
    screen_key(screen, "q");
    assert_int_equal(screen_end(screen, 10000), 0);
    screen_free(screen);
}

static void run_in_all(struct screen *screen, const char *command) {
    screen_key(screen, "*");
    screen_key(screen, "!");
    screen_wait(screen, "Run in 5 guests:");
    screen_type(screen, command);
    screen_key(screen, SCREEN_ENTER);
}

static void a_command_runs_in_all_and_one_that_does_not_answer_holds_up_nobody(void **state) {
    struct screen *screen = open_house(80);
    run_in_all(screen, "hostname");
    screen_wait(screen, "e4: exit 0");
    screen_wait(screen, "debian: exit 0");
    screen_wait(screen, "e2: exit 0");
    screen_expect(screen, "e1: runs");
    /* One guest beneath the other. */
    assert_true(screen_find(screen, "e2: exit 0") > screen_find(screen, "debian: exit 0"));
    screen_key(screen, "\013"); /* Ctrl-K */
    screen_wait(screen, "e1: ");
    screen_wait_gone(screen, "e1: runs");
    leave(screen);
}

static void on_a_wide_terminal_guests_stand_side_by_side(void **state) {
    struct screen *screen = open_house(160);
    run_in_all(screen, "'host''name'");
    screen_wait(screen, "e2: exit 0");
    screen_wait(screen, "debian: exit 0");
    assert_int_equal(screen_find(screen, "debian: exit 0"), screen_find(screen, "e2: exit 0"));
    leave(screen);
}

static void what_a_guest_prints_is_made_safe_and_can_be_scrolled(void **state) {
    struct screen *screen = open_house(80);
    screen_key(screen, "!");
    screen_wait(screen, "Run in debian:");
    screen_type(screen, "sh -c 'printf \"\\033]0;title\\007\\n\"; seq 100; exit 3'");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "debian: exit 3");
    screen_expect(screen, "?]0;title?");
    screen_key(screen, "G");
    screen_wait(screen, " 100");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "Enter run it");
    screen_type(screen, " \"");
    screen_key(screen, SCREEN_ENTER);
    screen_listen(screen, 500);
    screen_expect(screen, "Run in debian:");
    leave(screen);
}

static void the_details_tell_what_the_agent_knows(void **state) {
    struct screen *screen = open_house(80);
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "[Overview]");
    screen_key(screen, SCREEN_LEFT);
    screen_wait(screen, "[Agent]");
    screen_wait(screen, "Debian GNU/Linux 12");
    leave(screen);
}

static void say_in_palette(struct screen *screen, const char *name) {
    screen_key(screen, ":");
    screen_listen(screen, 300);
    screen_type(screen, name);
    screen_key(screen, SCREEN_ENTER);
}

static void what_is_frozen_says_so_in_the_list(void **state) {
    struct screen *screen = open_house(80);
    say_in_palette(screen, "freeze");
    screen_wait(screen, "Freeze debian?");
    screen_listen(screen, 500);
    screen_key(screen, "y");
    screen_wait(screen, "1 file system frozen");
    screen_wait(screen, "> debian            frozen");
    say_in_palette(screen, "thaw");
    screen_wait(screen, "1 file system thawed");
    screen_wait_gone(screen, "> debian            frozen");
    leave(screen);
}

static void a_password_is_typed_unseen_and_keys_are_added(void **state) {
    struct screen *screen = open_house(80);
    say_in_palette(screen, "set");
    screen_wait(screen, "Set in debian");
    screen_type(screen, "root");
    screen_key(screen, SCREEN_DOWN);
    screen_type(screen, key_file);
    screen_key(screen, SCREEN_DOWN);
    screen_type(screen, "geheim");
    screen_key(screen, SCREEN_DOWN);
    screen_type(screen, "geheir");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "not the same");
    screen_key(screen, "\177");
    screen_type(screen, "m");
    screen_expect(screen, "******");
    screen_expect_not(screen, "geheim");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "password set, 1 SSH key of root added");
    leave(screen);
}

int main(int count, char **words) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_runs_in_all_and_one_that_does_not_answer_holds_up_nobody),
        cmocka_unit_test(on_a_wide_terminal_guests_stand_side_by_side),
        cmocka_unit_test(what_a_guest_prints_is_made_safe_and_can_be_scrolled),
        cmocka_unit_test(the_details_tell_what_the_agent_knows),
        cmocka_unit_test(what_is_frozen_says_so_in_the_list),
        cmocka_unit_test(a_password_is_typed_unseen_and_keys_are_added),
    };
    if (count != 2)
        return 2;
    key_file = words[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
