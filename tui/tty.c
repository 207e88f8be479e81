/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/tty.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "config/error.h"

#define NCURSES_NOMACROS
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

/* The keypad's application mode (smkx) stays off on purpose: the decoder knows both cursor modes, and with it
 * on PuTTY's and xterm's keypads send SS3 sequences in place of digits. */
#define ENTER_MODES "\033[?2004h"
#define MOUSE_ON    "\033[?1000h\033[?1006h"
#define LEAVE_MODES "\033[?2026l\033[?2004l\033[?1006l\033[?1000l"

#define REFUSAL_HINT "use 'innkeep list', 'innkeep top' or another command; see innkeep --help"

struct tty {
    SCREEN *screen;
    struct capabilities capabilities;
    gboolean mouse, modes, inside;
};

/* What a dying program needs: no memory is touched but this. */
static struct {
    volatile sig_atomic_t armed;
    struct termios modes;
    char bytes[256];
    gsize length;
    struct sigaction old[NSIG];
} rescue;

/* The cursor's shape as it was set last. There is one terminal. */
static struct {
    const char *set, *reset; /* terminfo's; NULL: it cannot be changed */
    unsigned int now;
} shape;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGQUIT};

static void die_cleanly(int number) {
    if (rescue.armed) {
        rescue.armed = 0;
        ssize_t ignored = write(STDOUT_FILENO, rescue.bytes, rescue.length);
        (void)ignored;
        tcsetattr(STDIN_FILENO, TCSANOW, &rescue.modes);
    }
    sigaction(number, &rescue.old[number], NULL);
    raise(number);
}

void tty_write_raw(const char *bytes) {
    gsize length = strlen(bytes);
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* a closed line is noticed by the input */
        bytes += written;
        length -= (gsize)written;
    }
}

static const char *extended(const char *name) {
    const char *value = tigetstr((char *)name);
    return value == (char *)-1 || value == NULL || *value == '\0' ? NULL : value;
}

void tty_cursor_shape(unsigned int wanted) {
    if (shape.set == NULL || shape.reset == NULL || wanted == shape.now || wanted > 6)
        return;
    shape.now = wanted;
    tty_write_raw(wanted == 0 ? shape.reset : tiparm(shape.set, (int)wanted));
}

static void add_rescue(const char *bytes) {
    gsize length = bytes == NULL ? 0 : strlen(bytes);
    /* a padded capability ("$<5>") would be written as it is: leave it out */
    if (length == 0 || strstr(bytes, "$<") != NULL || rescue.length + length > sizeof(rescue.bytes))
        return;
    memcpy(rescue.bytes + rescue.length, bytes, length);
    rescue.length += length;
}

static void arm(const struct tty *tty) {
    rescue.length = 0;
    if (tty->modes)
        add_rescue(LEAVE_MODES);
    add_rescue(exit_attribute_mode);
    add_rescue(shape.reset);
    add_rescue(exit_ca_mode);
    add_rescue(cursor_normal);
    add_rescue("\r\n");
    static guint8 stack[32 * 1024];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    sigaltstack(&alternate, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(fatal_signals); i++) {
        struct sigaction action = {.sa_handler = die_cleanly, .sa_flags = SA_ONSTACK};
        struct sigaction *old = &rescue.old[fatal_signals[i]];
        sigaction(fatal_signals[i], &action, old);
        if (old->sa_handler == SIG_IGN) /* started by nohup or in the background: it stays ignored */
            sigaction(fatal_signals[i], old, NULL);
    }
    rescue.armed = 1;
}

static void disarm(void) {
    rescue.armed = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(fatal_signals); i++)
        sigaction(fatal_signals[i], &rescue.old[fatal_signals[i]], NULL);
}

static gboolean starts_with_any(const char *text, const char *const *prefixes) {
    for (; *prefixes != NULL; prefixes++)
        if (g_str_has_prefix(text, *prefixes))
            return TRUE;
    return FALSE;
}

static void find_capabilities(struct tty *tty, const struct tty_options *options, const char *term) {
    /* known to take, or by ECMA-48 to ignore, the brackets of a synchronized update */
    static const char *const modern[] = {"xterm",   "tmux",    "foot",    "alacritty", "kitty",
                                         "wezterm", "ghostty", "contour", "rio",       "st-",
                                         "konsole", "vte",     "iterm",   NULL};
    static const char *const no_blocks[] = {"linux", "vt", "ansi", "cons", "sun", "sco", NULL};
    struct capabilities *can = &tty->capabilities;
    gboolean utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    gboolean forced = g_strcmp0(options->ascii, "yes") == 0;
    gboolean refused = g_strcmp0(options->ascii, "no") == 0;
    can->ascii = can->plain = !utf8 || forced || (!refused && starts_with_any(term, no_blocks));
    can->synchronized = can->clipboard = starts_with_any(term, modern);
    if (g_str_has_prefix(term, "screen"))
        can->clipboard = TRUE;
    can->colour = options->colour && has_colors();
}

static gboolean terminal_error(GError **error, const char *term, const char *what) {
    error_set(error, INNKEEP_ERROR_USAGE, REFUSAL_HINT,
              "cannot open the console on this terminal (TERM=%s): %s", term == NULL ? "" : term, what);
    return FALSE;
}

static gboolean terminal_bears_it(const char *term, GError **error) {
    int found = 0;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        error_set(error, INNKEEP_ERROR_USAGE, REFUSAL_HINT,
                  "cannot open the console: this is not a terminal");
        return FALSE;
    }
    if (term == NULL || *term == '\0')
        return terminal_error(error, term, "TERM is not set");
    if (setupterm((char *)term, STDOUT_FILENO, &found) != OK)
        return terminal_error(error, term, found == 0 ? "it is not known here" : "terminfo is not there");
    gboolean able = cursor_address != NULL && clear_screen != NULL && !generic_type;
    del_curterm(cur_term);
    return able || terminal_error(error, term, "it cannot place the cursor");
}

void tty_enter(struct tty *tty) {
    if (tty->inside)
        return;
    reset_prog_mode();
    tty->inside = TRUE;
    if (tty->modes)
        tty_write_raw(ENTER_MODES);
    if (tty->modes && tty->mouse)
        tty_write_raw(MOUSE_ON);
    clearok(curscr, TRUE);
    rescue.armed = 1;
}

void tty_leave(struct tty *tty) {
    if (!tty->inside)
        return;
    rescue.armed = 0;
    tty->inside = FALSE;
    tty_cursor_shape(0);
    if (tty->modes)
        tty_write_raw(LEAVE_MODES);
    curs_set(1);
    endwin();
    /* some terminals restore the cursor's visibility with the main screen, as it was when that was left */
    putp(cursor_normal);
    fflush(stdout);
    /* ncurses gives back what it found; this is what the person had, whatever it made of that */
    tcsetattr(STDIN_FILENO, TCSADRAIN, &rescue.modes);
}

struct tty *tty_open(const struct tty_options *options, GError **error) {
    const char *term = g_getenv("TERM");
    setlocale(LC_CTYPE, "");
    if (!terminal_bears_it(term, error))
        return NULL;
    tcgetattr(STDIN_FILENO, &rescue.modes);
    g_autofree struct tty *tty = g_new0(struct tty, 1);
    use_extended_names(TRUE);
    tty->screen = newterm((char *)term, stdout, stdin);
    if (tty->screen == NULL) {
        terminal_error(error, term, "ncurses cannot use it");
        return NULL;
    }
    raw();
    noecho();
    nonl();
    typeahead(-1);
    idlok(stdscr, FALSE);
    leaveok(stdscr, FALSE);
    if (has_colors() && options->colour) {
        start_color();
        use_default_colors();
    }
    find_capabilities(tty, options, term);
    shape.set = extended("Ss");
    shape.reset = extended("Se");
    tty->mouse = options->mouse;
    tty->modes = g_str_has_prefix(cursor_address, "\033[");
    def_prog_mode();
    arm(tty);
    tty->inside = FALSE;
    tty_enter(tty);
    return g_steal_pointer(&tty);
}

void tty_close(struct tty *tty) {
    if (tty == NULL)
        return;
    tty_leave(tty);
    disarm();
    delscreen(tty->screen);
    g_free(tty);
}

const struct capabilities *tty_capabilities(const struct tty *tty) {
    return &tty->capabilities;
}

void tty_suspend(struct tty *tty) {
    struct sigaction usual = {.sa_handler = SIG_DFL}, old_stop, old_continue;
    tty_leave(tty);
    sigaction(SIGTSTP, &usual, &old_stop);
    sigaction(SIGCONT, &usual, &old_continue);
    kill(0, SIGTSTP);
    sigaction(SIGTSTP, &old_stop, NULL);
    sigaction(SIGCONT, &old_continue, NULL);
    tty_enter(tty);
    tty_resize(tty);
}

void tty_resize(struct tty *tty) {
    struct winsize size;
    if (!tty->inside || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return;
    resizeterm(size.ws_row, size.ws_col);
    clearok(curscr, TRUE); /* what the terminal made of the old picture is not known */
}

gboolean tty_size_differs(const struct tty *tty) {
    struct winsize size;
    return tty->inside && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row != 0 &&
           size.ws_col != 0 && (size.ws_row != LINES || size.ws_col != COLS);
}
