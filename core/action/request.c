/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/action/request.h"

#include <string.h>

#include "core/action/operation.h"
#include "core/guest/lifecycle.h"
#include "core/guest/wait.h"
#include "core/host/connection.h"
#include "core/host/host-private.h"
#include "core/provision/clone.h"
#include "core/provision/create.h"
#include "core/provision/delete.h"
#include "core/provision/external.h"
#include "core/provision/name.h"
#include "core/provision/seed_eject.h"
#include "core/provision/template_build.h"
#include "core/provision/template_delete.h"
#include "core/provision/template_fetch.h"
#include "core/provision/template_import.h"
#include "core/provision/template_publish.h"
#include "core/provision/template_verify.h"

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

struct request *request_new(enum action_id action, const char *uuid, const char *name) {
    struct request *request = g_new0(struct request, 1);
    request->action = action;
    request->uuid = g_strdup(uuid);
    request->name = g_strdup(name);
    request->start = request->linked = -1;
    return request;
}

struct request *request_copy(const struct request *request) {
    struct request *copy = g_new(struct request, 1);
    *copy = *request;
    char **owned[] = {&copy->uuid,           &copy->name,    &copy->new_name,    &copy->template_name,
                      &copy->network,        &copy->storage, &copy->wait_for,    &copy->user,
                      &copy->kernel_package, &copy->file,    &copy->description, &copy->snapshot,
                      &copy->user_data};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        *owned[i] = g_strdup(*owned[i]);
    copy->tags = g_strdupv(request->tags);
    copy->ssh_keys = g_strdupv(request->ssh_keys);
    return copy;
}

void request_free(struct request *request) {
    if (request == NULL)
        return;
    char *owned[] = {request->uuid,           request->name,    request->new_name,    request->template_name,
                     request->network,        request->storage, request->wait_for,    request->user,
                     request->kernel_package, request->file,    request->description, request->snapshot,
                     request->user_data};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_strfreev(request->tags);
    g_strfreev(request->ssh_keys);
    g_free(request);
}

struct step *step_new(const char *name, const char *object, const char *action, guint64 bytes) {
    struct step *step = g_new0(struct step, 1);
    step->step = g_strdup(name);
    step->object = g_strdup(object);
    step->action = g_strdup(action);
    step->bytes = bytes;
    step->seconds = NAN;
    return step;
}

void step_free(struct step *step) {
    g_free(step->step);
    g_free(step->object);
    g_free(step->action);
    g_free(step);
}

static void made_free(gpointer data) {
    struct made *made = data;
    g_free(made->name);
    g_free(made->uuid);
    g_free(made->user);
    if (made->password != NULL)
        explicit_bzero(made->password, strlen(made->password));
    g_free(made->password);
    g_clear_pointer(&made->steps, g_ptr_array_unref);
    g_free(made);
}

struct outcome *outcome_new(void) {
    struct outcome *outcome = g_new0(struct outcome, 1);
    outcome->made = g_ptr_array_new_with_free_func(made_free);
    outcome->plan = g_ptr_array_new_with_free_func((GDestroyNotify)step_free);
    return outcome;
}

void outcome_free(struct outcome *outcome) {
    if (outcome == NULL)
        return;
    g_free(outcome->message);
    g_free(outcome->object);
    g_free(outcome->note);
    g_ptr_array_unref(outcome->made);
    g_ptr_array_unref(outcome->plan);
    g_free(outcome);
}

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

static gboolean work(struct job *job, gpointer data, GError **error) {
    struct ticket *ticket = data;
    const struct action *action = &actions[ticket->request->action];
    gboolean changes = (action->flags & ACTION_CHANGES) != 0 && !ticket->request->dry_run;
    if (changes && host_read_only(ticket->engine->host)) {
        error_set(error, INNKEEP_ERROR_REFUSED, NULL, "%s is refused: the connection is read-only",
                  action->name);
        return FALSE;
    }
    g_autoptr(snapshot_t) snapshot = host_snapshot(ticket->engine->host);
    struct operation operation = {
        .host = ticket->engine->host, .job = job, .settings = ticket->engine->settings, .snapshot = snapshot};
    operation.connection = host_take_connection(operation.host, error);
    if (operation.connection == NULL)
        return FALSE;
    gboolean done = runs[action->id](&operation, ticket->request, ticket->outcome, error);
    host_return_connection(operation.host, operation.connection);
    if (changes && ticket->request->uuid != NULL)
        host_touch(operation.host, ticket->request->uuid);
    return done;
}

/* After a deadline the worker may still write to the outcome: an empty one is told. */
static void tell(struct job *job, const GError *error, gpointer data) {
    struct ticket *ticket = data;
    g_autoptr(outcome_t) empty = outcome_new();
    gboolean ended = job_state(job) != JOB_RUNNING && job_state(job) != JOB_WAITING;
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
    case ACTION_shutdown:
        return MAX(request->timeout_s, 60) + 60;
    default:
        return 60;
    }
}

struct job *request_submit(struct engine *engine, struct request *request, request_done done, gpointer data) {
    struct ticket *ticket = g_new0(struct ticket, 1);
    g_autofree char *title = request_title(request);
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
        return g_strdup_printf("%s %s -> %s", verb, source == NULL ? "" : source, request->new_name);
    return source == NULL ? g_strdup(verb) : g_strdup_printf("%s %s", verb, source);
}
