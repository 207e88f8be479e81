/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <string.h>

#define LIST 3 /* first row of guests */

static void expect_selected(struct screen *screen, const char *name) {
    g_autofree char *wanted = g_strdup_printf("> %s", name);
    screen_wait(screen, wanted);
}

static void the_first_screen_is_as_designed(void **state) {
    struct screen *screen = screen_demo();
    screen_wait_row(screen, 0, "innkeep");
    screen_wait_row(screen, 0, "demo");
    screen_wait_row(screen, 0, "CPU");
    screen_wait_row(screen, 0, "MEM");
    screen_wait_row(screen, 1, "1 Guests  2 Templates  3 Services  4 Storage  5 Networks  6 Host  7 Events");
    screen_wait_row(screen, 2, "  NAME");
    static const char *const headers[] = {"STATE", "CPU%", "LAST MINUTE", "MEMORY", "ADDRESS"};
    for (gsize i = 0; i < G_N_ELEMENTS(headers); i++)
        screen_wait_row(screen, 2, headers[i]);
    screen_wait_row(screen, LIST, "> build");
    screen_wait_row(screen, LIST, "running");
    screen_wait_row(screen, -1, "Enter open");
    screen_wait_row(screen, -1, "? help");
    screen_wait_row(screen, -2, "build:");
    screen_free(screen);
}

static void keys_move_the_selection(void **state) {
    struct screen *screen = screen_demo();
    expect_selected(screen, "build");
    screen_key(screen, "j");
    expect_selected(screen, "dns-1");
    screen_key(screen, SCREEN_DOWN);
    expect_selected(screen, "dns-2");
    screen_key(screen, "\033OA");
    expect_selected(screen, "dns-1");
    screen_key(screen, "G");
    expect_selected(screen, "Windows 11 (old)");
    screen_key(screen, "g");
    expect_selected(screen, "build");
    screen_key(screen, SCREEN_END);
    expect_selected(screen, "Windows 11 (old)");
    screen_free(screen);
}

static void the_selection_follows_its_guest_when_the_order_changes(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, "jjjjjjj");
    expect_selected(screen, "web");
    screen_key(screen, "I");
    screen_wait_row(screen, LIST, "Windows 11 (old)");
    expect_selected(screen, "web");
    screen_key(screen, ">");
    screen_wait_row(screen, 2, "STATE↓");
    expect_selected(screen, "web");
    screen_key(screen, "<");
    screen_wait_row(screen, LIST, "build");
    expect_selected(screen, "web");
    screen_free(screen);
}

static void a_filter_takes_the_words_of_list(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, "/dns");
    screen_wait_gone(screen, "wiki-db");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "/dns  2 of 12");
    screen_key(screen, "\\");
    screen_wait(screen, "wiki-db");
    screen_type(screen, "/state=paused");
    screen_wait_gone(screen, "wiki-db");
    screen_wait(screen, "dns-2");
    screen_escape(screen);
    screen_wait(screen, "wiki-db");
    screen_type(screen, "/nosuchname");
    screen_wait(screen, "no guest matches");
    screen_free(screen);
}

static void marks_belong_to_guests_and_hidden_ones_are_left_out(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, "/w\r");
    screen_wait(screen, "of 12");
    screen_key(screen, "*");
    screen_wait(screen, "marked");
    screen_type(screen, "/iki\r");
    screen_wait(screen, "3 of 12");
    screen_key(screen, "X");
    screen_wait(screen, "3 guests: wiki-app-1, wiki-app-2, wiki-db?");
    screen_wait(screen, "hidden by the filter and left out");
    screen_key(screen, "n");
    screen_wait_gone(screen, "y/N");
    screen_key(screen, "\\");
    screen_wait(screen, "* web");
    screen_escape(screen);
    screen_wait_gone(screen, "* web");
    screen_free(screen);
}

static void an_action_on_marked_guests_gives_a_line_each(void **state) {
    struct screen *screen = screen_demo();
    screen_type(screen, "/dns\r");
    screen_wait(screen, "2 of 12");
    screen_key(screen, "*");
    screen_wait(screen, "2 marked");
    screen_key(screen, "X");
    screen_wait(screen, "2 guests: dns-1, dns-2?");
    screen_key(screen, "y");
    screen_wait(screen, "dns-1: powered off");
    screen_wait(screen, "dns-2: powered off");
    screen_free(screen);
}

static char *numbered(guint index) {
    return g_strdup_printf("guest-%04u", index);
}

static void a_thousand_guests_scroll(void **state) {
    g_autofree char *uri = screen_host(1000, numbered);
    const char *const arguments[] = {"-c", uri, NULL};
    struct screen *screen = screen_start(arguments, 24, 80, NULL);
    screen_wait(screen, "> guest-0000");
    screen_key(screen, "G");
    screen_wait(screen, "> guest-0999");
    screen_type(screen, "/0500");
    screen_wait(screen, "> guest-0500");
    screen_key(screen, SCREEN_ENTER);
    screen_wait(screen, "1 of 1000");
    screen_free(screen);
}

static void an_empty_host_teaches_its_first_keys(void **state) {
    g_autofree char *uri = screen_host(0, numbered);
    const char *const arguments[] = {"-c", uri, NULL};
    struct screen *screen = screen_start(arguments, 24, 80, NULL);
    screen_wait(screen, "No guest lives here yet.");
    screen_expect(screen, "N  a new guest from the default template, at once");
    screen_expect(screen, "n  a new guest, with a form to fill in");
    screen_expect(screen, "?  all keys");
    screen_free(screen);
}

static char *hostile(guint index) {
    static const char *const names[] = {"a\302\233[31mred",
                                        "tab\there",
                                        "bidi\342\200\256evil",
                                        "-rf",
                                        "$(id)",
                                        "quote'\"x",
                                        "日本語の名前",
                                        "sp ace: colon",
                                        ("\302\235"
                                         "0;title\302\234")};
    if (index == G_N_ELEMENTS(names))
        return g_strnfill(5000, 'x');
    return g_strdup(names[index]);
}

static void hostile_names_are_shown_inert(void **state) {
    g_autofree char *uri = screen_host(10, hostile);
    const char *const arguments[] = {"-c", uri, NULL};
    struct screen *screen = screen_start(arguments, 24, 80, NULL);
    screen_wait(screen, "a?[31mred");
    screen_wait(screen, "tab?here");
    screen_wait(screen, "bidi?evil");
    screen_wait(screen, "日本語の名前");
    screen_wait(screen, "xxxxxxxxxxx…");
    screen_type(screen, "GX");
    screen_listen(screen, 200);
    const GByteArray *raw = screen_raw(screen);
    for (guint i = 0; i + 1 < raw->len; i++)
        if (raw->data[i] == 0302 && raw->data[i + 1] >= 0200 && raw->data[i + 1] < 0240)
            screen_fail(screen, "a C1 control reached the terminal");
    screen_free(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_screen_is_as_designed),
        cmocka_unit_test(keys_move_the_selection),
        cmocka_unit_test(the_selection_follows_its_guest_when_the_order_changes),
        cmocka_unit_test(a_filter_takes_the_words_of_list),
        cmocka_unit_test(marks_belong_to_guests_and_hidden_ones_are_left_out),
        cmocka_unit_test(an_action_on_marked_guests_gives_a_line_each),
        cmocka_unit_test(a_thousand_guests_scroll),
        cmocka_unit_test(an_empty_host_teaches_its_first_keys),
        cmocka_unit_test(hostile_names_are_shown_inert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
