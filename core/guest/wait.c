/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/wait.h"

#include <string.h>

#include "config/suggest.h"
#include "core/action/operation.h"
#include "core/guest/cloud_init.h"
#include "core/guest/port.h"
#include "core/host/host.h"

#define TIMEOUT_S            60
#define CLOUD_INIT_TIMEOUT_S 600
#define LOOK_EVERY_MS        50
#define ASK_EVERY_MS         1000 /* the guest's agent, a port */
#define PORT_TIMEOUT_S       2

/* One who waits. */
struct waiting {
    struct operation *operation;
    const struct request *request;
    gint64 next_ask;  /* monotonic, for what the guest must be asked */
    const char *last; /* what it lacked when it was asked last, for a person; static */
};

static gboolean runs(const struct guest *guest) {
    return guest->state == GUEST_RUNNING;
}

static gboolean has_address(const struct guest *guest) {
    return guest_address(guest) != NULL;
}

static gboolean has_agent(const struct guest *guest) {
    return guest->facts->agent_connected;
}

static gboolean is_off(const struct guest *guest) {
    return !guest_state_active(guest->state);
}

static const struct {
    const char *word;
    gboolean (*holds)(const struct guest *guest);
} states[] = {{"running", runs}, {"address", has_address}, {"agent", has_agent}, {"stopped", is_off}};

static const char *const words[] = {"running", "address", "agent", WAIT_CLOUD_INIT, "stopped", NULL};

const char *const *wait_words(void) {
    return words;
}

gboolean wait_check_word(const char *word, GError **error) {
    guint16 port;
    if (g_strv_contains(words, word) || port_parse(word, &port))
        return TRUE;
    const char *near = suggest_nearest(word, words);
    g_autofree char *hint = near == NULL
                                ? g_strdup("one of running, address, agent, cloud-init, stopped, or 22/tcp")
                                : g_strdup_printf("did you mean '%s'?", near);
    error_set(error, INNKEEP_ERROR_USAGE, hint, "cannot wait for '%s'", word);
    return FALSE;
}

static gboolean holds(const struct guest *guest, const char *word) {
    for (gsize i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i].word, word) == 0)
            return states[i].holds(guest);
    return FALSE;
}

guint wait_timeout(const struct request *request) {
    if (request->timeout_s != 0)
        return request->timeout_s;
    return g_strcmp0(request->wait_for, WAIT_CLOUD_INIT) == 0 ? CLOUD_INIT_TIMEOUT_S : TIMEOUT_S;
}

static gboolean too_early(struct waiting *waiting) {
    gint64 now = g_get_monotonic_time();
    if (now < waiting->next_ask)
        return TRUE;
    waiting->next_ask = now + ASK_EVERY_MS * G_TIME_SPAN_MILLISECOND;
    return FALSE;
}

static gboolean has_port(struct waiting *waiting, const struct guest *guest, guint16 port) {
    const char *address = guest_address(guest);
    waiting->last = address == NULL ? "no address of it is known" : "nothing takes a connection there";
    return address != NULL && !too_early(waiting) &&
           port_answers(address, port, PORT_TIMEOUT_S, job_cancellable(waiting->operation->job));
}

/* The snapshot does not tell: the guest is asked, by this worker, now and then. */
static gboolean has_ended_cloud_init(struct waiting *waiting, const struct guest *guest, GError **error) {
    static const char *const lacks[] = {[CLOUD_INIT_SILENT] = "its guest agent does not answer",
                                        [CLOUD_INIT_RUNS] = "cloud-init has not ended there",
                                        [CLOUD_INIT_DONE] = NULL,
                                        [CLOUD_INIT_FAILED] = NULL};
    if (!runs(guest)) {
        waiting->last = "it does not run";
        return FALSE;
    }
    if (too_early(waiting))
        return FALSE;
    g_autoptr(virDomain) domain = operation_domain(waiting->operation, waiting->request, error);
    enum cloud_init state = domain == NULL ? CLOUD_INIT_FAILED : cloud_init_look(domain, error);
    waiting->last = lacks[state];
    return state == CLOUD_INIT_DONE;
}

/* TRUE: it holds. FALSE: not yet, or, with an error, never. */
static gboolean look(struct waiting *waiting, GError **error) {
    const struct request *request = waiting->request;
    g_autoptr(snapshot_t) snapshot = host_snapshot(waiting->operation->host);
    const struct guest *guest = snapshot_guest(snapshot, request->uuid);
    if (!operation_go_on(waiting->operation, error))
        return FALSE;
    if (guest != NULL && strcmp(request->wait_for, WAIT_CLOUD_INIT) == 0)
        return has_ended_cloud_init(waiting, guest, error);
    guint16 port = 0;
    if (guest != NULL && port_parse(request->wait_for, &port))
        return has_port(waiting, guest, port);
    if (guest != NULL)
        return holds(guest, request->wait_for);
    if (snapshot->link == LINK_UP)
        error_set(error, INNKEEP_ERROR_NOT_FOUND, NULL, "no such guest '%s'", request->name);
    return FALSE;
}

static void say_late(const struct waiting *waiting, GError **error) {
    const char *last = waiting->last;
    gboolean silent = last != NULL && strstr(last, "agent") != NULL;
    error_set(error, INNKEEP_ERROR_TIMEOUT, silent ? "install qemu-guest-agent in the guest" : NULL,
              "'%s' is not '%s' after %u s%s%s", waiting->request->name, waiting->request->wait_for,
              wait_timeout(waiting->request), last == NULL ? "" : ": ", last == NULL ? "" : last);
}

gboolean wait_for_guest(struct operation *operation, const struct request *request, struct outcome *outcome,
                        GError **error) {
    GError *local = NULL;
    struct waiting waiting = {.operation = operation, .request = request};
    gint64 until = g_get_monotonic_time() + wait_timeout(request) * G_TIME_SPAN_SECOND;
    if (!wait_check_word(request->wait_for, error))
        return FALSE;
    while (!look(&waiting, &local)) {
        if (local == NULL && g_get_monotonic_time() >= until)
            say_late(&waiting, &local);
        if (local != NULL) {
            g_propagate_error(error, local);
            return FALSE;
        }
        g_poll(NULL, 0, LOOK_EVERY_MS);
    }
    outcome->message = g_strdup_printf("%s: %s", request->name, request->wait_for);
    return TRUE;
}
