/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.h"
#include "config/error.h"
#include "config/paths.h"
#include "config/settings.h"
#include "core/base/text.h"

/* A person edits a copy beside the file; only what is right takes the file's place. */
struct editing {
    char *path, *copy; /* the copy is gone, or kept and told of, when all is done */
    char *before;      /* what the file held; what a new one begins with */
    mode_t mode;
};

static gboolean failed(const char *what, const char *path, int why, GError **error) {
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot %s %s: %s", what, path, g_strerror(why));
    return FALSE;
}

/* The person's own where it is there, else the system's where this user may write it, else the person's own,
 * which is new; never what is shipped. The caller's. */
static char *file_to_edit(const struct cli *cli) {
    g_auto(GStrv) places = paths_directories("", TRUE);
    g_autofree char *own = g_build_filename(places[0], "innkeep.ini", NULL);
    g_autofree char *systems = g_build_filename(places[1], "innkeep.ini", NULL);
    gboolean of_system = !g_file_test(own, G_FILE_TEST_EXISTS) && g_access(systems, W_OK) == 0;
    const char *found = cli->config != NULL ? cli->config : of_system ? systems : own;
    /* A link stays one: what it leads to is replaced. */
    g_autofree char *real = realpath(found, NULL);
    return g_strdup(real == NULL ? found : real);
}

static gboolean make_copy(struct editing *editing, GError **error) {
    g_autofree char *directory = g_path_get_dirname(editing->path);
    struct stat found;
    editing->mode = 0644;
    if (stat(editing->path, &found) == 0)
        editing->mode = found.st_mode & 0777;
    /* A new file stands in for the one that was read until now. */
    g_autofree char *read = paths_find("innkeep.ini", TRUE);
    if (!g_file_get_contents(editing->path, &editing->before, NULL, NULL) &&
        (read == NULL || !g_file_get_contents(read, &editing->before, NULL, NULL)))
        editing->before = settings_annotated();
    if (g_mkdir_with_parents(directory, 0700) != 0)
        return failed("make", directory, errno, error);
    editing->copy = g_strdup_printf("%s.XXXXXX.ini", editing->path);
    int file = g_mkstemp_full(editing->copy, O_RDWR | O_CLOEXEC, 0600);
    if (file < 0)
        return failed("write beside", editing->path, errno, error);
    close(file);
    if (g_file_set_contents(editing->copy, editing->before, -1, error))
        return TRUE;
    g_unlink(editing->copy);
    return FALSE;
}

static void hear_keys(gpointer data) {
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
}

/* $VISUAL, $EDITOR, vi: split into words as a shell would, but run by none. */
static gboolean run_editor(const char *copy, GError **error) {
    const char *wanted = g_getenv("VISUAL");
    if (wanted == NULL || *wanted == '\0')
        wanted = g_getenv("EDITOR");
    if (wanted == NULL || *wanted == '\0')
        wanted = "vi";
    g_auto(GStrv) words = NULL;
    g_autoptr(GError) cause = NULL;
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();
    int status = 0;
    if (g_shell_parse_argv(wanted, NULL, &words, &cause)) {
        for (char **word = words; *word != NULL; word++)
            g_ptr_array_add(arguments, *word);
        g_ptr_array_add(arguments, (gpointer)copy);
        g_ptr_array_add(arguments, NULL);
        /* Ctrl-C in the editor is the editor's. */
        void (*interrupt)(int) = signal(SIGINT, SIG_IGN), (*quit)(int) = signal(SIGQUIT, SIG_IGN);
        gboolean ran = g_spawn_sync(NULL, (char **)arguments->pdata, NULL,
                                    G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, hear_keys, NULL, NULL,
                                    NULL, &status, &cause);
        signal(SIGINT, interrupt);
        signal(SIGQUIT, quit);
        if (ran && g_spawn_check_wait_status(status, &cause))
            return TRUE;
    }
    error_set(error, INNKEEP_ERROR_FAILED, "VISUAL or EDITOR names the editor", "the editor '%s' failed: %s",
              wanted, cause->message);
    return FALSE;
}

/* What is wrong with the copy, told of the file that it shall be; NULL: nothing. */
static GError *fault_of(const struct editing *editing) {
    GError *fault = config_fault(editing->copy), *named = NULL;
    if (fault == NULL || !g_str_has_prefix(fault->message, editing->copy))
        return fault;
    error_set(&named, error_exit_status(fault), error_hint(fault), "%s%s", editing->path,
              fault->message + strlen(editing->copy));
    g_error_free(fault);
    return named;
}

/* TRUE: it is to be edited once more. */
static gboolean again(struct cli *cli, const GError *fault) {
    g_autoptr(GError) no = NULL;
    if (cli->yes || cli->json || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return FALSE;
    output_error(cli, fault);
    return cli_confirm(cli, "edit it again?", &no);
}

static gboolean unchanged(const struct editing *editing) {
    g_autofree char *now = NULL;
    return g_file_get_contents(editing->copy, &now, NULL, NULL) && strcmp(now, editing->before) == 0;
}

static gboolean put_in_place(const struct editing *editing, GError **error) {
    if (g_chmod(editing->copy, editing->mode) != 0)
        return failed("change the mode of", editing->copy, errno, error);
    return g_rename(editing->copy, editing->path) == 0 || failed("replace", editing->path, errno, error);
}

/* FALSE and an error; where the copy holds work that is worth something it stays and the hint names it. */
static gboolean edit(struct cli *cli, const struct editing *editing, const char **said, GError **error) {
    GError *fault = NULL;
    do {
        g_clear_error(&fault);
        if (!run_editor(editing->copy, error)) {
            g_unlink(editing->copy);
            return FALSE;
        }
        if (unchanged(editing)) {
            *said = "not changed";
            g_unlink(editing->copy);
            return TRUE;
        }
        fault = fault_of(editing);
    } while (fault != NULL && again(cli, fault));
    *said = "changed";
    if (fault == NULL)
        return put_in_place(editing, error);
    const char *meant = error_hint(fault);
    g_autofree char *hint =
        g_strdup_printf("%s%sthe file stays as it was, what was written is kept in %s",
                        meant == NULL ? "" : meant, meant == NULL ? "" : " ", editing->copy);
    error_set(error, INNKEEP_ERROR_WRONG, hint, "%s", fault->message);
    g_error_free(fault);
    return FALSE;
}

int command_config_edit(struct cli *cli) {
    GError *error = NULL;
    const char *said = NULL;
    struct editing editing = {.path = file_to_edit(cli)};
    int status = 0;
    if (cli->dry_run) {
        g_autoptr(outcome_t) outcome = outcome_new();
        g_ptr_array_add(outcome->plan, step_new("settings", editing.path, "edit", UNKNOWN_SIZE));
        output_plan(cli, outcome);
    } else if (!make_copy(&editing, &error) || !edit(cli, &editing, &said, &error)) {
        status = output_fail(cli, error);
    } else if (!cli->quiet && !cli->json) {
        g_autofree char *safe = text_safe(editing.path, 1000, FALSE);
        printf("%s: %s\n", safe, said);
    }
    g_free(editing.path);
    g_free(editing.copy);
    g_free(editing.before);
    return status;
}
