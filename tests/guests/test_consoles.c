/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/guests/house.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* Consoles that stay open: several at once, what is behind them, and what may happen to them. */

#define PREFIX "\035"

static int set_up(void **state) {
    run(program(), "template", "build", "tiny", "--kernel-package", g_getenv("INNKEEP_TEST_KERNEL"), NULL);
    run(program(), "create", "web", "-t", "tiny", NULL);
    run(program(), "create", "mail", "-t", "tiny", NULL);
    run(program(), "wait", "web", "--for", "address", NULL);
    run(program(), "wait", "mail", "--for", "address", NULL);
    return 0;
}

static void press(struct screen *screen, const char *key) {
    screen_key(screen, PREFIX);
    screen_key(screen, key);
}

/* A shell's prompt on an empty screen; one that is there already may be that of the log. */
static void expect_shell(struct screen *screen, const char *name) {
    g_autofree char *prompt = g_strdup_printf("%s:/root#", name);
    screen_key(screen, "\r");
    screen_wait(screen, prompt);
    screen_listen(screen, 500);
    screen_type(screen, "clear\r");
    screen_wait_row(screen, 0, prompt);
}

static void attach(struct screen *screen, const char *name) {
    g_autofree char *status = g_strdup_printf("%s: serial console", name);
    select_guest(screen, name);
    screen_key(screen, "a");
    screen_wait(screen, status);
    expect_shell(screen, name);
}

static void leave(struct screen *screen, const char *name) {
    g_autofree char *wanted = g_strdup_printf("> %s ", name);
    press(screen, "q");
    screen_wait(screen, wanted);
}

static void consoles_stay_open_while_one_looks_elsewhere(void **state) {
    struct screen *screen = start();
    attach(screen, "web");
    screen_type(screen, "echo here''is web; (sleep 4; echo la''ter) &\r");
    screen_wait(screen, "hereis web");
    leave(screen, "web");
    screen_wait(screen, "consoles 1");
    attach(screen, "mail");
    screen_type(screen, "echo here''is mail\r");
    screen_wait(screen, "hereis mail");
    screen_expect_not(screen, "hereis web");
    screen_expect(screen, "2 of 2");
    press(screen, "n");
    screen_wait(screen, "hereis web");
    screen_wait(screen, "later"); /* it went on meanwhile */
    screen_expect_not(screen, "hereis mail");
    press(screen, "p");
    screen_wait(screen, "hereis mail");
    leave(screen, "mail");
    screen_wait(screen, "consoles 2");
    select_guest(screen, "web");
    screen_key(screen, "a");
    screen_wait(screen, "hereis web");
    press(screen, "x");
    screen_wait(screen, "hereis mail");
    press(screen, "x");
    screen_wait(screen, "> web ");
    screen_wait_gone(screen, "consoles");
    screen_free(screen);
}

static void the_list_tells_of_open_consoles_and_of_news_in_them(void **state) {
    struct screen *screen = start();
    attach(screen, "web");
    screen_type(screen, "(sleep 4; echo news) &\r");
    leave(screen, "web");
    screen_wait(screen, "> web              :running"); /* behind its name */
    screen_wait(screen, "> web              #running");
    screen_free(screen);
}

static void what_scrolled_away_is_looked_through_searched_and_copied(void **state) {
    struct screen *screen = start();
    attach(screen, "web");
    screen_type(screen, "seq 1 3000 | sed 's/.*/line & of it/'\r");
    screen_wait(screen, "line 3000 of it");
    press(screen, "[");
    screen_wait(screen, "/ find");
    screen_type(screen, "/");
    screen_type(screen, "LINE 1234 OF\r");
    screen_wait(screen, "line 1234 of it");
    screen_key(screen, "y");
    screen_wait(screen, "copied: line 1234 of it");
    g_autofree char *encoded = g_base64_encode((const guchar *)"line 1234 of it", 15);
    g_autofree char *sequence = g_strdup_printf("\033]52;c;%s\a", encoded);
    const GByteArray *raw = screen_raw(screen);
    assert_non_null(g_strstr_len((const char *)raw->data, (gssize)raw->len, sequence));
    screen_key(screen, "g");
    screen_wait(screen, "line 1 of it");
    screen_key(screen, SCREEN_PGDN);
    screen_wait(screen, "line 40 of it");
    screen_key(screen, "G");
    screen_wait(screen, "line 3000 of it");
    screen_type(screen, "?nowhere to be found\r");
    screen_wait(screen, "not found");
    screen_escape(screen);
    screen_wait(screen, "q leaves");
    screen_type(screen, "echo st''ill there\r");
    screen_wait(screen, "still there");
    screen_free(screen);
}

static void a_pane_shows_a_console_beside_the_list(void **state) {
    struct screen *screen = start();
    attach(screen, "web");
    press(screen, "z");
    screen_wait(screen, "> web ");
    screen_type(screen, "echo in the pa''ne\r");
    screen_wait(screen, "in the pane");
    press(screen, "q");
    screen_wait(screen, "goes there");
    select_guest(screen, "mail"); /* the list has the keys */
    screen_expect(screen, "in the pane");
    screen_key(screen, "a");
    screen_wait(screen, "mail: serial console");
    screen_wait_gone(screen, "in the pane");
    press(screen, "z");
    screen_wait_gone(screen, "> mail ");
    press(screen, "q");
    screen_wait(screen, "> mail ");
    screen_expect_not(screen, "serial console");
    screen_resize(screen, 40, 170);
    select_guest(screen, "web");
    screen_key(screen, "a");
    press(screen, "z");
    screen_wait(screen, "in the pane");
    screen_wait(screen, "> web ");
    screen_free(screen);
}

/* The confined children of the program. */
static GArray *children_of(pid_t parent) {
    GArray *found = g_array_new(FALSE, FALSE, sizeof(pid_t));
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", (int)parent, (int)parent);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (char **word = words; *word != NULL; word++) {
        pid_t pid = (pid_t)g_ascii_strtoll(*word, NULL, 10);
        g_autofree char *file = g_strdup_printf("/proc/%d/cmdline", (int)pid);
        g_autofree char *line = NULL;
        gsize length = 0;
        if (pid > 0 && g_file_get_contents(file, &line, &length, NULL) && length > strlen(line) + 1 &&
            strcmp(line + strlen(line) + 1, "--confined-terminal") == 0)
            g_array_append_val(found, pid);
    }
    return found;
}

static void a_killed_emulator_is_replaced_and_nothing_else_notices(void **state) {
    struct screen *screen = start();
    attach(screen, "web");
    screen_type(screen, "echo other con''sole\r");
    screen_wait(screen, "other console");
    leave(screen, "web");
    attach(screen, "mail");
    g_autoptr(GArray) children = children_of(screen_pid(screen));
    assert_int_equal(children->len, 2);
    kill(g_array_index(children, pid_t, 1), SIGKILL);
    screen_wait(screen, "the emulator died and was started again");
    screen_type(screen, "echo goes o''n\r");
    screen_wait(screen, "goes on");
    press(screen, "n");
    screen_wait(screen, "other console");
    screen_expect_not(screen, "emulator");
    screen_free(screen);
}

static void a_guest_that_goes_off_leaves_its_screen_and_opens_again(void **state) {
    struct screen *screen = start();
    attach(screen, "mail");
    screen_type(screen, "echo last wo''rds\r");
    screen_wait(screen, "last words");
    run("virsh", "-q", "destroy", "mail", NULL);
    screen_wait(screen, "mail: shut off: its last screen");
    screen_expect(screen, "last words");
    run("virsh", "-q", "start", "mail", NULL);
    screen_wait(screen, "mail: serial console");
    run(program(), "wait", "mail", "--for", "address", NULL);
    expect_shell(screen, "mail");
    screen_type(screen, "echo ba''ck\r");
    screen_wait(screen, "back");
    screen_free(screen);
}

static void a_restarted_daemon_gives_the_consoles_back_with_a_mark(void **state) {
    struct screen *screen = start();
    attach(screen, "mail");
    kill(daemon_pid(), SIGKILL);
    screen_wait(screen, "the link to libvirt was lost");
    g_autofree char *host = g_build_filename(g_getenv("INNKEEP_TESTS"), "..", "host", NULL);
    run(host, "libvirtd", "start", NULL);
    screen_wait(screen, "mail: serial console");
    screen_wait(screen, "output may be missing");
    screen_type(screen, "echo ba''ck\r");
    screen_wait(screen, "back");
    screen_free(screen);
}

static void a_console_is_logged_as_plain_text(void **state) {
    struct screen *screen = start();
    attach(screen, "web");
    press(screen, "l");
    screen_wait(screen, "logged as plain text");
    screen_type(screen, "printf '\\033[31mre''d\\033[m\\033]0;title\\007\\n'\r");
    screen_wait(screen, "[logged]");
    screen_wait(screen, "red");
    press(screen, "l");
    screen_wait(screen, "logged up to here");
    g_autofree char *folder = g_build_filename(g_getenv("INNKEEP_STATEDIR"), "consoles", NULL);
    g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
    assert_non_null(directory);
    const char *name = g_dir_read_name(directory);
    assert_true(g_str_has_prefix(name, "web-"));
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = NULL;
    GStatBuf status;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_int_equal(g_stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_non_null(strstr(text, "\nred\n"));
    assert_null(strchr(text, '\033'));
    screen_free(screen);
}

static void the_size_is_told_on_request(void **state) {
    struct screen *screen = start();
    attach(screen, "web");
    press(screen, "s");
    screen_wait(screen, "y types 'stty rows 23 cols 80'");
    screen_key(screen, "y");
    screen_type(screen, "stty size\r");
    screen_wait(screen, "23 80");
    screen_free(screen);
}

static void a_quiet_console_begins_with_the_end_of_its_log(void **state) {
    struct screen *screen = start();
    attach(screen, "mail");
    screen_type(screen, "echo what was be''fore\r");
    screen_wait(screen, "what was before");
    press(screen, "x");
    screen_wait(screen, "> mail ");
    screen_key(screen, "a");
    screen_wait(screen, "[above: the log of this console]");
    screen_expect(screen, "what was before");
    screen_free(screen);
}

/* Holds a console until its standard input is closed. */
static int hold_console(const char *name, GPid *pid) {
    const char *const arguments[] = {program(), "console", name, NULL};
    int input = -1, errors = -1;
    assert_true(g_spawn_async_with_pipes(NULL, (char **)arguments, NULL,
                                         G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                                         pid, &input, NULL, &errors, NULL));
    char text[64];
    assert_true(read(errors, text, sizeof text) > 0); /* "attached to" */
    close(errors);
    return input;
}

static void a_console_that_another_has_is_taken_over_on_request(void **state) {
    GPid other = 0;
    int input = hold_console("mail", &other);
    struct screen *screen = start();
    select_guest(screen, "mail");
    screen_key(screen, "a");
    screen_wait(screen, "in use, by whom libvirt does not tell");
    screen_key(screen, "f");
    screen_wait(screen, "mail: serial console");
    screen_key(screen, "\r");
    screen_wait(screen, "mail:/root#");
    screen_free(screen);
    close(input);
    assert_int_equal(waitpid(other, NULL, 0), other);
}

static void a_break_is_a_key_of_the_keyboard_and_asked_about(void **state) {
    struct screen *screen = start();
    attach(screen, "mail");
    press(screen, "b");
    screen_wait(screen, "libvirt sends no break");
    screen_key(screen, "h");
    screen_wait(screen, "y presses Alt-SysRq-h");
    screen_escape(screen);
    screen_wait(screen, "q leaves");
    press(screen, "b");
    screen_key(screen, "h");
    screen_key(screen, "y");
    screen_wait(screen, "Alt-SysRq was pressed");
    screen_free(screen);
}

static void one_of_several_consoles_is_chosen(void **state) {
    static const char port[] = "<serial type='pty'><target type='isa-serial' port='1'/></serial>";
    g_autofree char *path = g_build_filename(g_getenv("INNKEEP_STATEDIR"), "port.xml", NULL);
    assert_true(g_file_set_contents(path, port, -1, NULL));
    run("virsh", "-q", "attach-device", "web", path, "--config", NULL);
    run("virsh", "-q", "destroy", "web", NULL);
    run("virsh", "-q", "start", "web", NULL);
    run(program(), "wait", "web", "--for", "address", NULL);
    struct screen *screen = start();
    wait_state(screen, "web", "running");
    select_guest(screen, "web");
    screen_key(screen, "a");
    screen_wait(screen, "Consoles of web");
    screen_wait(screen, "serial1");
    screen_key(screen, "\r");
    screen_wait(screen, "web: serial0 console");
    expect_shell(screen, "web");
    leave(screen, "web");
    screen_key(screen, "a");
    screen_wait(screen, "open");
    screen_key(screen, "j");
    screen_key(screen, "\r");
    screen_wait(screen, "web: serial1 console");
    press(screen, "p");
    screen_wait(screen, "web:/root#");
    screen_type(screen, "echo to the sec''ond >/dev/ttyS1\r");
    press(screen, "n");
    screen_wait(screen, "to the second");
    screen_free(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(consoles_stay_open_while_one_looks_elsewhere),
        cmocka_unit_test(the_list_tells_of_open_consoles_and_of_news_in_them),
        cmocka_unit_test(what_scrolled_away_is_looked_through_searched_and_copied),
        cmocka_unit_test(a_pane_shows_a_console_beside_the_list),
        cmocka_unit_test(a_killed_emulator_is_replaced_and_nothing_else_notices),
        cmocka_unit_test(a_console_is_logged_as_plain_text),
        cmocka_unit_test(the_size_is_told_on_request),
        cmocka_unit_test(a_quiet_console_begins_with_the_end_of_its_log),
        cmocka_unit_test(a_console_that_another_has_is_taken_over_on_request),
        cmocka_unit_test(a_break_is_a_key_of_the_keyboard_and_asked_about),
        cmocka_unit_test(one_of_several_consoles_is_chosen),
        cmocka_unit_test(a_guest_that_goes_off_leaves_its_screen_and_opens_again),
        cmocka_unit_test(a_restarted_daemon_gives_the_consoles_back_with_a_mark),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
