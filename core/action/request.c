/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/action/request.h"

#include "core/action/operation.h"
#include "core/guest/lifecycle.h"
#include "core/guest/set.h"
#include "core/guest/wait.h"
#include "core/host/connection.h"
#include "core/host/host-private.h"
#include "core/journal/event_log.h"
#include "core/longjob/proxy.h"
#include "core/provision/clone.h"
#include "core/provision/create.h"
#include "core/provision/delete.h"
#include "core/provision/external.h"
#include "core/provision/name.h"
#include "core/provision/stillness.h"
#include "core/seed/eject.h"
#include "core/template/build.h"
#include "core/template/delete.h"
#include "core/template/fetch.h"
#include "core/template/import.h"
#include "core/template/publish.h"
#include "core/template/verify.h"

/* Who carries out what. Actions that are not here belong to a front end. */
static const operation_run runs[ACTION_COUNT] = {
    [ACTION_start] = lifecycle_change,
    [ACTION_shutdown] = lifecycle_shutdown,
    [ACTION_reboot] = lifecycle_change,
    [ACTION_reset] = lifecycle_change,
    [ACTION_poweroff] = lifecycle_poweroff,
    [ACTION_pause] = lifecycle_change,
    [ACTION_resume] = lifecycle_change,
    [ACTION_save] = lifecycle_change,
    [ACTION_freeze] = stillness_freeze,
    [ACTION_thaw] = stillness_thaw,
    [ACTION_set] = set_change,
    [ACTION_wait] = seed_eject_after_wait,
    [ACTION_snapshot_create] = external_create,
    [ACTION_snapshot_revert] = external_revert,
    [ACTION_snapshot_delete] = external_delete,
    [ACTION_create] = provision_create,
    [ACTION_create_now] = provision_create,
    [ACTION_clone] = provision_clone,
    [ACTION_clone_now] = provision_clone,
    [ACTION_delete] = provision_delete,
    [ACTION_template_build] = provision_template_build,
    [ACTION_template_fetch] = provision_template_fetch,
    [ACTION_template_import] = provision_template_import,
    [ACTION_template_publish] = provision_template_publish,
    [ACTION_template_verify] = provision_template_verify,
    [ACTION_template_delete] = provision_template_delete,
};

/* A request under way: shared by the worker and the main thread. */
struct ticket {
    struct engine *engine;
    struct request *request;
    struct outcome *outcome; /* the worker's until it has ended */
    request_done done;
    gpointer data;
};

gboolean operation_go_on(struct operation *operation, GError **error) {
    if (!g_cancellable_is_cancelled(job_cancellable(operation->job)))
        return TRUE;
    error_set(error, INNKEEP_ERROR_INTERRUPTED, NULL, "%s: interrupted", job_title(operation->job));
    return FALSE;
}

virDomainPtr operation_domain(struct operation *operation, const struct request *request, GError **error) {
    virDomainPtr domain = virDomainLookupByUUIDString(operation->connection, request->uuid);
    if (domain == NULL)
        libvirt_error_set(error, "no such guest '%s'", request->name);
    return domain;
}

gboolean request_is_long(const struct request *request, struct host *host) {
    g_autofree char *scheme = g_uri_parse_scheme(host_uri(host));
    /* libvirt's test driver lives in the process that opened it. */
    if ((actions[request->action].flags & ACTION_LONG) == 0 || request->dry_run ||
        g_strcmp0(scheme, "test") == 0)
        return FALSE;
    if (actions[request->action].scope == SCOPE_TEMPLATE)
        return TRUE;
    /* Guests: an overlay is made in a moment, a copy is not. */
    return request->linked == 0 || (request->uuid != NULL && request->linked != 1);
}

static gboolean stays(const struct ticket *ticket) {
    return !ticket->engine->here && request_is_long(ticket->request, ticket->engine->host);
}

/* In this process. */
static gboolean carry_out(struct job *job, struct ticket *ticket, GError **error) {
    g_autoptr(snapshot_t) snapshot = host_snapshot(ticket->engine->host);
    struct operation operation = {
        .host = ticket->engine->host, .job = job, .settings = ticket->engine->settings, .snapshot = snapshot};
    operation.connection = host_take_connection(operation.host, error);
    if (operation.connection == NULL)
        return FALSE;
    gboolean done = runs[ticket->request->action](&operation, ticket->request, ticket->outcome, error);
    host_return_connection(operation.host, operation.connection);
    return done;
}

static gboolean work(struct job *job, gpointer data, GError **error) {
    struct ticket *ticket = data;
    const struct action *action = &actions[ticket->request->action];
    gboolean changes = (action->flags & ACTION_CHANGES) != 0 && !ticket->request->dry_run;
    if (changes && host_read_only(ticket->engine->host)) {
        error_set(error, INNKEEP_ERROR_REFUSED, NULL, "%s is refused: the connection is read-only",
                  action->name);
        return FALSE;
    }
    gboolean done = stays(ticket) ? proxy_start(job, ticket->engine, ticket->request, ticket->outcome, error)
                                  : carry_out(job, ticket, error);
    if (changes && ticket->request->uuid != NULL)
        host_touch(ticket->engine->host, ticket->request->uuid);
    return done;
}

/* What a process of its own carries out, that one keeps: this one may have ended by then. */
static void keep(struct job *job, const struct ticket *ticket, const GError *error) {
    const struct request *request = ticket->request;
    const struct action *action = &actions[request->action];
    if (ticket->engine->events == NULL || (action->flags & ACTION_CHANGES) == 0 || request->dry_run ||
        stays(ticket))
        return;
    gboolean of_guest = action->scope != SCOPE_TEMPLATE;
    enum job_state state = job_state(job);
    event_log_action(ticket->engine->events, action->name,
                     !of_guest               ? NULL
                     : request->name != NULL ? request->name
                                             : request->new_name,
                     request->uuid,
                     error == NULL            ? "done"
                     : state == JOB_CANCELLED ? "cancelled"
                                              : "failed",
                     error != NULL ? error->message
                     : of_guest    ? NULL
                                   : request->template_name);
}

/* After a deadline the worker may still write to the outcome: an empty one is told. */
static void tell(struct job *job, const GError *error, gpointer data) {
    struct ticket *ticket = data;
    g_autoptr(outcome_t) empty = outcome_new();
    gboolean ended = job_state(job) != JOB_RUNNING && job_state(job) != JOB_WAITING;
    keep(job, ticket, error);
    if (ended && error == NULL)
        job_set_result(job, ticket->outcome->message);
    if (ticket->done != NULL)
        ticket->done(ticket->request, ended ? ticket->outcome : empty, error, ticket->data);
}

static void ticket_free(gpointer data) {
    struct ticket *ticket = data;
    request_free(ticket->request);
    outcome_free(ticket->outcome);
    g_free(ticket);
}

/* Seconds after which a job is given up. Copies take as long as they take. */
static guint deadline(const struct request *request) {
    switch (request->action) {
    case ACTION_create:
    case ACTION_clone:
    case ACTION_delete:
    case ACTION_template_build:
    case ACTION_template_fetch:
    case ACTION_template_import:
    case ACTION_template_publish:
    case ACTION_template_verify:
    case ACTION_template_delete:
    case ACTION_save:
    case ACTION_snapshot_create:
    case ACTION_snapshot_revert:
    case ACTION_snapshot_delete:
        return 0;
    case ACTION_wait:
        return wait_timeout(request) + 60;
    case ACTION_freeze: /* its limits, and those of the thaw that follows */
        return request->timeout_s + 60;
    case ACTION_shutdown:
        return MAX(request->timeout_s, 60) + 60;
    default:
        return 60;
    }
}

struct job *request_submit(struct engine *engine, struct request *request, request_done done, gpointer data) {
    struct ticket *ticket = g_new0(struct ticket, 1);
    g_autofree char *title = request_title(request);
    g_auto(GStrv) asked = request_asked(request);
    g_return_val_if_fail(runs[request->action] != NULL, NULL);
    ticket->engine = engine;
    ticket->request = request;
    ticket->outcome = outcome_new();
    ticket->done = done;
    ticket->data = data;
    struct job_spec spec = {.title = title,
                            .uuid = request->uuid,
                            .lane = request->action == ACTION_poweroff ? LANE_POWER
                                    : request->dry_run                 ? LANE_QUIET
                                                                       : LANE_NORMAL,
                            .deadline_s = deadline(request),
                            .asked = asked,
                            .stays = stays(ticket),
                            .work = work,
                            .done = tell,
                            .data = ticket,
                            .free_data = ticket_free};
    return jobs_submit(engine->jobs, &spec);
}

static gboolean taken(const struct snapshot *snapshot, const char *name) {
    for (guint i = 0; i < snapshot->guests->len; i++)
        if (g_strcmp0(((struct guest *)g_ptr_array_index(snapshot->guests, i))->name, name) == 0)
            return TRUE;
    return FALSE;
}

char *request_propose_name(const struct snapshot *snapshot, const char *base, gboolean of_template) {
    g_autofree char *stem = of_template ? g_strdup(base) : name_stem(base);
    for (guint i = of_template ? NAME_FIRST_MADE : NAME_FIRST_COPY;; i++) {
        g_autofree char *name = g_strdup_printf("%s-%u", stem, i);
        if (!taken(snapshot, name))
            return g_steal_pointer(&name);
    }
}

char *request_title(const struct request *request) {
    const char *verb = actions[request->action].name;
    const char *source =
        request->action == ACTION_create || request->name == NULL ? request->template_name : request->name;
    if (request->new_name != NULL)
        return source == NULL ? g_strdup_printf("%s %s", verb, request->new_name)
                              : g_strdup_printf("%s %s -> %s", verb, source, request->new_name);
    return source == NULL ? g_strdup(verb) : g_strdup_printf("%s %s", verb, source);
}
