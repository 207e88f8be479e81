/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/freeze.h"

#include "core/guest/agent.h"

/* Seconds. A freeze writes out what the guest has not written yet. */
#define FREEZE_LIMIT_S 30
#define THAW_LIMIT_S   10
#define STATUS_LIMIT_S 3

const char *freeze_prevented(virDomainPtr domain) {
    int state = 0;
    if (virDomainGetState(domain, &state, NULL, 0) < 0 || state != VIR_DOMAIN_RUNNING)
        return "it is paused";
    if (!agent_is_connected(domain))
        return "no guest agent";
    /* A thaw after the copy would end another's freeze. */
    gboolean frozen = FALSE;
    return freeze_status(domain, STATUS_LIMIT_S, &frozen, NULL) && frozen
               ? "its file systems are frozen already"
               : NULL;
}

/* As QEMU's guest agent says it, QAPI: GuestFsfreezeStatus. */
gboolean freeze_status(virDomainPtr domain, guint timeout_s, gboolean *frozen, GError **error) {
    char *text = agent_send(domain, "guest-fsfreeze-status", json_object_new(), timeout_s);
    if (text == NULL) {
        agent_error_set(error, "cannot ask the guest agent of '%s' whether its file systems are frozen",
                        virDomainGetName(domain));
        return FALSE;
    }
    g_autoptr(JsonNode) answer = agent_parse(text);
    free(text);
    const char *status =
        answer == NULL ? NULL : agent_text(json_object_get_member(json_node_get_object(answer), "return"));
    *frozen = g_strcmp0(status, "frozen") == 0;
    if (*frozen || g_strcmp0(status, "thawed") == 0)
        return TRUE;
    error_set(error, INNKEEP_ERROR_FAILED, "restart qemu-guest-agent in the guest",
              "cannot ask the guest agent of '%s' whether its file systems are frozen: "
              "its answer makes no sense",
              virDomainGetName(domain));
    return FALSE;
}

gboolean freeze_begin(virDomainPtr domain, guint *count, GError **error) {
    if (!agent_begin(domain, FREEZE_LIMIT_S, error))
        return FALSE;
    int frozen = virDomainFSFreeze(domain, NULL, 0, 0);
    if (frozen < 0)
        agent_error_set(error, "cannot freeze the file systems of '%s' by its guest agent",
                        virDomainGetName(domain));
    agent_end(domain);
    if (count != NULL)
        *count = (guint)MAX(frozen, 0);
    return frozen >= 0;
}

/* An agent that is not there any more cannot thaw, but a guest that has ended, or gone, needs no thaw. */
gboolean freeze_end(virDomainPtr domain, guint *count, GError **error) {
    g_autoptr(GError) cause = NULL;
    if (virDomainIsActive(domain) != 1)
        return TRUE;
    gboolean begun = agent_begin(domain, THAW_LIMIT_S, &cause);
    int thawed = begun ? virDomainFSThaw(domain, NULL, 0, 0) : -1;
    if (begun && thawed < 0)
        agent_error_set(&cause, "cannot thaw the file systems of '%s' by its guest agent",
                        virDomainGetName(domain));
    if (begun)
        agent_end(domain);
    if (count != NULL)
        *count = (guint)MAX(thawed, 0);
    if (thawed >= 0)
        return TRUE;
    if (virDomainIsActive(domain) == 0)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}
