/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "build-info.h"
#include "cli/complete.h"
#include "cli/help.h"
#include "cli/output.h"
#include "config/error.h"
#include "config/settings.h"
#include "core/confined/picture.h"
#include "core/confined/terminal.h"
#include "core/longjob/proxy.h"
#include "core/longjob/runner.h"
#include "core/provision/recovery.h"
#include "tui/tui.h"

/* A row for every action; those without the CLI flag have none, so that a missing command does not link. */
#define CLI 1
const command commands[ACTION_COUNT] = {
#define CHANGES 0
#define BULK    0
#define TUI     0
#define HINT    0
#define LONG    0
#define ACTION(id, name, alias, synopsis, keys, scope, states, flags, ...)                                   \
    [ACTION_##id] = (flags)&CLI ? command_##id : NULL,
#include "core/action/actions.def"
#undef ACTION
#undef CHANGES
#undef BULK
#undef TUI
#undef HINT
#undef LONG
#undef CLI
};

gboolean cli_key_may_name(const char *name) {
    const struct action *action = action_by_name(name);
    return action != NULL && (action->flags & ACTION_TUI) != 0;
}

static struct host_options host_options(const struct cli *cli, guint interval_ms) {
    const char *environment = g_getenv("LIBVIRT_DEFAULT_URI");
    gboolean settled = cli->connect != NULL || (environment != NULL && *environment != '\0');
    return (struct host_options){.uri = settled ? cli->connect : cli->settings->host_uri,
                                 .read_only = cli->read_only || cli->settings->host_read_only,
                                 .demo = cli->demo,
                                 .memory_statistics = cli->settings->host_memory_statistics,
                                 .interval_ms = interval_ms};
}

void cli_engine(struct cli *cli) {
    /* A command takes two polls for its rates; half a second is the shortest interval. */
    struct host_options options = host_options(cli, cli->action == NULL ? cli->settings->ui_interval : 500);
    engine_open(&cli->engine, &options, cli->settings);
}

static int run_console(struct cli *cli) {
    GError *error = NULL;
    const char *no_colour = g_getenv("NO_COLOR");
    gboolean plain = no_colour != NULL && *no_colour != '\0';
    struct tui_options options = {.colour =
                                      cli->colour == COLOUR_ALWAYS || (cli->colour == COLOUR_AUTO && !plain),
                                  .demo = cli->demo,
                                  .config = cli->config,
                                  .valid_key = cli_key_may_name};
    if (cli->json || cli->dry_run) {
        error_set(&error, INNKEEP_ERROR_USAGE, "innkeep --help", "this option needs a command");
        return output_fail(cli, error);
    }
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        error_set(&error, INNKEEP_ERROR_USAGE, "innkeep list, or innkeep --help for all commands",
                  "the console needs a terminal");
        return output_fail(cli, error);
    }
    cli_engine(cli);
    recovery_request(&cli->engine, NULL, NULL);
    return tui_run(&cli->engine, &options, &error) ? 0 : output_fail(cli, error);
}

static gboolean needs_settings(enum action_id id) {
    return id != ACTION_config_path && id != ACTION_config_edit && id != ACTION_config_check &&
           id != ACTION_help && id != ACTION_completion;
}

static int run(struct cli *cli) {
    GError *error = NULL;
    if (cli->version) {
        printf("innkeep %s\n", INNKEEP_VERSION);
        return 0;
    }
    if (cli->help) {
        if (cli->action == NULL)
            help_print();
        else
            help_print_command(cli->action);
        return 0;
    }
    /* What tells of the settings, and help, must come also where they are wrong. */
    if (cli->action != NULL && !needs_settings(cli->action->id))
        return commands[cli->action->id](cli);
    cli->settings = settings_load(cli->config, cli_key_may_name, &error);
    if (cli->settings == NULL)
        return output_fail(cli, error);
    return cli->action == NULL ? run_console(cli) : commands[cli->action->id](cli);
}

/* A reader that has gone, as `| head` does, has what it wanted. Any other failure to write is one. */
static int finish_output(const struct cli *cli) {
    GError *error = NULL;
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    gboolean failed = ferror(stdout) != 0;
    errno = 0;
    failed = fflush(stdout) != 0 || failed;
    int why = errno;
    if (!failed || (poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0))
        return 0;
    error_set(&error, INNKEEP_ERROR_FAILED, NULL, "cannot write the result%s%s", why == 0 ? "" : ": ",
              why == 0 ? "" : g_strerror(why));
    return output_fail(cli, error);
}

/* Jobs that a command left behind get a moment to undo what they began. */
#define GRACE_MS 3000

int main(int count, char **words) {
    struct cli cli = {0};
    GError *error = NULL;
    if (count > 1 && strcmp(words[1], TERMINAL_CHILD_ROLE) == 0)
        terminal_child_main(STDIN_FILENO, STDOUT_FILENO);
    if (count > 1 && strcmp(words[1], PICTURE_CHILD_ROLE) == 0)
        picture_child_main(STDIN_FILENO, STDOUT_FILENO);
    setlocale(LC_ALL, "");
    innkeep_error_quark(); /* registered before there are threads */
    signal(SIGPIPE, SIG_IGN);
    if (count > 1 && strcmp(words[1], JOB_ROLE) == 0)
        runner_main();
    if (count > 1 && strcmp(words[1], "complete") == 0)
        return complete_main(count - 2, words + 2);
    int status = arguments_parse(&cli, count, words, &error) ? run(&cli) : output_fail(&cli, error);
    engine_close(&cli.engine, GRACE_MS);
    g_clear_pointer(&cli.settings, settings_free);
    arguments_clear(&cli);
    return status == 0 ? finish_output(&cli) : status;
}
