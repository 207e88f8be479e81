/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/lifecycle.h"

#include "core/host/host-private.h"
#include "core/host/sight.h"

#define SHUTDOWN_TIMEOUT_S 60

/* How often a guest that was asked to shut down is looked at: a guest's answer is an ACPI event, there is no
 * call that waits for its end. */
#define LOOK_EVERY_US (G_TIME_SPAN_SECOND / 4)

/* A single step: the call, and the words for what was tried and what was done. */
struct step_of {
    enum action_id action;
    int (*call)(virDomainPtr domain);
    const char *tried, *done, *there;
};

static int call_start(virDomainPtr domain) {
    return virDomainCreate(domain);
}

static int call_reboot(virDomainPtr domain) {
    return virDomainReboot(domain, 0);
}

static int call_reset(virDomainPtr domain) {
    return virDomainReset(domain, 0);
}

static int call_resume(virDomainPtr domain) {
    int state = 0;
    if (virDomainGetState(domain, &state, NULL, 0) == 0 && state == VIR_DOMAIN_PMSUSPENDED)
        return virDomainPMWakeup(domain, 0);
    return virDomainResume(domain);
}

static int call_save(virDomainPtr domain) {
    return virDomainManagedSave(domain, 0);
}

static int call_destroy(virDomainPtr domain) {
    return virDomainDestroy(domain);
}

static int call_shutdown(virDomainPtr domain) {
    return virDomainShutdown(domain);
}

static const struct step_of steps[] = {
    {ACTION_start, call_start, "start", "started", "is running already"},
    {ACTION_shutdown, call_shutdown, "shut down", "shut down", "is shut off already"},
    {ACTION_reboot, call_reboot, "reboot", "asked to reboot", NULL},
    {ACTION_reset, call_reset, "reset", "reset", NULL},
    {ACTION_poweroff, call_destroy, "power off", "powered off", "is shut off already"},
    {ACTION_pause, virDomainSuspend, "pause", "paused", "is paused already"},
    {ACTION_resume, call_resume, "resume", "resumed", "is running already"},
    {ACTION_save, call_save, "save", "saved", "is saved already"},
};

static const struct step_of *step_for(enum action_id action) {
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++)
        if (steps[i].action == action)
            return &steps[i];
    g_assert_not_reached();
}

static gboolean state_now(virDomainPtr domain, const char *name, enum guest_state *found, GError **error) {
    int state = 0;
    if (virDomainGetState(domain, &state, NULL, 0) < 0) {
        libvirt_error_set(error, "cannot tell the state of '%s'", name);
        return FALSE;
    }
    *found = sight_state(state, 0, NULL);
    if (*found == GUEST_SHUT_OFF && virDomainHasManagedSaveImage(domain, 0) == 1)
        *found = GUEST_SAVED;
    return TRUE;
}

/* Asks libvirt, not the snapshot: the guest may have changed since the person looked. *there: nothing is to
 * be done. */
static gboolean check_state(virDomainPtr domain, const struct request *request, gboolean *there,
                            GError **error) {
    const struct step_of *step = step_for(request->action);
    struct guest guest = {.responding = TRUE};
    const char *why = NULL;
    if (!state_now(domain, request->name, &guest.state, error))
        return FALSE;
    *there = action_is_there(&actions[request->action], &guest);
    if (*there || action_legal(&actions[request->action], &guest, &why))
        return TRUE;
    error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "cannot %s '%s': %s", step->tried, request->name, why);
    return FALSE;
}

static void plan(const struct request *request, struct outcome *outcome) {
    g_ptr_array_add(outcome->plan, step_new(step_for(request->action)->tried, request->name,
                                            actions[request->action].name, UNKNOWN_SIZE));
}

static gboolean finish(const struct request *request, struct outcome *outcome, gboolean there) {
    const struct step_of *step = step_for(request->action);
    outcome->message =
        g_strdup_printf("%s%s%s", request->name, there ? " " : ": ", there ? step->there : step->done);
    return TRUE;
}

static gboolean failed(const struct request *request, GError **error) {
    libvirt_error_set(error, "cannot %s '%s'", step_for(request->action)->tried, request->name);
    return FALSE;
}

gboolean lifecycle_change(struct operation *operation, const struct request *request, struct outcome *outcome,
                          GError **error) {
    gboolean there = FALSE;
    g_autoptr(virDomain) domain = operation_domain(operation, request, error);
    if (domain == NULL || !check_state(domain, request, &there, error))
        return FALSE;
    if (request->dry_run) {
        plan(request, outcome);
        return TRUE;
    }
    if (!there)
        job_step(operation->job, step_for(request->action)->tried);
    if (!there && step_for(request->action)->call(domain) < 0)
        return failed(request, error);
    return finish(request, outcome, there);
}

gboolean lifecycle_poweroff(struct operation *operation, const struct request *request,
                            struct outcome *outcome, GError **error) {
    if (request->dry_run)
        return lifecycle_change(operation, request, outcome, error);
    host_set_going_down(operation->host, request->uuid, TRUE);
    gboolean done = lifecycle_change(operation, request, outcome, error);
    host_set_going_down(operation->host, request->uuid, FALSE);
    return done;
}

/* Waits until the guest is off. TRUE when it is; FALSE with an error when cancelled or gone, without when it
 * took too long. */
static gboolean wait_until_off(struct operation *operation, virDomainPtr domain,
                               const struct request *request, guint timeout_s, GError **error) {
    gint64 began = g_get_monotonic_time(), until = began + timeout_s * G_TIME_SPAN_SECOND;
    GPollFD cancelled = {0};
    gboolean can_poll = g_cancellable_make_pollfd(job_cancellable(operation->job), &cancelled);
    gboolean off = FALSE, go_on = TRUE;
    while (go_on && !off) {
        enum guest_state state = GUEST_RUNNING;
        gint64 now = g_get_monotonic_time();
        go_on = operation_go_on(operation, error) && state_now(domain, request->name, &state, error);
        off = go_on && !guest_state_active(state);
        if (now >= until)
            break;
        job_progress(operation->job, (guint64)((now - began) / G_TIME_SPAN_SECOND), timeout_s);
        if (go_on && !off)
            g_poll(can_poll ? &cancelled : NULL, can_poll, LOOK_EVERY_US / 1000);
    }
    if (can_poll)
        g_cancellable_release_fd(job_cancellable(operation->job));
    return off;
}

gboolean lifecycle_shutdown(struct operation *operation, const struct request *request,
                            struct outcome *outcome, GError **error) {
    gboolean there = FALSE;
    g_autoptr(GError) local = NULL;
    guint timeout_s = request->timeout_s == 0 ? SHUTDOWN_TIMEOUT_S : request->timeout_s;
    g_autoptr(virDomain) domain = operation_domain(operation, request, error);
    if (domain == NULL || !check_state(domain, request, &there, error))
        return FALSE;
    if (request->dry_run) {
        plan(request, outcome);
        return TRUE;
    }
    if (there)
        return finish(request, outcome, TRUE);
    if (virDomainShutdown(domain) < 0)
        return failed(request, error);
    job_step(operation->job, "waiting for the guest");
    if (wait_until_off(operation, domain, request, timeout_s, &local))
        return finish(request, outcome, FALSE);
    if (local != NULL) {
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    if (!request->force) {
        error_set(error, INNKEEP_ERROR_TIMEOUT, "power it off, or give --force to have that done",
                  "'%s' did not shut down within %u s", request->name, timeout_s);
        return FALSE;
    }
    job_step(operation->job, "powering off");
    if (virDomainDestroy(domain) < 0)
        return failed(request, error);
    outcome->message =
        g_strdup_printf("%s: did not shut down within %u s, powered off", request->name, timeout_s);
    return TRUE;
}
