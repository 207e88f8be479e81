/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "config/error.h"
#include "core/base/text.h"
#include "core/guest/console.h"
#include "core/guest/console_log.h"
#include "core/guest/ssh.h"
#include "core/guest/viewer.h"

#define PREFIX    0x1d /* Ctrl-] */
#define LOG_LINES 1000

/* A console attached to this terminal, plain: bytes go both ways as they are. */
struct attachment {
    struct cli *cli;
    struct console *console;
    char *name;
    struct termios saved;
    gboolean raw, opened, ended;
    gboolean no_more; /* the input ended */
    guint source;
    GError *error;
};

static void go_raw(struct attachment *attachment) {
    struct termios raw;
    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &attachment->saved) < 0)
        return;
    raw = attachment->saved;
    cfmakeraw(&raw);
    attachment->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static void go_back(struct attachment *attachment) {
    if (attachment->raw)
        tcsetattr(STDIN_FILENO, TCSANOW, &attachment->saved);
    attachment->raw = FALSE;
}

static void on_opened(struct console *console, gpointer data) {
    struct attachment *attachment = data;
    g_autofree char *name = text_safe(attachment->name, 100, FALSE);
    fprintf(stderr, "attached to '%s'; Ctrl-] leaves, Enter may show its prompt\n", name);
    attachment->opened = TRUE;
    attachment->ended = attachment->no_more;
    go_raw(attachment);
}

static void on_output(struct console *console, const guint8 *bytes, gsize length, gpointer data) {
    for (gsize done = 0; done < length;) {
        ssize_t count = write(STDOUT_FILENO, bytes + done, length - done);
        if (count < 0 && errno != EINTR && errno != EAGAIN) {
            ((struct attachment *)data)->ended = TRUE;
            return;
        }
        done += count < 0 ? 0 : (gsize)count;
    }
}

static void on_ended(struct console *console, enum console_end end, const GError *error, gpointer data) {
    struct attachment *attachment = data;
    go_back(attachment);
    attachment->ended = TRUE;
    if (error != NULL)
        attachment->error = g_error_copy(error);
    else if (end == CONSOLE_ENDED)
        fputs("\nthe console ended: the guest is off, or another took it over", stderr);
}

static const struct console_events events = {on_opened, on_output, on_ended};

static gboolean on_key(gint fd, GIOCondition condition, gpointer data) {
    struct attachment *attachment = data;
    guint8 bytes[4096];
    ssize_t count = read(fd, bytes, sizeof bytes);
    if (count <= 0 && (count == 0 || errno != EINTR)) {
        attachment->no_more = TRUE;
        attachment->ended = attachment->opened; /* a console that is refused is still to be told */
        attachment->source = 0;
        return G_SOURCE_REMOVE;
    }
    const guint8 *prefix = count <= 0 ? NULL : memchr(bytes, PREFIX, (size_t)count);
    gsize length = prefix != NULL ? (gsize)(prefix - bytes) : (gsize)MAX(count, 0);
    if (length > 0 && !console_send(attachment->console, bytes, length))
        fputs("\a", stderr);
    attachment->ended = attachment->ended || prefix != NULL;
    return G_SOURCE_CONTINUE;
}

static gboolean can_attach(const struct guest *guest, const char *device, GError **error) {
    const char *why = NULL;
    if (!action_legal(&actions[ACTION_console], guest, &why)) {
        error_set(error, INNKEEP_ERROR_CONFLICT, "innkeep start starts it", "cannot attach to '%s': %s",
                  guest->name, why);
        return FALSE;
    }
    if (device != NULL && guest->facts->consoles != NULL &&
        !g_strv_contains((const char *const *)guest->facts->consoles, device)) {
        g_autofree char *names = g_strjoinv(", ", guest->facts->consoles);
        g_autofree char *has =
            g_strdup_printf("it has: %s", *names == '\0' ? "none that can be attached" : names);
        error_set(error, INNKEEP_ERROR_NOT_FOUND, has, "'%s' has no console '%s'", guest->name, device);
        return FALSE;
    }
    if (guest->facts->serial)
        return TRUE;
    g_autofree char *hint = viewer_hint(guest);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint, "'%s' has no serial console", guest->name);
    return FALSE;
}

/* On a terminal the last lines, made safe; into a pipe or a file all of it, byte by byte. */
static int print_log(struct cli *cli) {
    GError *error = NULL;
    gboolean cut = FALSE;
    if (!cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) guest = cli_guest(cli, cli->operands[0], &error);
    const char *path = guest == NULL ? NULL : console_log_path(guest, host_uri(cli->engine.host), &error);
    if (path == NULL)
        return output_fail(cli, error);
    if (!isatty(STDOUT_FILENO))
        return console_log_copy(guest, path, STDOUT_FILENO, &error) ? 0 : output_fail(cli, error);
    g_autoptr(GPtrArray) lines = console_log_lines(guest, path, LOG_LINES, &cut, &error);
    if (lines == NULL)
        return output_fail(cli, error);
    for (guint i = 0; i < lines->len; i++)
        printf("%s\n", (const char *)g_ptr_array_index(lines, i));
    fflush(stdout);
    if (cut && !cli->quiet)
        fprintf(stderr, "these are its last lines; into a pipe it prints all of them\n");
    return 0;
}

int command_console(struct cli *cli) {
    GError *error = NULL;
    if (!cli_one_operand(cli, &error))
        return output_fail(cli, error);
    if (cli_given(cli, PARAM_log) && (cli_given(cli, PARAM_force) || cli_given(cli, PARAM_device))) {
        error_set(&error, INNKEEP_ERROR_USAGE, NULL, "--log and --%s exclude each other: it attaches nothing",
                  cli_given(cli, PARAM_force) ? "force" : "device");
        return output_fail(cli, error);
    }
    if (cli_given(cli, PARAM_log))
        return print_log(cli);
    if (!cli_check_change(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) guest = cli_guest(cli, cli->operands[0], &error);
    const char *device = cli->texts[PARAM_device];
    if (guest == NULL || !can_attach(guest, device, &error))
        return output_fail(cli, error);
    struct attachment attachment = {.cli = cli, .name = guest->name};
    attachment.console = console_open(cli->engine.host, guest->uuid, device, cli_given(cli, PARAM_force),
                                      &events, &attachment);
    attachment.source = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_key, &attachment);
    cli_wait(&attachment.ended, 0);
    go_back(&attachment);
    console_close(attachment.console);
    g_clear_handle_id(&attachment.source, g_source_remove);
    fprintf(stderr, "\n");
    return attachment.error == NULL ? 0 : output_fail(cli, attachment.error);
}

/* Ctrl-C ends this without an address; what is told then is told to nobody. */
struct search {
    char *address;
    gboolean ended;
};

static void found(const char *address, gpointer data) {
    struct search *search = data;
    search->address = g_strdup(address);
    search->ended = TRUE;
}

static char **find_ssh(struct cli *cli, const struct guest *guest, GError **error) {
    static struct search search; /* outlives a search that was given up */
    const char *user = cli_given(cli, PARAM_user) ? cli->texts[PARAM_user] : cli->settings->create_ssh_user;
    ssh_find(&cli->engine, guest, found, &search);
    cli_wait(&search.ended, SSH_FIND_LIMIT_MS);
    if (cli_interrupted()) {
        error_set(error, INNKEEP_ERROR_INTERRUPTED, NULL, "ssh: interrupted");
        return NULL;
    }
    return ssh_arguments(guest, search.address, user, host_uri(cli->engine.host), cli->rest, error);
}

int command_ssh(struct cli *cli) {
    GError *error = NULL;
    if (!cli_one_operand(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    cli_wait_figures(cli, FALSE, 3000);
    g_autoptr(guest_t) guest = cli_guest(cli, cli->operands[0], &error);
    g_auto(GStrv) arguments = guest == NULL ? NULL : find_ssh(cli, guest, &error);
    if (arguments == NULL)
        return output_fail(cli, error);
    if (cli->dry_run) {
        g_autofree char *line = g_strjoinv(" ", arguments);
        printf("%s\n", line);
        return 0;
    }
    execvp(arguments[0], arguments);
    error_set(&error, INNKEEP_ERROR_FAILED, "install openssh-client", "cannot run %s: %s", arguments[0],
              g_strerror(errno));
    return output_fail(cli, error);
}
