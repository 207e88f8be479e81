/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <signal.h>
#include <string.h>

/* The console in front of guests that screens.py made: GRUB's menu, read and driven at 80x24 on a terminal
 * with 256 colours and on a vt100. */

#define PREFIX "\035"

static struct screen *start(const char *term, const char *language) {
    static char state[256], terminal[64], words[64];
    static const char *const arguments[] = {NULL};
    g_snprintf(state, sizeof state, "INNKEEP_STATEDIR=%s", g_getenv("INNKEEP_STATEDIR"));
    g_snprintf(terminal, sizeof terminal, "TERM=%s", term);
    g_snprintf(words, sizeof words, "LANG=%s", language);
    const char *const environment[] = {state, terminal, words, NULL};
    struct screen *screen = screen_start(arguments, 24, 80, environment);
    screen_wait(screen, "grub-text");
    return screen;
}

/* The list is by name: bare, blind, grub-graphics, grub-text. */
static void select_guest(struct screen *screen, const char *name) {
    g_autofree char *cursor = g_strdup_printf("> %s", name);
    screen_key(screen, "g");
    for (guint i = 0; screen_find(screen, cursor) < 0 && i < 4; i++) {
        screen_key(screen, "j");
        screen_listen(screen, 200);
    }
    screen_wait(screen, cursor);
}

static void view(struct screen *screen, const char *name) {
    select_guest(screen, name);
    screen_key(screen, "v");
}

static void leave(struct screen *screen) {
    screen_key(screen, PREFIX);
    screen_wait(screen, "q leave");
    screen_key(screen, "q");
    screen_wait(screen, "1 Guests");
}

static void quit(struct screen *screen) {
    screen_key(screen, "Q");
    screen_end(screen, 10000);
    screen_expect_restored(screen);
    screen_free(screen);
}

/* Up and down, and the other entry is chosen. */
static void drive(const char *term, const char *language, const char *name) {
    struct screen *screen = start(term, language);
    view(screen, name);
    screen_wait(screen, "GNU GRUB");
    screen_wait(screen, "screen, text");
    screen_wait(screen, "*First entry");
    screen_expect(screen, " Second entry");
    screen_key(screen, SCREEN_DOWN);
    screen_wait(screen, "*Second entry");
    screen_expect(screen, " First entry");
    screen_key(screen, SCREEN_UP);
    screen_wait(screen, "*First entry");
    screen_key(screen, SCREEN_DOWN);
    screen_wait(screen, "*Second entry");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "the second was chosen");
    screen_key(screen, SCREEN_ENTER); /* what it reads; the menu comes back, its first entry chosen or not */
    screen_wait(screen, "GNU GRUB");
    screen_wait(screen, "Second entry");
    screen_key(screen, SCREEN_UP);
    screen_wait(screen, "*First entry");
    leave(screen);
    quit(screen);
}

static void grub_in_text_on_256_colours(void **state) {
    drive("xterm-256color", "C.UTF-8", "grub-text");
}

static void grub_in_graphics_on_256_colours(void **state) {
    drive("xterm-256color", "C.UTF-8", "grub-graphics");
}

static void grub_in_text_on_a_vt100(void **state) {
    drive("vt100", "C", "grub-text");
}

static void grub_in_graphics_on_a_vt100(void **state) {
    drive("vt100", "C", "grub-graphics");
}

static void a_text_is_searched_copied_and_moved_over(void **state) {
    struct screen *screen = start("xterm-256color", "C.UTF-8");
    view(screen, "grub-graphics");
    screen_wait(screen, "*First entry");
    screen_key(screen, PREFIX);
    screen_key(screen, "/");
    screen_wait(screen, "search:");
    screen_type(screen, "SECOND\r");
    screen_wait(screen, "found in line 6");
    screen_key(screen, PREFIX);
    screen_key(screen, "/");
    screen_type(screen, "nowhere\r");
    screen_wait(screen, "not on this screen");
    screen_key(screen, PREFIX);
    screen_key(screen, SCREEN_DOWN);
    screen_wait(screen, "Press enter to boot");
    screen_key(screen, PREFIX);
    screen_key(screen, "y");
    screen_wait(screen, "its text is copied");
    leave(screen);
    quit(screen);
}

static void keys_that_a_terminal_keeps_come_from_the_menu(void **state) {
    struct screen *screen = start("xterm-256color", "C.UTF-8");
    view(screen, "grub-text");
    screen_wait(screen, "*First entry");
    screen_key(screen, "e");
    screen_wait(screen, "setparams 'First entry'");
    screen_key(screen, PREFIX);
    screen_key(screen, "?");
    screen_wait(screen, "After Ctrl-]");
    screen_key(screen, "m");
    screen_wait(screen, "> Ctrl-Alt-Del");
    for (guint i = 0; screen_find(screen, "> F10") < 0 && i < 20; i++) {
        screen_key(screen, SCREEN_DOWN);
        screen_listen(screen, 100);
    }
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "F10 sent");
    screen_wait(screen, "the first was chosen"); /* by it GRUB boots what was edited */
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "setparams 'First entry'");
    screen_escape(screen);
    screen_wait(screen, "*First entry");
    leave(screen);
    quit(screen);
}

static void a_screen_that_stands_still_sends_nothing(void **state) {
    struct screen *screen = start("xterm-256color", "C.UTF-8");
    view(screen, "grub-text");
    screen_wait(screen, "*First entry");
    screen_listen(screen, 2000);
    gsize before = screen_bytes(screen);
    screen_listen(screen, 3000);
    assert_int_equal(screen_bytes(screen), before);
    leave(screen);
    quit(screen);
}

static void a_guest_without_a_display_names_the_other_ways(void **state) {
    struct screen *screen = start("xterm-256color", "C.UTF-8");
    view(screen, "blind");
    screen_wait(screen, "'blind' has no display");
    screen_escape(screen);
    screen_wait_gone(screen, "has no display");
    quit(screen);
}

static void the_address_of_a_display_is_shown_for_a_viewer(void **state) {
    struct screen *screen = start("xterm-256color", "C.UTF-8");
    select_guest(screen, "grub-text");
    screen_key(screen, "y");
    screen_wait(screen, "its display is vnc 127.0.0.1:59");
    screen_expect(screen, "from your machine: ssh -L 59");
    screen_escape(screen);
    screen_wait_gone(screen, "its display");
    quit(screen);
}

/* The one child of the console that decodes. */
static pid_t decoder_of(struct screen *screen) {
    g_autofree char *parent = g_strdup_printf("%d", (int)screen_pid(screen));
    const char *const words[] = {"pgrep", "-P", parent, "-f", "confined-picture", NULL};
    g_autofree char *said = NULL;
    assert_true(
        g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &said, NULL, NULL, NULL));
    pid_t child = (pid_t)g_ascii_strtoll(said, NULL, 10);
    assert_true(child > 0);
    return child;
}

static void a_decoder_that_dies_ends_its_view_and_nothing_else(void **state) {
    struct screen *screen = start("xterm-256color", "C.UTF-8");
    view(screen, "grub-text");
    screen_wait(screen, "*First entry");
    assert_int_equal(kill(decoder_of(screen), SIGKILL), 0);
    screen_wait(screen, "failed at what the guest sent; any key returns");
    screen_expect(screen, "*First entry");
    screen_key(screen, " ");
    screen_wait(screen, "> grub-text");
    screen_key(screen, "v");
    screen_wait(screen, "*First entry");
    leave(screen);
    quit(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grub_in_text_on_256_colours),
        cmocka_unit_test(grub_in_graphics_on_256_colours),
        cmocka_unit_test(grub_in_text_on_a_vt100),
        cmocka_unit_test(grub_in_graphics_on_a_vt100),
        cmocka_unit_test(a_text_is_searched_copied_and_moved_over),
        cmocka_unit_test(keys_that_a_terminal_keeps_come_from_the_menu),
        cmocka_unit_test(a_screen_that_stands_still_sends_nothing),
        cmocka_unit_test(a_guest_without_a_display_names_the_other_ways),
        cmocka_unit_test(a_decoder_that_dies_ends_its_view_and_nothing_else),
        cmocka_unit_test(the_address_of_a_display_is_shown_for_a_viewer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
