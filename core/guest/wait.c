/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/wait.h"

#include <string.h>

#include "config/suggest.h"
#include "core/action/operation.h"
#include "core/host/host.h"

#define TIMEOUT_S     60
#define LOOK_EVERY_MS 50

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

static const char *const words[] = {"running", "address", "agent", "stopped", NULL};

gboolean wait_check_word(const char *word, GError **error) {
    if (g_strv_contains(words, word))
        return TRUE;
    const char *near = suggest_nearest(word, words);
    g_autofree char *hint = near == NULL ? g_strdup("one of running, address, agent, stopped")
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

/* TRUE: it holds. FALSE: not yet, or, with an error, never. */
static gboolean look(struct operation *operation, const struct request *request, GError **error) {
    g_autoptr(snapshot_t) snapshot = host_snapshot(operation->host);
    const struct guest *guest = snapshot_guest(snapshot, request->uuid);
    if (!operation_go_on(operation, error))
        return FALSE;
    if (guest != NULL)
        return holds(guest, request->wait_for);
    if (snapshot->link == LINK_UP)
        error_set(error, INNKEEP_ERROR_NOT_FOUND, NULL, "no such guest '%s'", request->name);
    return FALSE;
}

gboolean wait_for_guest(struct operation *operation, const struct request *request, struct outcome *outcome,
                        GError **error) {
    g_autoptr(GError) local = NULL;
    guint timeout_s = request->timeout_s == 0 ? TIMEOUT_S : request->timeout_s;
    gint64 until = g_get_monotonic_time() + timeout_s * G_TIME_SPAN_SECOND;
    if (!wait_check_word(request->wait_for, error))
        return FALSE;
    while (!look(operation, request, &local)) {
        if (local != NULL) {
            g_propagate_error(error, g_steal_pointer(&local));
            return FALSE;
        }
        if (g_get_monotonic_time() >= until) {
            error_set(error, INNKEEP_ERROR_TIMEOUT, NULL, "'%s' is not '%s' after %u s", request->name,
                      request->wait_for, timeout_s);
            return FALSE;
        }
        g_poll(NULL, 0, LOOK_EVERY_MS);
    }
    outcome->message = g_strdup_printf("%s: %s", request->name, request->wait_for);
    return TRUE;
}
