/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/recovery.h"

#include "core/action/operation.h"
#include "core/host/connection.h"
#include "core/provision/journal.h"

void recovery_run(struct operation *operation) {
    g_autoptr(GError) error = NULL;
    guint ended = 0;
    if (!journal_recover_all(operation->connection, &ended, &error))
        g_debug("recovery: %s", error->message);
    if (ended > 0)
        g_debug("recovery: ended %u transactions", ended);
}

struct start {
    struct engine *engine;
    job_done done;
    gpointer data;
};

static gboolean work(struct job *job, gpointer data, GError **error) {
    struct start *start = data;
    virConnectPtr connection = host_take_connection(start->engine->host, error);
    if (connection == NULL)
        return FALSE;
    gboolean recovered = journal_recover_all(connection, NULL, error);
    host_return_connection(start->engine->host, connection);
    return recovered;
}

static void tell(struct job *job, const GError *error, gpointer data) {
    struct start *start = data;
    if (error != NULL)
        g_debug("recovery: %s", error->message);
    if (start->done != NULL)
        start->done(job, error, start->data);
}

struct job *recovery_request(struct engine *engine, job_done done, gpointer data) {
    if (host_read_only(engine->host) || !journal_any())
        return NULL;
    struct start *start = g_new0(struct start, 1);
    start->engine = engine;
    start->done = done;
    start->data = data;
    struct job_spec spec = {.title = "take back what was left half done",
                            .lane = LANE_QUIET,
                            .work = work,
                            .done = tell,
                            .data = start,
                            .free_data = g_free};
    return jobs_submit(engine->jobs, &spec);
}
