/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/longjob/runner.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <glib-unix.h>

#include "config/error.h"
#include "core/longjob/audience.h"
#include "core/longjob/client.h"

#define START_MS    30000
#define CONNECT_MS  45000
#define TELL_MS     500
#define FAREWELL_MS 5000 /* for those who are slow to hear of the end */
#define GRACE_MS    3000

/* What it makes is watched by those who look on, and not by this process. */
#define INTERVAL_MS 10000

struct runner {
    struct engine engine;
    struct job_line *start;
    struct audience *audience;
    struct job *job; /* a reference; NULL until it begins */
    char *title, *began_at;
    gint64 began;
    guint told; /* steps */
    guint64 done, total;
    gboolean cancelling, ended, late;
};

/* ---- what is told ---- */

static void say_hello(struct runner *runner, gpointer listener) {
    g_autoptr(job_line_t) line = job_line_new(JOB_LINE_HELLO);
    line->id = g_strdup(runner->start->id);
    line->title = g_strdup(runner->title);
    line->uri = g_strdup(runner->start->uri);
    line->began_at = g_strdup(runner->began_at);
    line->began = runner->began;
    line->pid = getpid();
    line->cancelling = runner->cancelling;
    line->asked = request_asked(runner->start->request);
    audience_say(runner->audience, listener, line);
}

static void say_step(struct runner *runner, gpointer listener, guint index) {
    g_autoptr(job_line_t) line = job_line_new(JOB_LINE_STEP);
    line->text = job_step_at(runner->job, index);
    line->at = job_step_began(runner->job, index);
    audience_say(runner->audience, listener, line);
}

static void say_progress(struct runner *runner, gpointer listener) {
    g_autoptr(job_line_t) line = job_line_new(JOB_LINE_PROGRESS);
    line->done = (gint64)runner->done;
    line->total = (gint64)runner->total;
    audience_say(runner->audience, listener, line);
}

static void say_word(struct runner *runner, gpointer listener, enum job_line_kind kind) {
    g_autoptr(job_line_t) line = job_line_new(kind);
    audience_say(runner->audience, listener, line);
}

static void came(struct audience *audience, gpointer listener, gpointer data) {
    struct runner *runner = data;
    say_hello(runner, listener);
    for (guint i = 0; i < runner->told; i++)
        say_step(runner, listener, i);
    if (runner->total > 0)
        say_progress(runner, listener);
    say_word(runner, listener, JOB_LINE_NOW);
}

/* New steps at once, progress by the clock. */
static void tell_steps(gpointer data) {
    struct runner *runner = data;
    if (runner->job == NULL)
        return;
    for (; job_step_began(runner->job, runner->told) != 0; runner->told++) {
        say_step(runner, NULL, runner->told);
        runner->total = 0;
    }
}

static gboolean tell_progress(gpointer data) {
    struct runner *runner = data;
    guint64 done = 0, total = 0;
    double rate = 0;
    tell_steps(runner);
    if (runner->job == NULL)
        return G_SOURCE_CONTINUE;
    job_get_progress(runner->job, &done, &total, &rate);
    if (total == 0 || (done == runner->done && total == runner->total))
        return G_SOURCE_CONTINUE;
    runner->done = done;
    runner->total = total;
    say_progress(runner, NULL);
    return G_SOURCE_CONTINUE;
}

static void tell_end(struct runner *runner, const struct outcome *outcome, const GError *error) {
    g_autoptr(job_line_t) line = job_line_new(JOB_LINE_END);
    line->outcome = (struct outcome *)outcome;
    line->error = (GError *)error;
    audience_close(runner->audience);
    audience_say(runner->audience, NULL, line);
    line->outcome = NULL;
    line->error = NULL;
    runner->ended = TRUE;
}

/* ---- what is asked ---- */

static void cancel(gpointer data) {
    struct runner *runner = data;
    if (runner->cancelling)
        return;
    runner->cancelling = TRUE;
    say_word(runner, NULL, JOB_LINE_CANCELLING);
    if (runner->job != NULL)
        job_cancel(runner->job);
}

static gboolean on_signal(gpointer data) {
    cancel(data);
    return G_SOURCE_CONTINUE;
}

/* Blocks: there is nothing else to do. Exits where nobody says a thing. */
static struct job_line *hear_start(void) {
    struct job_line *line = NULL;
    struct job_client *client = job_client_new(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    enum job_heard heard = job_client_next(client, NULL, START_MS, &line);
    job_client_free(client);
    if (heard != JOB_HEARD_LINE || line->kind != JOB_LINE_START || line->request == NULL ||
        line->id == NULL || line->uri == NULL)
        exit(INNKEEP_ERROR_USAGE);
    return line;
}

/* A relative path means what it meant to who asked; from there on no folder is held. */
static void go_home(struct runner *runner, struct settings *settings) {
    request_make_absolute(runner->start->request);
    for (char **path = settings->create_ssh_keys; path != NULL && *path != NULL; path++)
        if (!g_path_is_absolute(*path) && !g_str_has_prefix(*path, "~/")) {
            char *absolute = g_canonicalize_filename(*path, NULL);
            g_free(*path);
            *path = absolute;
        }
    if (chdir("/") < 0)
        g_debug("cannot leave the folder");
}

/* ---- the work ---- */

static void done(const struct request *request, const struct outcome *outcome, const GError *error,
                 gpointer data) {
    struct runner *runner = data;
    tell_progress(runner);
    tell_end(runner, outcome, error);
}

static gboolean begin(struct runner *runner, struct settings **settings, GError **error) {
    const struct job_line *start = runner->start;
    if (!audience_open(runner->audience, start->id, start->uri, error))
        return FALSE;
    *settings = start->config == NULL ? settings_new() : settings_load(start->config, NULL, error);
    if (*settings == NULL)
        return FALSE;
    go_home(runner, *settings);
    say_hello(runner, NULL);
    const struct host_options options = {
        .uri = start->uri, .read_only = start->read_only != 0, .interval_ms = INTERVAL_MS};
    runner->engine.here = TRUE;
    engine_open(&runner->engine, &options, *settings);
    jobs_set_listener(runner->engine.jobs, tell_steps, runner);
    if (!host_wait_listed(runner->engine.host, CONNECT_MS, error))
        return FALSE;
    if (runner->cancelling) {
        error_set(error, INNKEEP_ERROR_INTERRUPTED, NULL, "%s: interrupted before it began", runner->title);
        return FALSE;
    }
    runner->job = job_ref(request_submit(&runner->engine, request_copy(start->request), done, runner));
    return TRUE;
}

static gboolean time_is_up(gpointer data) {
    *(gboolean *)data = TRUE;
    return G_SOURCE_REMOVE;
}

static void carry_out(struct runner *runner) {
    static const struct audience_events events = {came, cancel};
    struct settings *settings = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    runner->began = g_get_monotonic_time();
    runner->began_at = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
    runner->title = request_title(runner->start->request);
    runner->audience = audience_new(STDIN_FILENO, &events, runner);
    if (!begin(runner, &settings, &error)) {
        g_autoptr(outcome_t) outcome = outcome_new();
        tell_end(runner, outcome, error);
    }
    g_timeout_add(TELL_MS, tell_progress, runner);
    while (!runner->ended)
        g_main_context_iteration(NULL, TRUE);
    g_timeout_add(FAREWELL_MS, time_is_up, &runner->late);
    while (!audience_heard(runner->audience) && !runner->late)
        g_main_context_iteration(NULL, TRUE);
    g_clear_pointer(&runner->job, job_unref);
    engine_close(&runner->engine, GRACE_MS);
    if (settings != NULL)
        settings_free(settings);
}

void runner_main(void) {
    /* Lists of processes show the name of the file that was executed: /proc/self/exe. */
    if (prctl(PR_SET_NAME, "innkeep") < 0)
        g_debug("prctl: %s", g_strerror(errno));
    struct runner runner = {0};
    signal(SIGHUP, SIG_IGN);
    runner.start = hear_start();
    g_unix_signal_add(SIGTERM, on_signal, &runner);
    g_unix_signal_add(SIGINT, on_signal, &runner);
    carry_out(&runner);
    exit(0);
}
