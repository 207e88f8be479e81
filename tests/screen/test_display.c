/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <string.h>

/* A guest's display in graphics: libvirt's test driver has one picture, 1120 by 832, for every guest. */

#define PREFIX "\035"

static struct screen *view(const char *term, const char *language) {
    g_autofree char *terminal = g_strdup_printf("TERM=%s", term);
    g_autofree char *words = g_strdup_printf("LANG=%s", language);
    static const char *const arguments[] = {"--demo", NULL};
    const char *const environment[] = {terminal, words, NULL};
    struct screen *screen = screen_start(arguments, 24, 80, environment);
    screen_wait(screen, "> build");
    screen_key(screen, "v");
    screen_wait(screen, "screen, 1120 x 832");
    return screen;
}

static void leave(struct screen *screen) {
    screen_key(screen, PREFIX);
    screen_wait(screen, "q leave");
    screen_key(screen, "q");
    screen_wait(screen, "1 Guests");
    screen_key(screen, "Q");
    screen_end(screen, 10000);
    screen_expect_restored(screen);
    screen_free(screen);
}

static guint rows_with(struct screen *screen, const char *text) {
    guint count = 0;
    for (int row = 0; row < 23; row++) {
        g_autofree char *line = screen_row(screen, row);
        count += strstr(line, text) != NULL;
    }
    return count;
}

static void with_256_colours_it_is_half_blocks(void **state) {
    struct screen *screen = view("xterm-256color", "C.UTF-8");
    assert_int_equal(rows_with(screen, "▀▀▀▀▀▀▀▀▀▀"), 23);
    leave(screen);
}

static void without_colours_it_is_drawn_by_its_darkness(void **state) {
    static const char *const terminals[][2] = {{"vt100", "C"}, {"xterm-256color", "C"}, {"vt100", "C.UTF-8"}};
    for (gsize i = 0; i < G_N_ELEMENTS(terminals); i++) {
        struct screen *screen = view(terminals[i][0], terminals[i][1]);
        const GByteArray *raw = screen_raw(screen);
        assert_true(rows_with(screen, "@") > 10);
        for (guint at = 0; at < raw->len; at++)
            assert_true(raw->data[at] < 0x80);
        leave(screen);
    }
}

static void one_that_stands_still_sends_nothing(void **state) {
    struct screen *screen = view("xterm-256color", "C.UTF-8");
    screen_listen(screen, 1500);
    gsize before = screen_bytes(screen);
    screen_listen(screen, 2500);
    assert_int_equal(screen_bytes(screen), before);
    leave(screen);
}

static void it_is_fitted_into_another_window(void **state) {
    struct screen *screen = view("xterm-256color", "C.UTF-8");
    screen_resize(screen, 12, 40);
    screen_listen(screen, 1000);
    screen_wait_row(screen, 10, "▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀");
    screen_wait(screen, "screen, 1120 x 832");
    screen_resize(screen, 24, 80);
    screen_wait_row(screen, 22, "▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀");
    leave(screen);
}

static void keys_go_to_the_guest_and_the_prefix_does_not(void **state) {
    struct screen *screen = view("xterm-256color", "C.UTF-8");
    screen_type(screen, "qQ:?/");
    screen_expect(screen, "screen, 1120 x 832");
    screen_key(screen, PREFIX);
    screen_key(screen, "y");
    screen_wait(screen, "there is no text to copy");
    screen_key(screen, PREFIX);
    screen_key(screen, "x");
    screen_wait(screen, "no such key after the prefix");
    screen_key(screen, "\303\251");
    screen_wait(screen, "has no such key");
    leave(screen);
}

static void a_guest_that_is_off_has_no_screen(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "/");
    screen_type(screen, "scratch\r");
    screen_wait(screen, "> scratch");
    screen_key(screen, "v");
    screen_wait(screen, "scratch: no screen: it is shut off");
    screen_free(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_256_colours_it_is_half_blocks),
        cmocka_unit_test(without_colours_it_is_drawn_by_its_darkness),
        cmocka_unit_test(one_that_stands_still_sends_nothing),
        cmocka_unit_test(it_is_fitted_into_another_window),
        cmocka_unit_test(keys_go_to_the_guest_and_the_prefix_does_not),
        cmocka_unit_test(a_guest_that_is_off_has_no_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
