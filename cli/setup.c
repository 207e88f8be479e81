/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/output.h"
#include "config/error.h"
#include "config/suggest.h"
#include "core/base/command.h"
#include "core/base/manual.h"
#include "core/base/text.h"
#include "core/doctor/mend.h"

/* The guided walk: what a check finds is shown, mended where the person agrees, and looked at anew, since one
 * thing mended lets the next be seen. */
struct walk {
    struct cli *cli;
    GPtrArray *checks;   /* of the last look; a reference */
    GHashTable *offered; /* ids of checks, static; each is offered once */
    GPtrArray *ran;      /* struct run */
    gboolean looked, left;
};

struct run {
    const char *id; /* static */
    char *command;
    int status;
};

static void run_free(gpointer data) {
    struct run *run = data;
    g_free(run->command);
    g_free(run);
}

/* ---- looking ---- */

static void told(GPtrArray *checks, gpointer data) {
    struct walk *walk = data;
    g_clear_pointer(&walk->checks, g_ptr_array_unref);
    walk->checks = g_ptr_array_ref(checks);
    walk->looked = TRUE;
}

static gboolean look(struct walk *walk) {
    walk->looked = FALSE;
    doctor_request(&walk->cli->engine, TRUE, told, walk);
    return cli_wait(&walk->looked, 0);
}

static gboolean is_wrong(const struct check *check) {
    return check->status == CHECK_WARNING || check->status == CHECK_FAILURE;
}

static const struct check *find(const struct walk *walk, const char *id) {
    for (guint i = 0; i < walk->checks->len; i++)
        if (strcmp(((struct check *)g_ptr_array_index(walk->checks, i))->kind->id, id) == 0)
            return g_ptr_array_index(walk->checks, i);
    return NULL;
}

/* All are, or those that were named. */
static gboolean is_meant(const struct walk *walk, const struct check *check) {
    char **named = walk->cli->operands;
    return *named == NULL || g_strv_contains((const char *const *)named, check->kind->id);
}

/* The first that can be mended and was not offered yet; NULL: none. */
static const struct check *next(const struct walk *walk) {
    for (guint i = 0; i < walk->checks->len; i++) {
        const struct check *check = g_ptr_array_index(walk->checks, i);
        if (is_wrong(check) && is_meant(walk, check) && mend_possible(check) &&
            !g_hash_table_contains(walk->offered, check->kind->id))
            return check;
    }
    return NULL;
}

/* ---- showing ---- */

static void say(const struct cli *cli, int indent, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void say(const struct cli *cli, int indent, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *safe = text_safe(text, 4000, FALSE);
    if (!cli->json)
        output_wrapped(cli, indent, "", PAINT_NONE, safe);
}

/* A command as a person would type it: this program by its name. The caller's. */
static char *typed(char **arguments) {
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_auto(GStrv) words = g_strdupv(arguments);
    for (char **word = words; *word != NULL; word++)
        if (g_strcmp0(*word, self) == 0) {
            g_free(*word);
            *word = g_strdup("innkeep");
        }
    return command_text(words);
}

static void show(const struct walk *walk, const struct check *check) {
    const struct cli *cli = walk->cli;
    say(cli, 0, "%s", "");
    say(cli, 0, "%s: %s", check->kind->title, check->detail);
    for (guint i = 0; i < check->commands->len; i++) {
        g_auto(GStrv) arguments = mend_arguments(check, i);
        g_autofree char *line = typed(arguments);
        g_autofree char *safe = text_safe(line, 4000, FALSE);
        if (!cli->json) /* whole, so that it can be copied */
            printf("    %s\n", safe);
    }
    if (check->then != NULL)
        say(cli, 2, "and then: %s", check->then);
}

/* ---- asking ---- */

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_MANUAL, ANSWER_LEAVE };

static enum answer ask(gboolean careful) {
    static const struct {
        char letter;
        enum answer answer;
    } letters[] = {{'y', ANSWER_YES}, {'n', ANSWER_NO}, {'?', ANSWER_MANUAL}, {'q', ANSWER_LEAVE}};
    char line[16] = "";
    printf(careful ? "  Run this? [y/N, ? manual, q leave] " : "  Run this? [Y/n, ? manual, q leave] ");
    fflush(stdout);
    /* No command runs, so that Ctrl-C may simply end the program. */
    void (*watched)(int) = signal(SIGINT, SIG_DFL);
    gboolean answered = fgets(line, sizeof line, stdin) != NULL;
    signal(SIGINT, watched);
    if (!answered)
        return ANSWER_LEAVE;
    for (gsize i = 0; i < G_N_ELEMENTS(letters); i++)
        if (g_ascii_tolower(*line) == letters[i].letter)
            return letters[i].answer;
    return careful || *line != '\n' ? ANSWER_NO : ANSWER_YES;
}

/* ---- running ---- */

struct child {
    int status;
    gboolean ended;
};

static void child_ended(GPid pid, int status, gpointer data) {
    struct child *child = data;
    child->status = status;
    child->ended = TRUE;
    g_spawn_close_pid(pid);
}

/* Standard output is for results. */
static void to_stderr(gpointer data) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
}

/* Its exit status; -1 and an error where it could not be started. It has the terminal, for sudo(8) may ask
 * for a password and a package manager may ask anything; Ctrl-C is for it, and ends the walk after it. */
static int carry_out(char **arguments, char **environment, gboolean pager, GError **error) {
    struct child child = {0};
    GPid pid = 0;
    if (!g_spawn_async(NULL, arguments, environment,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN,
                       pager ? NULL : to_stderr, NULL, &pid, error))
        return -1;
    g_child_watch_add(pid, child_ended, &child);
    while (!child.ended)
        g_main_context_iteration(NULL, TRUE);
    return WIFEXITED(child.status) ? WEXITSTATUS(child.status) : 128 + WTERMSIG(child.status);
}

static void show_manual(const struct check *check) {
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) environment = NULL;
    g_auto(GStrv) arguments = manual_command(check->kind->see, &environment);
    if (carry_out(arguments, environment, TRUE, &error) < 0)
        fprintf(stderr, "innkeep: %s\n", error->message);
}

/* All its commands, as long as they go well. */
static void mend(struct walk *walk, const struct check *check) {
    int status = 0;
    for (guint i = 0; i < check->commands->len && status == 0 && !cli_interrupted(); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) arguments = mend_arguments(check, i);
        struct run *run = g_new0(struct run, 1);
        run->id = check->kind->id;
        run->command = typed(arguments);
        fflush(stdout);
        status = carry_out(arguments, NULL, FALSE, &error);
        run->status = status < 0 ? 127 : status;
        g_ptr_array_add(walk->ran, run);
        if (status < 0)
            say(walk->cli, 2, "%s", error->message);
        else if (status != 0)
            say(walk->cli, 2, "%s: exit status %d", run->command, status);
    }
}

/* FALSE: the person leaves, or was interrupted. */
static gboolean offer(struct walk *walk, const struct check *check) {
    const char *id = check->kind->id;
    enum answer answer = ANSWER_YES;
    g_hash_table_add(walk->offered, (gpointer)id);
    show(walk, check);
    while (!walk->cli->yes && (answer = ask(check->careful)) == ANSWER_MANUAL)
        show_manual(check);
    if (answer == ANSWER_LEAVE) {
        walk->left = TRUE;
        return FALSE;
    }
    if (answer == ANSWER_NO)
        return TRUE;
    mend(walk, check);
    if (cli_interrupted() || !look(walk))
        return FALSE;
    const struct check *now = find(walk, id);
    if (now != NULL && is_wrong(now))
        say(walk->cli, 2, "still: %s", now->detail);
    else
        say(walk->cli, 2, "done%s%s", now == NULL ? "" : ": ", now == NULL ? "" : now->detail);
    return TRUE;
}

/* ---- beginning and end ---- */

static void tell_begin(const struct walk *walk) {
    guint wrong = 0;
    for (guint i = 0; i < walk->checks->len; i++) {
        const struct check *check = g_ptr_array_index(walk->checks, i);
        wrong += is_wrong(check) && is_meant(walk, check);
    }
    if (wrong > 0 && !walk->cli->yes)
        say(walk->cli, 0,
            "Of %u checks of this host, %u found something. Nothing runs before you agree to it.",
            walk->checks->len, wrong);
}

/* Of single steps nothing is said of the whole host. */
static void tell_end(const struct walk *walk) {
    gboolean whole = walk->cli->operands[0] == NULL;
    if (walk->ran->len == 0)
        say(walk->cli, 0, whole ? "Nothing to do: this host is ready." : "Nothing to do.");
    else if (whole)
        say(walk->cli, 0, "This host is ready.");
}

/* What a program cannot mend, or what nobody agreed to. */
static guint tell_rest(const struct walk *walk) {
    guint failures = 0, rest = 0;
    for (guint i = 0; i < walk->checks->len; i++) {
        const struct check *check = g_ptr_array_index(walk->checks, i);
        if (!is_wrong(check) || !is_meant(walk, check))
            continue;
        failures += check->status == CHECK_FAILURE;
        if (rest++ == 0) {
            say(walk->cli, 0, "%s", "");
            say(walk->cli, 0, "Left for you:");
        }
        say(walk->cli, 2, "%s: %s", check->kind->title, check->detail);
        if (check->fix != NULL)
            say(walk->cli, 4, "%s", check->fix);
        say(walk->cli, 4, "see %s", check->kind->see);
    }
    if (rest == 0)
        tell_end(walk);
    return failures;
}

static void tell_json(const struct walk *walk) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "ran");
    json_builder_begin_array(builder);
    for (guint i = 0; i < walk->ran->len; i++) {
        const struct run *run = g_ptr_array_index(walk->ran, i);
        json_builder_begin_object(builder);
        member_string(builder, "id", run->id);
        member_string(builder, "command", run->command);
        member_count(builder, "exit", run->status);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_checks(builder, walk->checks);
    json_builder_end_object(builder);
    output_builder(builder, FALSE);
}

/* What would be offered now; what comes to light after it cannot be told. */
static int plan(const struct walk *walk) {
    g_autoptr(outcome_t) outcome = outcome_new();
    for (guint i = 0; i < walk->checks->len; i++) {
        const struct check *check = g_ptr_array_index(walk->checks, i);
        g_autofree char *line =
            is_wrong(check) && is_meant(walk, check) && mend_possible(check) ? check_commands(check) : NULL;
        if (line != NULL)
            g_ptr_array_add(outcome->plan, step_new(check->kind->id, check->detail, line, UNKNOWN_SIZE));
    }
    output_plan(walk->cli, outcome);
    return 0;
}

static int take_walk(struct walk *walk) {
    const struct check *check = NULL;
    if (!look(walk))
        return INNKEEP_ERROR_INTERRUPTED;
    if (walk->cli->dry_run)
        return plan(walk);
    tell_begin(walk);
    while ((check = next(walk)) != NULL)
        if (!offer(walk, check))
            break;
    if (cli_interrupted())
        return INNKEEP_ERROR_INTERRUPTED;
    guint failures = tell_rest(walk);
    if (walk->cli->json)
        tell_json(walk);
    return failures > 0 ? INNKEEP_ERROR_WRONG : 0;
}

static gboolean names_are_known(const struct cli *cli, GError **error) {
    g_autofree const char **ids = g_new0(const char *, check_kind_count + 1);
    for (guint i = 0; i < check_kind_count; i++)
        ids[i] = check_kinds[i].id;
    for (char **name = cli->operands; *name != NULL; name++) {
        if (g_strv_contains(ids, *name))
            continue;
        const char *near = suggest_nearest(*name, ids);
        g_autofree char *hint = near != NULL ? g_strdup_printf("did you mean '%s'?", near)
                                             : g_strdup("innkeep doctor lists them");
        error_set(error, INNKEEP_ERROR_USAGE, hint, "setup: no check '%s'", *name);
        return FALSE;
    }
    return TRUE;
}

int command_setup(struct cli *cli) {
    GError *error = NULL;
    if (!names_are_known(cli, &error))
        return output_fail(cli, error);
    if (cli->read_only || cli->settings->host_read_only)
        error_set(&error, INNKEEP_ERROR_REFUSED, "innkeep doctor only looks",
                  "setup is refused: the connection is read-only");
    else if (!cli->dry_run && !cli->yes && (cli->json || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
        error_set(&error, INNKEEP_ERROR_REFUSED, "--yes runs all that it offers, --dry-run only prints it",
                  "setup asks at each step, and here nobody can answer");
    else if (cli->demo && !cli->dry_run)
        error_set(
            &error, INNKEEP_ERROR_REFUSED, "--dry-run prints what it would run",
            "setup is refused: the demo's host is in this process alone, other programs cannot mend it");
    if (error != NULL)
        return output_fail(cli, error);
    cli_engine(cli);
    struct walk walk = {.cli = cli,
                        .offered = g_hash_table_new(g_str_hash, g_str_equal),
                        .ran = g_ptr_array_new_with_free_func(run_free)};
    int status = take_walk(&walk);
    g_hash_table_unref(walk.offered);
    g_ptr_array_unref(walk.ran);
    g_clear_pointer(&walk.checks, g_ptr_array_unref);
    return status;
}
