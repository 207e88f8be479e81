/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/stillness.h"

#include "core/guest/agent.h"
#include "core/guest/freeze.h"
#include "core/host/host-private.h"
#include "core/provision/journal.h"

#define STATUS_LIMIT_S 5

/* How often it is looked whether somebody else has thawed them: each look asks the agent. */
#define LOOK_EVERY_S 2

/* The domain, and whether its file systems are frozen now. The caller's. NULL and an error. */
static virDomainPtr look(struct operation *operation, const struct request *request, const char *tried,
                         gboolean *frozen, GError **error) {
    g_autoptr(virDomain) domain = operation_domain(operation, request, error);
    int state = 0;
    if (domain == NULL)
        return NULL;
    if (virDomainGetState(domain, &state, NULL, 0) < 0 || state != VIR_DOMAIN_RUNNING) {
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "cannot %s '%s': it does not run", tried,
                  request->name);
        return NULL;
    }
    if (!agent_is_connected(domain)) {
        error_set(error, INNKEEP_ERROR_CONFLICT, "start qemu-guest-agent in the guest",
                  "cannot %s '%s': its guest agent is not connected", tried, request->name);
        return NULL;
    }
    if (!freeze_status(domain, STATUS_LIMIT_S, frozen, error))
        return NULL;
    host_set_frozen(operation->host, request->uuid, *frozen);
    return g_steal_pointer(&domain);
}

static char *counted(guint count) {
    return g_strdup_printf("%u file system%s", count, count == 1 ? "" : "s");
}

static void plan(const struct request *request, struct outcome *outcome) {
    g_ptr_array_add(outcome->plan,
                    step_new("file systems", request->name, actions[request->action].name, UNKNOWN_SIZE));
}

static gboolean thaw(struct operation *operation, const struct request *request, virDomainPtr domain,
                     guint *count, GError **error) {
    job_step(operation->job, "thawing");
    if (!freeze_end(domain, count, error))
        return FALSE;
    host_set_frozen(operation->host, request->uuid, FALSE);
    return TRUE;
}

/* Until the time is up, somebody has thawed them, the guest has ended, or it is cancelled. */
static void stay(struct operation *operation, const struct request *request, virDomainPtr domain) {
    gint64 began = g_get_monotonic_time(), until = began + request->timeout_s * G_TIME_SPAN_SECOND;
    gint64 look_at = began + LOOK_EVERY_S * G_TIME_SPAN_SECOND;
    GPollFD cancelled = {0};
    gboolean can_poll = g_cancellable_make_pollfd(job_cancellable(operation->job), &cancelled);
    gboolean frozen = TRUE;
    job_step(operation->job, "frozen");
    for (gint64 now = began; frozen && now < until; now = g_get_monotonic_time()) {
        gint64 next = MIN(look_at, until) - now;
        job_progress(operation->job, (guint64)((now - began) / G_TIME_SPAN_SECOND), request->timeout_s);
        g_poll(can_poll ? &cancelled : NULL, can_poll, (gint)MAX(next / 1000, 1));
        if (g_cancellable_is_cancelled(job_cancellable(operation->job)))
            break;
        if (g_get_monotonic_time() < look_at)
            continue;
        look_at += LOOK_EVERY_S * G_TIME_SPAN_SECOND;
        if (!freeze_status(domain, STATUS_LIMIT_S, &frozen, NULL))
            frozen = virDomainIsActive(domain) != 0;
    }
    if (can_poll)
        g_cancellable_release_fd(job_cancellable(operation->job));
}

/* Frozen, and the journal still says so: what comes now ends one way or the other. */
static gboolean keep(struct operation *operation, const struct request *request, virDomainPtr domain,
                     struct outcome *outcome, guint count, GError **error) {
    g_autofree char *what = counted(count);
    if (request->timeout_s == 0) {
        outcome->message = g_strdup_printf("%s: %s frozen; innkeep thaw ends that", request->name, what);
        return TRUE;
    }
    stay(operation, request, domain);
    if (!thaw(operation, request, domain, NULL, error) || !operation_go_on(operation, error))
        return FALSE;
    outcome->message = g_strdup_printf("%s: %s frozen, and thawed again", request->name, what);
    return TRUE;
}

static gboolean freeze(struct operation *operation, const struct request *request, virDomainPtr domain,
                       struct outcome *outcome, GError **error) {
    guint count = 0;
    g_autofree char *title = g_strdup_printf("freeze %s", request->name);
    g_autoptr(journal_t) journal = journal_begin(operation->connection, title, error);
    if (journal == NULL || !journal_freeze(journal, domain, error))
        return FALSE;
    job_step(operation->job, "freezing");
    if (!freeze_begin(domain, &count, error)) {
        journal_undo_after(journal, error);
        return FALSE;
    }
    host_set_frozen(operation->host, request->uuid, TRUE);
    if (keep(operation, request, domain, outcome, count, error))
        return journal_commit(journal, error);
    journal_undo_after(journal, error);
    return FALSE;
}

gboolean stillness_freeze(struct operation *operation, const struct request *request, struct outcome *outcome,
                          GError **error) {
    gboolean frozen = FALSE;
    g_autoptr(virDomain) domain = look(operation, request, "freeze", &frozen, error);
    if (domain == NULL)
        return FALSE;
    if (request->dry_run) {
        plan(request, outcome);
        return TRUE;
    }
    if (!frozen)
        return freeze(operation, request, domain, outcome, error);
    if (request->timeout_s != 0) {
        error_set(error, INNKEEP_ERROR_CONFLICT, "innkeep thaw ends that",
                  "cannot freeze '%s' for a time: its file systems are frozen already", request->name);
        return FALSE;
    }
    outcome->message = g_strdup_printf("%s: is frozen already", request->name);
    return TRUE;
}

gboolean stillness_thaw(struct operation *operation, const struct request *request, struct outcome *outcome,
                        GError **error) {
    gboolean frozen = FALSE;
    guint count = 0;
    g_autoptr(virDomain) domain = look(operation, request, "thaw", &frozen, error);
    if (domain == NULL)
        return FALSE;
    if (request->dry_run) {
        plan(request, outcome);
        return TRUE;
    }
    if (!frozen) {
        outcome->message = g_strdup_printf("%s: is not frozen", request->name);
        return TRUE;
    }
    if (!thaw(operation, request, domain, &count, error))
        return FALSE;
    g_autofree char *what = counted(count);
    outcome->message = g_strdup_printf("%s: %s thawed", request->name, what);
    return TRUE;
}
