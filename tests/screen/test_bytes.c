/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <string.h>

/* Bytes are not commands: nothing here may open a question, a form, or act on a guest. */

static void expect_nothing_done(struct screen *screen) {
    static const char *const signs[] = {"y/N",      "New guest", "Clone",    "shut down\n", "started",
                                        "rebooted", "resumed",   "deleted:", "type "};
    screen_wait(screen, "> dns-2");
    for (gsize i = 0; i < G_N_ELEMENTS(signs); i++)
        screen_expect_not(screen, signs[i]);
    screen_expect(screen, "paused"); /* dns-2, the selected one, was not resumed */
}

/* The paused guest is selected: a stray p or s on it would be seen at once. */
static struct screen *open_on_paused(void) {
    struct screen *screen = screen_demo();
    screen_type(screen, "jj");
    screen_wait(screen, "> dns-2");
    return screen;
}

static void a_split_sequence_does_nothing(void **state) {
    static const char *const sequences[] = {"\033[C", "\033OC", "\033OS", "\033[[D", "\033[15~", "\033[1;2S"};
    static const guint delays[] = {10, 400};
    struct screen *screen = open_on_paused();
    for (gsize i = 0; i < G_N_ELEMENTS(sequences); i++)
        for (gsize delay = 0; delay < G_N_ELEMENTS(delays); delay++) {
            for (const char *at = sequences[i]; *at != '\0'; at++) {
                screen_send(screen, at, 1);
                screen_listen(screen, delays[delay]);
            }
            screen_listen(screen, 30);
            expect_nothing_done(screen);
        }
    screen_free(screen);
}

static void an_alt_key_does_nothing(void **state) {
    struct screen *screen = open_on_paused();
    for (const char *letter = "SpXDNCnq"; *letter != '\0'; letter++) {
        const char whole[] = {'\033', *letter, '\0'};
        screen_key(screen, whole);
        screen_send(screen, "\033", 1); /* and split by a slow line */
        screen_listen(screen, 300);
        screen_send(screen, letter, 1);
        screen_listen(screen, 50);
    }
    expect_nothing_done(screen);
    screen_free(screen);
}

static void a_paste_outside_a_field_is_thrown_away(void **state) {
    static const char script[] =
        "\033[200~S\ny\nD\ndns-2\nfor i in *; do echo $i; done\nN\nC\nq\ny\n\033[201~";
    struct screen *screen = open_on_paused();
    screen_send(screen, script, strlen(script));
    screen_wait(screen, "thrown away");
    expect_nothing_done(screen);
    screen_free(screen);
}

static void a_paste_without_brackets_changes_nothing(void **state) {
    static const char script[] = "s\ny\nXy\npy\nDdns-2\nNCny";
    struct screen *screen = open_on_paused();
    screen_send(screen, script, strlen(script));
    screen_wait(screen, "faster than fingers type");
    screen_listen(screen, 300);
    /* it may have opened what changes nothing, such as a guest's details or another screen */
    for (guint i = 0; i < 3; i++)
        screen_escape(screen);
    screen_key(screen, "1");
    screen_wait(screen, "dns-2");
    screen_expect_not(screen, "y/N");
    screen_expect(screen, "paused");
    screen_expect_not(screen, "resumed");
    screen_free(screen);
}

static void a_paste_goes_into_a_field(void **state) {
    struct screen *screen = screen_demo();
    screen_key(screen, "/");
    screen_wait(screen, "Enter keep");
    screen_send(screen, "\033[200~dns\n\033[201~", 16);
    screen_wait(screen, "/ dns");
    screen_wait_gone(screen, "wiki-db");
    screen_free(screen);
}

static void a_question_is_not_answered_by_what_came_with_its_key(void **state) {
    struct screen *screen = screen_demo();
    screen_send(screen, "Sy", 2);
    screen_wait(screen, "Shut");
    screen_listen(screen, 300);
    screen_expect(screen, "y/N");
    screen_free(screen);
}

static void function_keys_of_terminals_do_nothing_to_guests(void **state) {
    static const char *const keys[] = {
        "\033OQ",   "\033OR",   "\033OS",   "\033[15~", "\033[17~",  "\033[18~", "\033[19~",
        "\033[20~", "\033[21~", "\033[23~", "\033[24~", "\033[[B",   "\033[[C",  "\033[[D",
        "\033[[E",  "\033[12~", "\033[13~", "\033[14~", "\033[225z", "\033[N",   "\033[3$",
        "\033[3^",  "\033[3@",  "\033Ot",   "\033Ou",   "\033Ox"};
    struct screen *screen = open_on_paused();
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        screen_key(screen, keys[i]);
    expect_nothing_done(screen);
    screen_free(screen);
}

static void a_cat_on_the_keyboard_does_nothing(void **state) {
    g_autoptr(GRand) random = g_rand_new_with_seed(11);
    struct screen *screen = open_on_paused();
    for (guint i = 0; i < 300; i++) {
        char keys[5];
        gsize length = (gsize)g_rand_int_range(random, 3, 6);
        for (gsize j = 0; j < length; j++)
            keys[j] = "SspXDyCcNnrwR\rjk"[g_rand_int_range(random, 0, 16)];
        screen_send(screen, keys, length);
        screen_listen(screen, 3);
    }
    screen_listen(screen, 300);
    for (guint i = 0; i < 3; i++)
        screen_escape(screen);
    screen_expect_not(screen, "y/N");
    static const char *const unchanged[] = {"dns-2             paused", "build             running",
                                            "games             saved", "web               running",
                                            "scratch           shut off"};
    for (gsize i = 0; i < G_N_ELEMENTS(unchanged); i++)
        screen_expect(screen, unchanged[i]);
    screen_free(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_split_sequence_does_nothing),
        cmocka_unit_test(an_alt_key_does_nothing),
        cmocka_unit_test(a_paste_outside_a_field_is_thrown_away),
        cmocka_unit_test(a_paste_without_brackets_changes_nothing),
        cmocka_unit_test(a_paste_goes_into_a_field),
        cmocka_unit_test(a_question_is_not_answered_by_what_came_with_its_key),
        cmocka_unit_test(function_keys_of_terminals_do_nothing_to_guests),
        cmocka_unit_test(a_cat_on_the_keyboard_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
