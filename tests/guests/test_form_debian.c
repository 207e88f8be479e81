/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <stdio.h>
#include <stdlib.h>

/* What test_cloud_init.py has a person do at the console, in front of the house that it made: the template
 * debian fetched on the screen of templates, guests of it made by the form. The first argument says which,
 * the second is a file with a public key. */

#define FETCH_LIMIT_S 600
#define ROW_KEY       6
#define ROW_COUNT     3 /* below it */

static const char *key_file;

static struct screen *open_templates(void) {
    static const char *const inherited[] = {"HOME", "XDG_CONFIG_HOME", "INNKEEP_STATEDIR"};
    static const char *const arguments[] = {NULL};
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (gsize i = 0; i < G_N_ELEMENTS(inherited); i++) {
        g_autofree char *pair = g_strdup_printf("%s=%s", inherited[i], g_getenv(inherited[i]));
        g_strv_builder_add(builder, pair);
    }
    g_auto(GStrv) environment = g_strv_builder_end(builder);
    struct screen *screen = screen_start(arguments, 24, 100, (const char *const *)environment);
    screen_wait(screen, "innkeep");
    screen_key(screen, "2");
    screen_wait(screen, "> alpine");
    for (int tries = 0; tries < 40 && screen_find(screen, "> debian  ") < 0; tries++) {
        screen_key(screen, "j");
        screen_listen(screen, 50);
    }
    screen_wait(screen, "> debian  ");
    return screen;
}

static void leave(struct screen *screen) {
    screen_key(screen, "q"); /* of the templates */
    screen_listen(screen, 200);
    screen_key(screen, "q");
    assert_int_equal(screen_end(screen, 5000), 0);
    screen_free(screen);
}

/* The publisher stops in the middle until its test has read that this was seen. */
static void fetch(void **state) {
    struct screen *screen = open_templates();
    screen_expect(screen, "> debian              to fetch");
    screen_key(screen, "f");
    screen_wait(screen, "> debian              fetching 50%");
    g_autofree char *line = screen_row(screen, screen_find(screen, "template fetch debian"));
    assert_non_null(g_strstr_len(line, -1, "50%"));
    puts("halfway");
    fflush(stdout);
    gint64 until = g_get_monotonic_time() + FETCH_LIMIT_S * G_TIME_SPAN_SECOND;
    while (screen_find(screen, "> debian              ready") < 0 && g_get_monotonic_time() < until)
        screen_listen(screen, 200);
    screen_wait(screen, "> debian              ready");
    screen_wait(screen, "no guest stands on it");
    leave(screen);
}

static void create(void **state) {
    struct screen *screen = open_templates();
    screen_key(screen, "n");
    screen_wait(screen, "< debian >");
    screen_key(screen, SCREEN_DOWN);
    screen_key(screen, "\025"); /* Ctrl-U */
    screen_type(screen, "form");
    for (int row = 1; row < ROW_KEY; row++)
        screen_key(screen, SCREEN_DOWN);
    screen_type(screen, key_file);
    for (int row = 0; row < ROW_COUNT; row++)
        screen_key(screen, SCREEN_DOWN);
    screen_key(screen, "\025");
    screen_type(screen, "2");
    screen_key(screen, SCREEN_ENTER);
    screen_wait_gone(screen, "New guest");
    screen_wait(screen, "form-1, form-2: created from debian");
    screen_wait(screen, "form-2: on its console log in as ada with the password ");
    leave(screen);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(fetch), cmocka_unit_test(create)};
    if (argc != 3)
        return EXIT_FAILURE;
    cmocka_set_test_filter(argv[1]);
    key_file = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
