/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const char *const demo[] = {"--demo", NULL};

static void the_terminal_is_given_back_on_exit(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "q");
    assert_int_equal(screen_end(screen, 3000), 0);
    screen_expect_restored(screen);
    screen_free(screen);
}

static void the_terminal_is_given_back_on_a_signal(void **state) {
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS};
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++) {
        struct screen *screen = screen_demo();
        kill(screen_pid(screen), signals[i]);
        int status = screen_end(screen, 3000);
        assert_true(status != 0);
        screen_expect_restored(screen);
        screen_free(screen);
    }
}

static void a_closed_line_ends_it(void **state) {
    struct screen *screen = screen_demo();
    screen_hang_up(screen);
    screen_end(screen, 2000);
    screen_free(screen);
}

static void an_idle_screen_sends_nothing(void **state) {
    struct screen *screen = screen_start(demo, 24, 80, NULL);
    screen_wait(screen, "wiki-db");
    screen_key(screen, "z"); /* the figures move by themselves: a frozen picture does not */
    screen_wait(screen, "FROZEN");
    screen_listen(screen, 500);
    gsize before = screen_bytes(screen);
    screen_listen(screen, 3000);
    assert_int_equal(screen_bytes(screen), before);
    screen_free(screen);
}

/* Frames are bracketed only where there are bytes between. */
static void a_frame_is_sent_in_brackets(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "j");
    screen_wait(screen, "> dns-1");
    g_autofree char *sent = g_strndup((const char *)screen_raw(screen)->data, screen_raw(screen)->len);
    assert_non_null(strstr(sent, "\033[?2026h"));
    assert_null(strstr(sent, "\033[?2026h\033[?2026l"));
    screen_free(screen);
}

static void suspend_gives_the_terminal_back_and_comes_back(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "\032");
    screen_wait_stopped(screen);
    screen_expect_restored(screen);
    kill(screen_pid(screen), SIGCONT);
    screen_wait(screen, "> build");
    screen_key(screen, "j");
    screen_wait(screen, "> dns-1");
    screen_key(screen, "q");
    screen_end(screen, 3000);
    screen_expect_restored(screen);
    screen_free(screen);
}

static void any_size_is_borne(void **state) {
    static const struct {
        int rows, columns;
    } sizes[] = {{12, 40}, {24, 60},  {50, 200}, {5, 20},   {1, 1},
                 {2, 200}, {100, 10}, {12, 39},  {40, 132}, {24, 80}};
    struct screen *screen = screen_demo();
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        gboolean large = sizes[i].rows >= 12 && sizes[i].columns >= 40;
        screen_resize(screen, sizes[i].rows, sizes[i].columns);
        if (large)
            screen_wait(screen, "build");
        else if (sizes[i].columns >= 20)
            screen_wait(screen, "needs 40x12");
        else
            screen_listen(screen, 100);
        screen_key(screen, "j");
        screen_key(screen, "?");
        screen_listen(screen, 20);
        screen_key(screen, "?");
        screen_listen(screen, 20);
    }
    screen_wait_row(screen, 0, "innkeep");
    screen_wait_row(screen, 2, "ADDRESS");
    screen_free(screen);
}

static void a_storm_of_resizes_is_borne(void **state) {
    g_autoptr(GRand) random = g_rand_new_with_seed(5);
    struct screen *screen = screen_demo();
    for (guint i = 0; i < 200; i++)
        screen_resize(screen, g_rand_int_range(random, 1, 60), g_rand_int_range(random, 1, 200));
    screen_resize(screen, 24, 80);
    screen_key(screen, "\014");
    screen_wait_row(screen, 2, "ADDRESS");
    screen_wait_row(screen, -1, "? help");
    screen_free(screen);
}

static void wide_terminals_get_more_columns_and_tall_ones_graphs(void **state) {
    struct screen *screen = screen_start(demo, 45, 160, NULL);
    static const char *const headers[] = {"DISK R/W", "NET IN/OUT", "UPTIME", "SERVICE", "ROLE", "TAGS"};
    screen_wait(screen, "wiki-db");
    for (gsize i = 0; i < G_N_ELEMENTS(headers); i++)
        screen_wait_row(screen, 2, headers[i]);
    screen_wait(screen, "last minute");
    screen_free(screen);
}

static gboolean ascii_only(struct screen *screen) {
    const GByteArray *raw = screen_raw(screen);
    for (guint i = 0; i < raw->len; i++)
        if (raw->data[i] >= 0x80)
            screen_fail(screen, "byte %u is not ASCII: %.40s", i, (const char *)raw->data + i - MIN(i, 20));
    return TRUE;
}

static void plain_terminals_get_ascii(void **state) {
    static const char *const plain[][3] = {
        {"LANG=C", NULL}, {"TERM=linux", NULL}, {"TERM=vt100", NULL}, {"TERM=vt220", "LANG=C", NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(plain); i++) {
        struct screen *screen = screen_start(demo, 24, 80, plain[i]);
        screen_wait(screen, "wiki-db");
        screen_wait_row(screen, 3, "> build");
        assert_true(ascii_only(screen));
        screen_key(screen, "S");
        screen_wait(screen, "+- shutdown");
        screen_key(screen, "n");
        screen_key(screen, "q");
        screen_end(screen, 3000);
        screen_expect_restored(screen);
        screen_free(screen);
    }
}

static void other_terminals_work(void **state) {
    static const char *const terms[] = {"TERM=tmux",  "TERM=screen", "TERM=screen-256color",
                                        "TERM=xterm", "TERM=rxvt",   "TERM=tmux-256color"};
    for (gsize i = 0; i < G_N_ELEMENTS(terms); i++) {
        const char *const environment[] = {terms[i], NULL};
        struct screen *screen = screen_start(demo, 24, 80, environment);
        screen_wait(screen, "wiki-db");
        screen_key(screen, "j");
        screen_wait(screen, "> dns-1");
        screen_key(screen, "q");
        screen_end(screen, 3000);
        screen_expect_restored(screen);
        screen_free(screen);
    }
}

static void without_colour_no_colour_is_sent(void **state) {
    static const char *const environment[] = {"NO_COLOR=1", NULL};
    struct screen *screen = screen_start(demo, 24, 80, environment);
    screen_wait(screen, "> build");
    g_autofree char *sent = g_strndup((const char *)screen_raw(screen)->data, screen_raw(screen)->len);
    g_autoptr(GRegex) colour = g_regex_new("\033\\[[0-9;]*[34][0-7]m", 0, 0, NULL);
    assert_false(g_regex_match(colour, sent, 0, NULL));
    screen_expect(screen, "> build"); /* the selection has a sign of its own */
    screen_free(screen);
}

static void what_cannot_bear_it_is_refused_with_the_command_to_use(void **state) {
    static const char *const terms[] = {"TERM=dumb", "TERM", "TERM=", "TERM=no-such-terminal"};
    for (gsize i = 0; i < G_N_ELEMENTS(terms); i++) {
        const char *const environment[] = {terms[i], NULL};
        struct screen *screen = screen_start(demo, 24, 80, environment);
        int status = screen_end(screen, 5000);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
        screen_wait(screen, "innkeep list");
        screen_expect_restored(screen);
        screen_free(screen);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_terminal_is_given_back_on_exit),
        cmocka_unit_test(the_terminal_is_given_back_on_a_signal),
        cmocka_unit_test(a_closed_line_ends_it),
        cmocka_unit_test(an_idle_screen_sends_nothing),
        cmocka_unit_test(a_frame_is_sent_in_brackets),
        cmocka_unit_test(suspend_gives_the_terminal_back_and_comes_back),
        cmocka_unit_test(any_size_is_borne),
        cmocka_unit_test(a_storm_of_resizes_is_borne),
        cmocka_unit_test(wide_terminals_get_more_columns_and_tall_ones_graphs),
        cmocka_unit_test(plain_terminals_get_ascii),
        cmocka_unit_test(other_terminals_work),
        cmocka_unit_test(without_colour_no_colour_is_sent),
        cmocka_unit_test(what_cannot_bear_it_is_refused_with_the_command_to_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
