/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/longjob/proxy.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config/error.h"
#include "core/host/connection.h"
#include "core/provision/journal.h"

/* A process that fails to start ends; one that hangs before it says a word has begun nothing. */
#define HELLO_MS 60000

/* After its end was heard, until what it held is free. */
#define GONE_MS 10000

struct proxy {
    struct job *job;
    const struct engine *engine;
    struct job_client *client;
    struct outcome *outcome;
    int process; /* its pidfd, or -1 */
    gboolean asked_to_cancel;
};

/* ---- starting it ---- */

/* Between fork and exec. A session of its own: the hang-up of this terminal is none of its business. */
static void detach(gpointer data) {
    setsid();
}

static struct job_client *start_process(GError **error) {
    const char *const arguments[] = {"/proc/self/exe", "innkeep", JOB_ROLE, NULL};
    g_autoptr(GError) cause = NULL;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot make a socket: %s", g_strerror(errno));
        return NULL;
    }
    GSpawnFlags flags = G_SPAWN_FILE_AND_ARGV_ZERO | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL;
    gboolean started =
        g_spawn_async_with_pipes_and_fds(NULL, arguments, NULL, flags, detach, NULL, ends[1], -1, -1, NULL,
                                         NULL, 0, NULL, NULL, NULL, NULL, &cause);
    close(ends[1]);
    if (started)
        return job_client_new(ends[0]);
    close(ends[0]);
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot start a process for it: %s", cause->message);
    return NULL;
}

static struct job_line *start_line(const char *id, const struct engine *engine,
                                   const struct request *request) {
    struct job_line *line = job_line_new(JOB_LINE_START);
    line->id = g_strdup(id);
    line->uri = g_strdup(host_uri(engine->host));
    line->read_only = host_read_only(engine->host);
    line->config = g_strdup(engine->settings->path);
    line->request = request_copy(request);
    return line;
}

/* ---- staying with it ---- */

static void note_process(struct proxy *proxy, gint64 pid) {
#ifdef SYS_pidfd_open
    if (proxy->process < 0 && pid > 0 && pid <= G_MAXINT)
        proxy->process = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
#endif
}

void proxy_take(struct job *job, const struct job_line *line) {
    if (line->kind == JOB_LINE_HELLO)
        job_set_began(job, line->began);
    else if (line->kind == JOB_LINE_STEP && line->text != NULL)
        job_step_since(job, line->text, line->at);
    else if (line->kind == JOB_LINE_PROGRESS)
        job_progress(job, (guint64)line->done, (guint64)line->total);
}

/* A process closes its socket a moment before its journal is unlocked. */
static void wait_gone(struct proxy *proxy) {
    struct pollfd file = {.fd = proxy->process, .events = POLLIN};
    while (proxy->process >= 0 && poll(&file, 1, GONE_MS) < 0 && errno == EINTR)
        continue;
}

static gboolean recover(struct proxy *proxy, GError **error) {
    virConnectPtr connection = host_take_connection(proxy->engine->host, error);
    if (connection == NULL)
        return FALSE;
    gboolean recovered = journal_recover_all(connection, NULL, error);
    host_return_connection(proxy->engine->host, connection);
    return recovered;
}

static gboolean died(struct proxy *proxy, GError **error) {
    g_autoptr(GError) cause = NULL;
    wait_gone(proxy);
    if (job_client_user(proxy->client) != geteuid())
        error_set(error, INNKEEP_ERROR_FAILED,
                  "the next start of innkeep by its user takes back what it had begun",
                  "%s: its process ended unexpectedly", job_title(proxy->job));
    else if (host_read_only(proxy->engine->host))
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "%s: its process ended unexpectedly",
                  job_title(proxy->job));
    else if (recover(proxy, &cause))
        error_set(error, INNKEEP_ERROR_FAILED, NULL,
                  "%s: its process ended unexpectedly; nothing is left half done", job_title(proxy->job));
    else
        error_set(error, INNKEEP_ERROR_FAILED, NULL,
                  "%s: its process ended unexpectedly; taking back what it had begun failed (%s), the next "
                  "start tries again",
                  job_title(proxy->job), cause->message);
    return FALSE;
}

static void ask_to_cancel(struct proxy *proxy) {
    g_autoptr(job_line_t) line = job_line_new(JOB_LINE_CANCEL);
    if (!job_client_say(proxy->client, line))
        g_debug("%s: nobody hears the cancel", job_title(proxy->job));
    proxy->asked_to_cancel = TRUE;
}

static gboolean ended(struct proxy *proxy, struct job_line *line, GError **error) {
    if (line->outcome != NULL)
        outcome_take(proxy->outcome, g_steal_pointer(&line->outcome));
    if (line->error == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&line->error));
    return FALSE;
}

static gboolean left(struct proxy *proxy, GError **error) {
    error_set(error, INNKEEP_ERROR_INTERRUPTED, NULL, "%s goes on in a process of its own",
              job_title(proxy->job));
    return FALSE;
}

/* Up to its end, or ours. */
static gboolean stay(struct proxy *proxy, GError **error) {
    for (;;) {
        g_autoptr(job_line_t) line = NULL;
        GCancellable *const wakers[2] = {proxy->asked_to_cancel ? NULL : job_cancellable(proxy->job),
                                         job_leaving(proxy->job)};
        enum job_heard heard = job_client_next(proxy->client, wakers, -1, &line);
        if (heard == JOB_HEARD_END)
            return died(proxy, error);
        if (heard == JOB_HEARD_LINE && line->kind == JOB_LINE_END)
            return ended(proxy, line, error);
        if (heard == JOB_HEARD_LINE) {
            proxy_take(proxy->job, line);
            continue;
        }
        if (!proxy->asked_to_cancel && g_cancellable_is_cancelled(job_cancellable(proxy->job)))
            ask_to_cancel(proxy);
        if (g_cancellable_is_cancelled(job_leaving(proxy->job)))
            return left(proxy, error);
    }
}

/* Until it is there and may be left alone. FALSE: it failed before, or is still silent. */
static gboolean greet(struct proxy *proxy, const struct job_line *start, GError **error) {
    g_autoptr(job_line_t) line = NULL;
    enum job_heard heard = job_client_say(proxy->client, start)
                               ? job_client_next(proxy->client, NULL, HELLO_MS, &line)
                               : JOB_HEARD_END;
    if (heard == JOB_HEARD_LINE && line->kind == JOB_LINE_END)
        ended(proxy, line, error);
    else if (heard == JOB_HEARD_LINE) {
        note_process(proxy, line->pid);
        proxy_take(proxy->job, line);
        return TRUE;
    } else
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "%s: the process for it did not start",
                  job_title(proxy->job));
    return FALSE;
}

/* JSON carries the request to its process. */
static gboolean can_be_told(const struct request *request, GError **error) {
    g_auto(GStrv) asked = request_asked(request);
    for (char **pair = asked; *pair != NULL; pair += 2)
        if (!g_utf8_validate(pair[1], -1, NULL)) {
            g_autofree char *shown = g_utf8_make_valid(pair[1], -1);
            error_set(error, INNKEEP_ERROR_USAGE, NULL, "the %s '%s' is not UTF-8", pair[0], shown);
            return FALSE;
        }
    return TRUE;
}

static void clear(struct proxy *proxy) {
    job_client_free(proxy->client);
    if (proxy->process >= 0)
        close(proxy->process);
}

gboolean proxy_start(struct job *job, const struct engine *engine, const struct request *request,
                     struct outcome *outcome, GError **error) {
    struct proxy proxy = {.job = job, .engine = engine, .outcome = outcome, .process = -1};
    g_autofree char *id = g_uuid_string_random();
    g_autoptr(job_line_t) start = start_line(id, engine, request);
    if (!can_be_told(request, error) || g_cancellable_set_error_if_cancelled(job_cancellable(job), error))
        return FALSE;
    job_client_follow(id);
    proxy.client = start_process(error);
    gboolean well = proxy.client != NULL && greet(&proxy, start, error) && stay(&proxy, error);
    job_client_unfollow(id);
    clear(&proxy);
    return well;
}

gboolean proxy_follow(struct job *job, const struct engine *engine, struct job_client *client, gint64 pid,
                      struct outcome *outcome, GError **error) {
    struct proxy proxy = {.job = job, .engine = engine, .client = client, .outcome = outcome, .process = -1};
    note_process(&proxy, pid);
    gboolean well = stay(&proxy, error);
    clear(&proxy);
    return well;
}
