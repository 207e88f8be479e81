/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/guests/house.h"

#include <string.h>

#include <glib/gstdio.h>

/* Guests that do their worst on their consoles. */

#define PREFIX "\035"
#define KEYS   200

/* Far more than comes while the test looks: an emulated serial port brings some 0.1 MB a second. */
#define FLOOD_MB 100

/* "Keys still answer": what a person takes for at once, and a frame more where this machine was busy. */
#define KEY_MS 16

/* Of a confined process, and of the console itself. */
#define CHILD_KIB  (64 * 1024)
#define PARENT_KIB (128 * 1024)

static int set_up(void **state) {
    run(program(), "template", "build", "tiny", "--kernel-package", g_getenv("INNKEEP_TEST_KERNEL"), NULL);
    run(program(), "create", "web", "-t", "tiny", NULL);
    run(program(), "create", "mail", "-t", "tiny", NULL);
    run(program(), "create", "wiki", "-t", "tiny", NULL);
    run(program(), "wait", "web", "--for", "address", NULL);
    run(program(), "wait", "mail", "--for", "address", NULL);
    run(program(), "wait", "wiki", "--for", "address", NULL);
    return 0;
}

static void press(struct screen *screen, const char *key) {
    screen_key(screen, PREFIX);
    screen_key(screen, key);
}

static void attach(struct screen *screen, const char *name) {
    g_autofree char *status = g_strdup_printf("%s: serial console", name);
    g_autofree char *prompt = g_strdup_printf("%s:/root#", name);
    select_guest(screen, name);
    screen_key(screen, "a");
    screen_wait(screen, status);
    screen_key(screen, "\r");
    screen_wait(screen, "#");
    screen_type(screen, "clear\r");
    screen_wait_row(screen, 0, prompt);
}

static void leave(struct screen *screen, const char *name) {
    g_autofree char *wanted = g_strdup_printf("> %s ", name);
    press(screen, "q");
    screen_wait(screen, wanted);
}

/* From the key to its answer on the screen, in milliseconds. */
static double answer_ms(struct screen *screen, const char *key, gboolean there) {
    gint64 began = g_get_monotonic_time();
    screen_send(screen, key, strlen(key));
    while ((screen_find(screen, "-: q leave") >= 0) != there) {
        screen_listen(screen, 1);
        if (g_get_monotonic_time() - began > 5 * G_USEC_PER_SEC)
            screen_fail(screen, "a key is not answered");
    }
    return (double)(g_get_monotonic_time() - began) / 1000;
}

static gint compare(gconstpointer a, gconstpointer b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static long resident_kib(pid_t pid) {
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)pid);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    const char *line = strstr(text, "VmRSS:");
    return line == NULL ? 0 : strtol(line + 6, NULL, 10);
}

static void expect_bounded_memory(pid_t parent) {
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", (int)parent, (int)parent);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    long most = 0, own = resident_kib(parent);
    for (char **word = words; **word != '\0'; word++)
        most = MAX(most, resident_kib((pid_t)strtol(*word, NULL, 10)));
    print_message("memory: %ld KiB, and a confined process at the most %ld KiB\n", own, most);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    assert_true(most > 0 && most <= CHILD_KIB);
    assert_true(own <= PARENT_KIB);
#endif
}

static void keys_answer_while_a_console_floods_and_others_see_nothing_of_it(void **state) {
    struct screen *screen = start();
    attach(screen, "web");
    g_autofree char *flood = g_strdup_printf(
        "yes FLO''OD0123456789012345678901234567890123456789 | head -c %d; echo flood o''ver\r",
        FLOOD_MB * 1000 * 1000);
    screen_type(screen, flood);
    screen_wait(screen, "FLOOD0123");
    leave(screen, "web");
    attach(screen, "mail");
    leave(screen, "mail");
    attach(screen, "wiki");
    screen_type(screen, "seq 1 500 | more\r");
    screen_wait(screen, "--More--");
    screen_wait(screen, "20");
    g_autoptr(GArray) taken = g_array_new(FALSE, FALSE, sizeof(double));
    for (int i = 0; i < KEYS; i++) {
        double ms = answer_ms(screen, i % 2 == 0 ? PREFIX : "?", i % 2 == 0);
        if (i % 2 == 1)
            ms = answer_ms(screen, "]", FALSE); /* the help goes; a Ctrl-] to the pager does nothing */
        g_array_append_val(taken, ms);
        screen_listen(screen, 30);
    }
    g_array_sort(taken, compare);
    double middle = g_array_index(taken, double, KEYS / 2),
           most = g_array_index(taken, double, KEYS * 99 / 100);
    print_message("keys answer in %.1f ms, 99 of 100 in %.1f ms, beside a flood\n", middle, most);
    expect_bounded_memory(screen_pid(screen));
    screen_expect_not(screen, "FLOOD");
    press(screen, "p");
    screen_wait(screen, "mail: serial console");
    screen_expect_not(screen, "FLOOD");
    press(screen, "p");
    screen_wait(screen, "FLOOD0123");
    expect_bounded_memory(screen_pid(screen));
    press(screen, "x");
    screen_free(screen);
    assert_true(middle <= KEY_MS);
}

/* Everything that a terminal could be told but text: titles, clipboard, colours of the palette, hyperlinks,
 * queries of all kinds, resets, resizes, modes, strings of every introducer, and controls of eight bits. */
static const char *const classes[] = {
    "\\033]0;PW''NED\\007",
    "\\033]2;PW''NED\\033\\\\",
    "\\033]52;c;UFdO''RUQ=\\007",
    "\\033]4;1;rgb:ff/00/00\\007",
    "\\033]8;;http://PW''NED\\007x\\033]8;;\\007",
    "\\033]9;PW''NED\\007",
    "\\033]777;notify;PW''NED\\007",
    "\\033]50;PW''NED\\007",
    "\\033]104\\007",
    "\\033]11;?\\007",
    "\\033[c",
    "\\033[>c",
    "\\033[=c",
    "\\033[5n",
    "\\033[6n",
    "\\033[?6n",
    "\\033[?15n",
    "\\033[x",
    "\\033Z",
    "\\005",
    "\\033[?u",
    "\\033[>q",
    "\\033[14t",
    "\\033[18t",
    "\\033[21t",
    "\\033[8;50;132t",
    "\\033[3;0;0t",
    "\\033[22;0t",
    "\\033[?3h",
    "\\033[?5h\\033[?5l",
    "\\033[?7727h",
    "\\033[?9h",
    "\\033[?1001h",
    "\\033[?1003h",
    "\\033[?1004h",
    "\\033[?1005h",
    "\\033[?1015h",
    "\\033[?2026h",
    "\\033[?69h",
    "\\033[>4;2m",
    "\\033[?1h",
    "\\033=",
    "\\033P$qm\\033\\\\",
    "\\033P+q544e\\033\\\\",
    "\\033Pq#0;2;0;0;0~~\\033\\\\",
    "\\033_Ga=q;PW''NED\\033\\\\",
    "\\033^PW''NED\\033\\\\",
    "\\033XPW''NED\\033\\\\",
    "\\033k text\\033\\\\",
    "\\2330c",
    "\\2330;text\\234",
    "\\220text\\234",
    "\\235text\\234",
    "\\033#8",
    "\\033%%@",
    "\\033%%G",
    "\\033 F",
    "\\033N\\033O",
    "\\033[!p",
    "\\033[61\\\"p",
    "\\033[?1049h",
    "\\033[?47h\\033[?47l",
    "\\033[?1049l",
    "\\033[i",
    "\\033[5i\\033[4i",
    "\\033[1;2;3;4;5;6;7;8*z",
    "\\033[2*y",
    "\\033[?1000;1006h",
    "\\033[?2004h",
    "\\033c",
};

static gboolean mode_is_ours(const char *mode) {
    static const char *const ours[] = {"?12", "?25", "?2026", "?12;25", NULL};
    return g_strv_contains(ours, mode);
}

/* A sequence that ncurses has for moving, erasing, looks and the cursor, or the brackets of a frame. */
static const guint8 *expect_csi(struct screen *screen, const guint8 *at, const guint8 *end) {
    const guint8 *from = at;
    while (at < end && *at >= 0x20 && *at < 0x40)
        at++;
    g_autofree char *text = g_strndup((const char *)from, (gsize)(at - from));
    if (at == end)
        return end;
    if (strchr("hl", *at) != NULL && !mode_is_ours(text))
        screen_fail(screen, "CSI %s%c came out", text, *at);
    if (strchr("hlHJKmGdXP@rCABDLMSTIZb`", *at) == NULL || strpbrk(text, "<=>!$\"' *#") != NULL)
        screen_fail(screen, "CSI %s%c came out", text, *at);
    return at + 1;
}

static void expect_harmless(struct screen *screen, const guint8 *at, const guint8 *end) {
    while (at < end) {
        gunichar character = g_utf8_get_char_validated((const char *)at, end - at);
        if (*at == 0x1b && at + 1 < end) {
            if (at[1] == '[') {
                at = expect_csi(screen, at + 2, end);
                continue;
            }
            if (strchr("(78MDE", at[1]) == NULL)
                screen_fail(screen, "ESC %c came out", at[1]);
            at += at[1] == '(' ? 3 : 2;
            continue;
        }
        if (*at < 0x20 && strchr("\b\t\n\r\033", *at) == NULL)
            screen_fail(screen, "control 0x%02x came out", *at);
        if (character == (gunichar)-1 || (character >= 0x7f && character < 0xa0))
            screen_fail(screen, "0x%02x came out", *at);
        at = character == (gunichar)-2 ? end : (const guint8 *)g_utf8_next_char(at);
    }
}

static void nothing_of_what_a_guest_sends_comes_out_raw(void **state) {
    struct screen *screen = start();
    attach(screen, "mail");
    gsize before = screen_bytes(screen);
    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *line = g_strdup_printf("printf '%s'\r", classes[i]);
        screen_send(screen, line, strlen(line));
        screen_listen(screen, 250);
    }
    screen_send(screen, "\r", 1);
    screen_listen(screen, 500);
    screen_type(screen, "stty sane; reset; clear; echo st''ill well\r");
    screen_wait(screen, "still well");
    press(screen, "q");
    screen_wait(screen, "> mail ");
    const GByteArray *raw = screen_raw(screen);
    expect_harmless(screen, raw->data + before, raw->data + raw->len);
    assert_null(g_strstr_len((const char *)raw->data + before, (gssize)(raw->len - before), "PWNED"));
    assert_null(g_strstr_len((const char *)raw->data + before, (gssize)(raw->len - before), "UFdORUQ"));
    screen_key(screen, "q");
    screen_end(screen, 5000);
    screen_expect_restored(screen);
    screen_free(screen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_of_what_a_guest_sends_comes_out_raw),
        cmocka_unit_test(keys_answer_while_a_console_floods_and_others_see_nothing_of_it),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
