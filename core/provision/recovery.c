/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/recovery.h"

#include "core/host/connection.h"
#include "core/provision/journal.h"

void recovery_run(virConnectPtr connection) {
    g_autoptr(GError) error = NULL;
    guint ended = 0;
    if (!journal_recover_all(connection, &ended, &error))
        g_debug("recovery: %s", error->message);
    if (ended > 0)
        g_debug("recovery: ended %u transactions", ended);
}

static gboolean work(struct job *job, gpointer data, GError **error) {
    struct engine *engine = data;
    virConnectPtr connection = host_take_connection(engine->host, error);
    if (connection == NULL)
        return FALSE;
    gboolean recovered = journal_recover_all(connection, NULL, error);
    host_return_connection(engine->host, connection);
    return recovered;
}

void recovery_request(struct engine *engine) {
    struct job_spec spec = {
        .title = "take back what was left half done", .lane = LANE_QUIET, .work = work, .data = engine};
    if (!host_read_only(engine->host))
        jobs_submit(engine->jobs, &spec);
}
