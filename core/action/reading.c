/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/action/reading.h"

#include "core/action/operation.h"
#include "core/host/connection.h"

struct ticket {
    struct engine *engine;
    struct reading reading;
    gpointer result; /* the worker's until it has ended */
};

static gboolean work(struct job *job, gpointer data, GError **error) {
    struct ticket *ticket = data;
    struct operation operation = {
        .host = ticket->engine->host, .job = job, .settings = ticket->engine->settings};
    operation.connection = host_take_connection(operation.host, error);
    if (operation.connection == NULL)
        return FALSE;
    ticket->result = ticket->reading.read(&operation, ticket->reading.about, error);
    host_return_connection(operation.host, operation.connection);
    return ticket->result != NULL;
}

static void tell(struct job *job, const GError *error, gpointer data) {
    struct ticket *ticket = data;
    ticket->reading.told(error == NULL ? ticket->result : NULL, error, ticket->reading.about);
}

static void ticket_free(gpointer data) {
    struct ticket *ticket = data;
    const struct reading *reading = &ticket->reading;
    g_clear_pointer(&ticket->result, reading->free_result);
    (reading->free_about == NULL ? g_free : reading->free_about)(reading->about);
    g_free(ticket);
}

struct job *reading_request(struct engine *engine, const struct reading *reading) {
    struct ticket *ticket = g_new0(struct ticket, 1);
    *ticket = (struct ticket){.engine = engine, .reading = *reading};
    struct job_spec spec = {.title = reading->title,
                            .uuid = reading->uuid,
                            .lane = LANE_QUIET,
                            .deadline_s = reading->deadline_s,
                            .work = work,
                            .done = tell,
                            .data = ticket,
                            .free_data = ticket_free};
    return jobs_submit(engine->jobs, &spec);
}
