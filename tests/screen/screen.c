/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/screen/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vterm.h>

#include <glib/gstdio.h>

#define LIMIT_MS 20000
/* A fast typist's keys are this far apart; a key that decides something comes after a pause, since a slow
 * machine may have read the ones before it in one piece. */
#define PACE_MS    90
#define PAUSE_MS   170
#define TAIL_BYTES 600 /* shown of what was sent when a test fails */
/* Exit status of a sanitizer that found something. */
#define SANITIZER_EXIT 23
/* A key sooner after Esc than this is an Alt key. */
#define ALT_MS 700
/* A frame's pieces are nearer than this. */
#define SETTLE_MS 15

struct screen {
    pid_t leader, pid; /* the session's leader, as a shell is; the program */
    int told;          /* pipe: the leader tells of the program's start and stops */
    int master, slave;
    struct termios found;
    VTerm *terminal;
    VTermScreen *picture;
    int rows, columns;
    gboolean alternate, cursor, mouse, paste, ended;
    int status;
    gint64 last_key;
    GByteArray *raw;
    char *home;
};

static int property(VTermProp which, VTermValue *value, void *data) {
    struct screen *screen = data;
    if (which == VTERM_PROP_ALTSCREEN)
        screen->alternate = value->boolean;
    if (which == VTERM_PROP_CURSORVISIBLE)
        screen->cursor = value->boolean;
    if (which == VTERM_PROP_MOUSE)
        screen->mouse = value->number != VTERM_PROP_MOUSE_NONE;
    return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = property};

static void open_picture(struct screen *screen) {
    screen->terminal = vterm_new(screen->rows, screen->columns);
    vterm_set_utf8(screen->terminal, 1);
    screen->picture = vterm_obtain_screen(screen->terminal);
    vterm_screen_enable_altscreen(screen->picture, 1);
    vterm_screen_set_callbacks(screen->picture, &callbacks, screen);
    vterm_screen_reset(screen->picture, 1);
    screen->cursor = TRUE;
}

static _Noreturn void run_child(struct screen *screen, const char *const *arguments,
                                const char *const *environment) {
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    const char *program = g_getenv("INNKEEP");
    g_ptr_array_add(words, (char *)program);
    for (; *arguments != NULL; arguments++)
        g_ptr_array_add(words, (char *)*arguments);
    g_ptr_array_add(words, NULL);
    static const char *const unset[] = {"NO_COLOR", "LC_ALL", "XDG_CONFIG_HOME", "LIBVIRT_DEFAULT_URI",
                                        "TMUX"};
    for (gsize i = 0; i < G_N_ELEMENTS(unset); i++)
        g_unsetenv(unset[i]);
    g_setenv("TERM", "xterm-256color", TRUE);
    g_setenv("LANG", "C.UTF-8", TRUE);
    g_setenv("HOME", screen->home, TRUE);
    g_setenv("INNKEEP_STATEDIR", screen->home, TRUE);
    g_autofree char *sanitizer = g_strdup_printf("exitcode=%d", SANITIZER_EXIT);
    g_setenv("ASAN_OPTIONS", sanitizer, FALSE);
    for (; environment != NULL && *environment != NULL; environment++) {
        g_auto(GStrv) pair = g_strsplit(*environment, "=", 2);
        if (pair[1] == NULL)
            g_unsetenv(pair[0]);
        else
            g_setenv(pair[0], pair[1], TRUE);
    }
    for (int fd = 0; fd < 3; fd++)
        dup2(screen->slave, fd);
    close(screen->slave);
    execv(program, (char **)words->pdata);
    _exit(127);
}

/* Ends as the program did. */
static _Noreturn void end_as(int status) {
    if (WIFEXITED(status))
        _exit(WEXITSTATUS(status));
    signal(WTERMSIG(status), SIG_DFL);
    kill(getpid(), WTERMSIG(status));
    _exit(128 + WTERMSIG(status));
}

/* What a shell does: leads the session, puts the program into the foreground, sees it stop and end. Without
 * it the program's group would be an orphan, which the kernel does not stop. */
static _Noreturn void run_leader(struct screen *screen, int tell, const char *const *arguments,
                                 const char *const *environment) {
    static const struct rlimit no_core = {0, 0};
    int status;
    close(screen->master);
    setsid();
    ioctl(screen->slave, TIOCSCTTY, 0);
    setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        tcsetpgrp(screen->slave, getpid());
        /* as a login has them, whatever the tests were started with */
        static const int usual[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTTOU};
        for (gsize i = 0; i < G_N_ELEMENTS(usual); i++)
            signal(usual[i], SIG_DFL);
        run_child(screen, arguments, environment);
    }
    setpgid(pid, pid);
    ssize_t ignored = write(tell, &pid, sizeof(pid));
    while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status))
        ignored = write(tell, &pid, sizeof(pid));
    (void)ignored;
    end_as(status);
}

/* The next word of the leader; FALSE when it takes too long. */
static gboolean leader_told(struct screen *screen) {
    struct pollfd readable = {.fd = screen->told, .events = POLLIN};
    return poll(&readable, 1, LIMIT_MS) > 0 &&
           read(screen->told, &screen->pid, sizeof(screen->pid)) == sizeof(screen->pid);
}

struct screen *screen_start(const char *const *arguments, int rows, int columns,
                            const char *const *environment) {
    struct screen *screen = g_new0(struct screen, 1);
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    assert_true(g_file_test(g_getenv("INNKEEP"), G_FILE_TEST_IS_EXECUTABLE));
    screen->rows = rows;
    screen->columns = columns;
    screen->raw = g_byte_array_new();
    screen->home = g_dir_make_tmp("innkeep-screen-XXXXXX", NULL);
    assert_non_null(screen->home);
    assert_int_equal(openpty(&screen->master, &screen->slave, NULL, NULL, &size), 0);
    fcntl(screen->master, F_SETFD, FD_CLOEXEC);
    assert_int_equal(tcgetattr(screen->slave, &screen->found), 0);
    open_picture(screen);
    int pipes[2];
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    screen->leader = fork();
    assert_true(screen->leader >= 0);
    if (screen->leader == 0)
        run_leader(screen, pipes[1], arguments, environment);
    close(pipes[1]);
    screen->told = pipes[0];
    assert_true(leader_told(screen));
    return screen;
}

struct screen *screen_demo(void) {
    static const char *const arguments[] = {"--demo", NULL};
    struct screen *screen = screen_start(arguments, 24, 80, NULL);
    screen_wait(screen, "wiki-db");
    return screen;
}

static void remove_home(const char *home) {
    g_autoptr(GDir) directory = g_dir_open(home, 0, NULL);
    const char *name;
    while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *path = g_build_filename(home, name, NULL);
        if (g_remove(path) != 0)
            remove_home(path);
    }
    g_rmdir(home);
}

/* libvterm 0.1 does not tell of bracketed paste. */
static void watch_paste(struct screen *screen) {
    static const char on[] = "\033[?2004h", off[] = "\033[?2004l";
    for (gsize i = 0; i + strlen(on) <= screen->raw->len; i++) {
        if (memcmp(screen->raw->data + i, on, strlen(on)) == 0)
            screen->paste = TRUE;
        if (memcmp(screen->raw->data + i, off, strlen(off)) == 0)
            screen->paste = FALSE;
    }
}

/* Takes what is there; waits for it at most so long. FALSE when nothing came. */
static gboolean take(struct screen *screen, int milliseconds) {
    struct pollfd readable = {.fd = screen->master, .events = POLLIN};
    char bytes[16384];
    if (screen->master < 0 || poll(&readable, 1, milliseconds) <= 0 || (readable.revents & POLLIN) == 0)
        return FALSE;
    ssize_t length = read(screen->master, bytes, sizeof(bytes));
    if (length <= 0)
        return FALSE;
    g_byte_array_append(screen->raw, (const guint8 *)bytes, (guint)length);
    vterm_input_write(screen->terminal, bytes, (size_t)length);
    return TRUE;
}

void screen_listen(struct screen *screen, guint milliseconds) {
    gint64 until = g_get_monotonic_time() + milliseconds * G_TIME_SPAN_MILLISECOND;
    for (gint64 left; (left = until - g_get_monotonic_time()) > 0;)
        take(screen, (int)(left / G_TIME_SPAN_MILLISECOND) + 1);
}

void screen_send(struct screen *screen, const char *bytes, gsize length) {
    while (length > 0) {
        ssize_t written = write(screen->master, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        assert_true(written > 0);
        bytes += written;
        length -= (gsize)written;
        take(screen, 0);
    }
}

static void press(struct screen *screen, const char *bytes, gint64 pace) {
    gint64 since = (g_get_monotonic_time() - screen->last_key) / G_TIME_SPAN_MILLISECOND;
    if (since < pace)
        screen_listen(screen, (guint)(pace - since));
    screen->last_key = g_get_monotonic_time();
    screen_send(screen, bytes, strlen(bytes));
}

void screen_key(struct screen *screen, const char *bytes) {
    press(screen, bytes, PAUSE_MS);
}

void screen_escape(struct screen *screen) {
    screen_key(screen, "\033");
    screen_listen(screen, ALT_MS);
}

void screen_type(struct screen *screen, const char *text) {
    for (; *text != '\0'; text++) {
        char key[2] = {*text, '\0'};
        press(screen, key, *text == '\r' ? PAUSE_MS : PACE_MS);
    }
}

char *screen_row(struct screen *screen, int row) {
    GString *text = g_string_new(NULL);
    row = row < 0 ? screen->rows + row : row;
    for (int column = 0; column < screen->columns;) {
        VTermScreenCell cell;
        VTermPos position = {row, column};
        vterm_screen_get_cell(screen->picture, position, &cell);
        for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; i++)
            g_string_append_unichar(text, cell.chars[i]);
        if (cell.chars[0] == 0)
            g_string_append_c(text, ' ');
        column += MAX(1, cell.width);
    }
    g_strchomp(text->str);
    return g_string_free(text, FALSE);
}

int screen_find(struct screen *screen, const char *text) {
    for (int row = 0; row < screen->rows; row++) {
        g_autofree char *line = screen_row(screen, row);
        if (strstr(line, text) != NULL)
            return row;
    }
    return -1;
}

void screen_fail(struct screen *screen, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s; the screen, %dx%d:\n", text, screen->columns, screen->rows);
    for (int row = 0; row < screen->rows; row++) {
        g_autofree char *line = screen_row(screen, row);
        fprintf(stderr, "  |%s\n", line);
    }
    guint shown = MIN(screen->raw->len, TAIL_BYTES);
    g_autofree char *tail = g_strndup((const char *)screen->raw->data + screen->raw->len - shown, shown);
    g_autofree char *escaped = g_strescape(tail, NULL);
    fprintf(stderr, "the last bytes of %u: %s\n", screen->raw->len, escaped);
    kill(screen->pid, SIGKILL);
    fail_msg("%s", text);
    abort();
}

/* Until done() holds, taking what comes. */
static gboolean wait_until(struct screen *screen,
                           gboolean (*done)(struct screen *screen, int row, const char *text), int row,
                           const char *text) {
    gint64 until = g_get_monotonic_time() + LIMIT_MS * G_TIME_SPAN_MILLISECOND;
    while (g_get_monotonic_time() < until) {
        if (!done(screen, row, text)) {
            take(screen, 50);
            continue;
        }
        /* a frame comes in pieces: what follows belongs to it, and may be what is waited for undone */
        while (take(screen, SETTLE_MS) && g_get_monotonic_time() < until)
            ;
        if (done(screen, row, text))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_there(struct screen *screen, int row, const char *text) {
    (void)row;
    return screen_find(screen, text) >= 0;
}

static gboolean is_gone(struct screen *screen, int row, const char *text) {
    return !is_there(screen, row, text);
}

static gboolean is_in_row(struct screen *screen, int row, const char *text) {
    g_autofree char *line = screen_row(screen, row);
    return strstr(line, text) != NULL;
}

void screen_wait(struct screen *screen, const char *text) {
    if (!wait_until(screen, is_there, 0, text))
        screen_fail(screen, "'%s' did not appear", text);
}

void screen_wait_row(struct screen *screen, int row, const char *text) {
    if (!wait_until(screen, is_in_row, row, text))
        screen_fail(screen, "'%s' did not appear in row %d", text, row);
}

void screen_wait_gone(struct screen *screen, const char *text) {
    if (!wait_until(screen, is_gone, 0, text))
        screen_fail(screen, "'%s' stayed", text);
}

void screen_expect(struct screen *screen, const char *text) {
    if (screen_find(screen, text) < 0)
        screen_fail(screen, "'%s' is not there", text);
}

void screen_expect_not(struct screen *screen, const char *text) {
    if (screen_find(screen, text) >= 0)
        screen_fail(screen, "'%s' is there", text);
}

void screen_resize(struct screen *screen, int rows, int columns) {
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    while (take(screen, 0))
        ;
    screen->rows = rows;
    screen->columns = columns;
    vterm_set_size(screen->terminal, rows, columns);
    assert_int_equal(ioctl(screen->master, TIOCSWINSZ, &size), 0);
}

gsize screen_bytes(struct screen *screen) {
    return screen->raw->len;
}

const GByteArray *screen_raw(struct screen *screen) {
    return screen->raw;
}

pid_t screen_pid(struct screen *screen) {
    return screen->pid;
}

void screen_wait_stopped(struct screen *screen) {
    if (!leader_told(screen))
        screen_fail(screen, "the program did not stop");
}

void screen_hang_up(struct screen *screen) {
    close(screen->master);
    screen->master = -1;
}

int screen_end(struct screen *screen, guint limit) {
    gint64 until = g_get_monotonic_time() + limit * G_TIME_SPAN_MILLISECOND;
    while (!screen->ended) {
        take(screen, 10);
        screen->ended = waitpid(screen->leader, &screen->status, WNOHANG) == screen->leader;
        if (!screen->ended && g_get_monotonic_time() > until)
            screen_fail(screen, "the program did not end in %u ms", limit);
        if (!screen->ended && screen->master < 0)
            poll(NULL, 0, 10);
    }
    while (take(screen, 0))
        ;
    return screen->status;
}

void screen_free(struct screen *screen) {
    if (!screen->ended) {
        kill(screen->pid, SIGTERM);
        int status = screen_end(screen, LIMIT_MS);
        if (!WIFEXITED(status) || WEXITSTATUS(status) == SANITIZER_EXIT)
            screen_fail(screen, "the program ended badly, status %d", status);
    }
    if (screen->master >= 0)
        close(screen->master);
    close(screen->told);
    close(screen->slave);
    vterm_free(screen->terminal);
    g_byte_array_unref(screen->raw);
    remove_home(screen->home);
    g_free(screen->home);
    g_free(screen);
}

void screen_expect_restored(struct screen *screen) {
    struct termios now;
    while (take(screen, 20))
        ;
    watch_paste(screen);
    assert_int_equal(tcgetattr(screen->slave, &now), 0);
    if (now.c_iflag != screen->found.c_iflag || now.c_oflag != screen->found.c_oflag ||
        now.c_lflag != screen->found.c_lflag)
        screen_fail(screen, "the terminal's modes were not restored");
    g_autofree char *tail =
        g_strndup((const char *)screen->raw->data + MAX(200u, screen->raw->len) - 200, 200);
    g_autofree char *shown = g_strescape(tail, NULL);
    if (screen->alternate || !screen->cursor || screen->mouse || screen->paste)
        screen_fail(screen, "left behind after %s:%s%s%s%s", shown,
                    screen->alternate ? " alternate screen" : "", screen->cursor ? "" : " hidden cursor",
                    screen->mouse ? " mouse" : "", screen->paste ? " paste mode" : "");
}

char *screen_host(guint guests, char *(*name)(guint index)) {
    GString *xml = g_string_new("<node>\n");
    for (guint i = 0; i < guests; i++) {
        g_autofree char *raw = name(i);
        g_autofree char *escaped = g_markup_escape_text(raw, -1);
        g_string_append_printf(xml,
                               "<domain type='test' xmlns:t='http://libvirt.org/schemas/domain/test/1.0'>"
                               "<t:runstate>%d</t:runstate><name>%s</name>"
                               "<uuid>1e9d5000-0000-4000-8000-%012u</uuid><memory>%u</memory><vcpu>1</vcpu>"
                               "<os><type>hvm</type></os></domain>\n",
                               i % 3 == 0 ? 1 : 5, escaped, i + 1, 131072 + i);
    }
    g_string_append(xml, "</node>\n");
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("innkeep-host-XXXXXX.xml", &path, NULL);
    assert_true(fd >= 0);
    close(fd);
    assert_true(g_file_set_contents(path, xml->str, -1, NULL));
    g_string_free(xml, TRUE);
    return g_strconcat("test://", path, NULL);
}
