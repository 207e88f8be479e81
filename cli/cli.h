/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

/* One invocation of the program, parsed. */
struct cli {
    /* global options */
    char *connect, *config;
    gboolean read_only, demo, json, dry_run, yes, quiet, verbose, help, version;
    enum colour colour;
    /* the command; NULL: the console */
    const struct action *action;
    char **operands;                /* never NULL */
    char **rest;                    /* what came after `--`; never NULL */
    guint64 given;                  /* options of the command that were given: bits PARAM_BIT(param_id) */
    const char *texts[PARAM_COUNT]; /* their values as typed; borrowed from argv */
    GPtrArray *tags, *ssh_keys;     /* what was given again and again */
    guint64 numbers[PARAM_COUNT];   /* counts, bytes, seconds */
    /* made by main() */
    struct settings *settings;
    struct engine engine;
};

/* A command: returns the exit status. command_ID() for each action with the CLI flag; a missing one does not
 * link. */
typedef int (*command)(struct cli *cli);
extern const command commands[ACTION_COUNT];
#define ACTION(id, ...) int command_##id(struct cli *cli);
#include "core/action/actions.def"
#undef ACTION

gboolean cli_given(const struct cli *cli, enum param_id param);

/* Parses argv into cli (zeroed). FALSE and a usage error with the nearest word. */
gboolean arguments_parse(struct cli *cli, int count, char **words, GError **error);
void arguments_clear(struct cli *cli);

/* A usage error for a command that there is not, with what is meant; FALSE. */
gboolean arguments_unknown_command(const char *word, GError **error);

/* Whether [keys] may name that action. */
gboolean cli_key_may_name(const char *name);

/* Names of the global options, NULL-terminated, for help and completion. */
struct global_option {
    const char *name;
    char letter;
    const char *metavar; /* NULL: a flag */
    const char *help;
};
extern const struct global_option global_options[];

/* Makes the engine and starts watching the host. */
void cli_engine(struct cli *cli);

/* The same, and waits until its guests are listed. Exit status 0, or after an error line 5. */
gboolean cli_connect(struct cli *cli, GError **error);

/* Waits until figures are there: addresses and memory, and, with cpu, CPU rates too; for at most limit_ms. */
void cli_wait_figures(struct cli *cli, gboolean cpu, guint limit_ms);

/* The guest that operand number index names; a copy of its snapshot's reference. NULL and an error. */
struct guest *cli_guest(struct cli *cli, const char *operand, GError **error);

/* A request with this command's options, for that guest (NULL: none). */
struct request *cli_request(struct cli *cli, const struct guest *guest);

/* Submits all requests (taken), shows progress, and waits for them; Ctrl-C cancels them, a hang-up leaves
 * those that have a process of their own. each is called as they end. Returns the exit status of the first
 * failure, or 0. */
typedef void (*cli_each)(struct cli *cli, const struct request *request, const struct outcome *outcome,
                         const GError *error, gpointer data);
int cli_run(struct cli *cli, GPtrArray *requests, cli_each each, gpointer data);

/* Asks y/N on the terminal; with --yes TRUE at once; without a terminal FALSE and an error (refused). */
gboolean cli_confirm(struct cli *cli, const char *question, GError **error);

/* Refuses a changing action on a read-only connection before anything is asked. */
gboolean cli_check_change(struct cli *cli, GError **error);

/* Exactly one operand, or a usage error with the command's synopsis. */
gboolean cli_one_operand(struct cli *cli, GError **error);

/* Iterates the main context until stop is TRUE or milliseconds have passed (0: no limit) or Ctrl-C came;
 * FALSE then. */
gboolean cli_wait(gboolean *stop, guint milliseconds);

/* TRUE once SIGINT, SIGTERM or SIGHUP came. */
gboolean cli_interrupted(void);

/* The exit status of what follows until then: 130, 129 of a terminal that is gone, or 0. */
int cli_interrupted_status(void);
