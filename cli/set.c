/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/results.h"
#include "config/error.h"
#include "core/base/text.h"
#include "core/guest/set_keys.h"

#define LINE_MAX_BYTES 4096

static gboolean take_words(struct cli *cli, struct set_wish *wish, GError **error) {
    if (cli->operands[0] == NULL || cli->operands[1] == NULL) {
        g_autofree char *usage = g_strdup_printf("innkeep set %s", cli->action->synopsis);
        error_set(error, INNKEEP_ERROR_USAGE, usage, "set: %s?",
                  cli->operands[0] == NULL ? "which guest" : "what");
        return FALSE;
    }
    for (gsize i = 1; cli->operands[i] != NULL; i++)
        if (!set_take(wish, cli->operands[i], error))
            return FALSE;
    return set_check(wish, error);
}

/* The first line; the caller's, to be forgotten. NULL: there is none. By read() alone: what stdio has read
 * stays in its buffer. */
static char *read_line(void) {
    char line[LINE_MAX_BYTES];
    gsize length = 0;
    while (length < sizeof line - 1) {
        ssize_t count = read(STDIN_FILENO, line + length, 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0 || line[length] == '\n')
            break;
        length++;
    }
    if (length > 0 && line[length - 1] == '\r')
        length--;
    char *copy = length == 0 ? NULL : g_strndup(line, length);
    explicit_bzero(line, sizeof line);
    return copy;
}

static char *ask(const char *question) {
    fputs(question, stderr);
    fflush(stderr);
    char *line = read_line();
    fputs("\n", stderr);
    return line;
}

static struct termios terminal_before;

/* The terminal gets its echo back, then the signal ends the program as it would have. */
static void give_back(int number) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_before);
    signal(number, SIG_DFL);
    raise(number);
}

/* Without echo, twice. Nothing has begun yet, so that Ctrl-C may simply end the program. */
static char *ask_twice(GError **error) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    void (*before[G_N_ELEMENTS(signals)])(int);
    if (tcgetattr(STDIN_FILENO, &terminal_before) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot hide what is typed: %s", g_strerror(errno));
        return NULL;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        before[i] = signal(signals[i], give_back);
    struct termios silent = terminal_before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    char *first = ask("New password: "), *second = ask("The same again: ");
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_before);
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        signal(signals[i], before[i]);
    if (g_strcmp0(first, second) != 0) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "set: the two are not the same; nothing was changed");
        set_forget(g_steal_pointer(&first));
    }
    set_forget(second);
    return first;
}

static gboolean read_password(struct set_wish *wish, GError **error) {
    GError *cause = NULL;
    wish->password = isatty(STDIN_FILENO) ? ask_twice(&cause) : read_line();
    if (cause == NULL && set_check_password(wish->password == NULL ? "" : wish->password, &cause))
        return TRUE;
    g_propagate_error(error, cause);
    return FALSE;
}

int command_set(struct cli *cli) {
    GError *error = NULL;
    g_autoptr(set_wish_t) wish = set_wish_new();
    if (!take_words(cli, wish, &error) || !cli_check_change(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) guest = cli_guest(cli, cli->operands[0], &error);
    if (guest == NULL || (wish->wants_password && !cli->dry_run && !read_password(wish, &error)))
        return output_fail(cli, error);
    g_autoptr(GPtrArray) requests = g_ptr_array_new();
    struct request *request = set_request(wish, guest);
    request->dry_run = cli->dry_run;
    if (cli->dry_run && wish->wants_password)
        request->password = g_strdup("-");
    g_ptr_array_add(requests, request);
    struct results results;
    results_begin(cli, &results, FALSE);
    int status = results_run(cli, &results, requests, NULL);
    results_end(cli, &results, status);
    return status;
}
