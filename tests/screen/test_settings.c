/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <glib/gstdio.h>

#define KEY_F2 "\033OQ"

struct desk {
    char *folder, *file;
    struct screen *screen;
};

static void write_file(const char *path, const char *text) {
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* In place, as an editor that keeps the file does. */
static void rewrite(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void sit_down(struct desk *desk, const char *text) {
    desk->folder = g_dir_make_tmp("innkeep-settings-XXXXXX", NULL);
    desk->file = g_build_filename(desk->folder, "innkeep.ini", NULL);
    if (text != NULL)
        write_file(desk->file, text);
    const char *const arguments[] = {"--demo", "--config", desk->file, NULL};
    desk->screen = screen_start(arguments, 24, 80, NULL);
    screen_wait(desk->screen, "build");
}

static void get_up(struct desk *desk) {
    screen_free(desk->screen);
    g_remove(desk->file);
    g_rmdir(desk->folder);
    g_free(desk->file);
    g_free(desk->folder);
}

static void opens_help(struct screen *screen, const char *key) {
    screen_key(screen, key);
    screen_wait(screen, "Help: Guests");
    screen_escape(screen);
    screen_wait_gone(screen, "Help: Guests");
}

static void what_is_changed_holds_at_once(void **state) {
    struct desk desk;
    sit_down(&desk, "[keys]\nhelp = ?\n");
    screen_expect(desk.screen, "MEMORY");
    /* Replaced by another file of its name, as most editors do. */
    write_file(desk.file, "[keys]\nhelp = F2\n[ui]\ncolumns = name, state\ntheme = mono\n");
    screen_wait(desk.screen, "the settings were read again");
    screen_wait_gone(desk.screen, "MEMORY");
    screen_expect(desk.screen, "STATE");
    opens_help(desk.screen, KEY_F2);
    rewrite(desk.file, "[ui]\ncolumns = name, memory\n");
    screen_wait(desk.screen, "MEMORY");
    screen_wait_gone(desk.screen, "STATE");
    opens_help(desk.screen, "?");
    get_up(&desk);
}

static void a_broken_file_changes_nothing_and_is_told_of(void **state) {
    struct desk desk;
    sit_down(&desk, "[keys]\nhelp = F2\n");
    rewrite(desk.file, "[keys]\nhelp = ?\n[ui]\nintervall = 5s\n");
    screen_wait(desk.screen, "innkeep.ini:4: [ui] intervall");
    screen_expect(desk.screen, "did you mean 'interval'?");
    opens_help(desk.screen, KEY_F2);
    rewrite(desk.file, "[keys]\nhelp = ?\n");
    screen_wait(desk.screen, "the settings were read again");
    opens_help(desk.screen, "?");
    get_up(&desk);
}

static void what_cannot_change_now_is_said_to_hold_later(void **state) {
    struct desk desk;
    sit_down(&desk, "[host]\nread-only = no\n");
    rewrite(desk.file, "[host]\nread-only = yes\n");
    screen_wait(desk.screen, "from the next start: read-only");
    get_up(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_changed_holds_at_once),
        cmocka_unit_test(a_broken_file_changes_nothing_and_is_told_of),
        cmocka_unit_test(what_cannot_change_now_is_said_to_hold_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
