/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/command.h"

#include "config/error.h"

char *command_find(const char *name) {
    static const char *const extra[] = {"/usr/sbin", "/sbin"};
    char *path = g_find_program_in_path(name);
    for (gsize i = 0; path == NULL && i < G_N_ELEMENTS(extra); i++) {
        g_autofree char *candidate = g_build_filename(extra[i], name, NULL);
        if (g_file_test(candidate, G_FILE_TEST_IS_EXECUTABLE))
            path = g_steal_pointer(&candidate);
    }
    return path;
}

/* The last line that says something, without its newline; the caller's. */
static char *last_line(const char *text) {
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    const char *last = "no message";
    for (char **line = lines; *line != NULL; line++)
        if (*g_strstrip(*line) != '\0')
            last = *line;
    return g_strdup(last);
}

gboolean command_run(const char *const *argv, const char *directory, char **output, GCancellable *cancellable,
                     GError **error) {
    g_autofree char *program = command_find(argv[0]);
    if (program == NULL) {
        error_set(error, INNKEEP_ERROR_NOT_FOUND, NULL, "the program %s is not installed", argv[0]);
        return FALSE;
    }
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_subprocess_launcher_set_cwd(launcher, directory);
    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
    g_autofree const char **vector =
        (const char **)g_memdup2(argv, (g_strv_length((char **)argv) + 1) * sizeof *argv);
    vector[0] = program;
    g_autoptr(GSubprocess) process = g_subprocess_launcher_spawnv(launcher, vector, error);
    g_autofree char *written = NULL, *messages = NULL;
    if (process == NULL)
        return FALSE;
    if (!g_subprocess_communicate_utf8(process, NULL, cancellable, &written, &messages, error)) {
        g_subprocess_force_exit(process);
        return FALSE;
    }
    if (!g_subprocess_get_successful(process)) {
        g_autofree char *last = last_line(messages);
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "%s failed: %s", argv[0], last);
        return FALSE;
    }
    if (output != NULL)
        *output = g_steal_pointer(&written);
    return TRUE;
}

struct limit {
    GMutex lock;
    GCond ended;
    gboolean over;
    gint64 until;
    GCancellable *cancellable;
};

static gpointer limit_thread(gpointer data) {
    struct limit *limit = data;
    g_mutex_lock(&limit->lock);
    while (!limit->over && g_cond_wait_until(&limit->ended, &limit->lock, limit->until))
        continue;
    if (!limit->over)
        g_cancellable_cancel(limit->cancellable);
    g_mutex_unlock(&limit->lock);
    return NULL;
}

gboolean command_run_limited(const char *const *argv, guint seconds, char **output, GError **error) {
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    struct limit limit = {.until = g_get_monotonic_time() + seconds * G_TIME_SPAN_SECOND,
                          .cancellable = cancellable};
    g_autoptr(GError) cause = NULL;
    g_mutex_init(&limit.lock);
    g_cond_init(&limit.ended);
    GThread *thread = g_thread_new("limit", limit_thread, &limit);
    gboolean ran = command_run(argv, "/", output, cancellable, &cause);
    g_mutex_lock(&limit.lock);
    limit.over = TRUE;
    g_cond_signal(&limit.ended);
    g_mutex_unlock(&limit.lock);
    g_thread_join(thread);
    g_mutex_clear(&limit.lock);
    g_cond_clear(&limit.ended);
    if (!ran && g_cancellable_is_cancelled(cancellable))
        error_set(error, INNKEEP_ERROR_TIMEOUT, NULL, "%s does not end within %u s", argv[0], seconds);
    else if (!ran)
        g_propagate_error(error, g_steal_pointer(&cause));
    return ran;
}

char *command_word(const char *word) {
    return g_regex_match_simple("^[A-Za-z0-9_@%+=:,./-]+$", word, G_REGEX_DOLLAR_ENDONLY, 0)
               ? g_strdup(word)
               : g_shell_quote(word);
}

char *command_text(char *const *argv) {
    GString *text = g_string_new(NULL);
    for (char *const *each = argv; *each != NULL; each++) {
        g_autofree char *word = command_word(*each);
        g_string_append_printf(text, "%s%s", each == argv ? "" : " ", word);
    }
    return g_string_free(text, FALSE);
}
