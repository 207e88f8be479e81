/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/freeze.h"

#include "core/guest/agent.h"

const char *freeze_prevented(virDomainPtr domain) {
    int state = 0;
    if (virDomainGetState(domain, &state, NULL, 0) < 0 || state != VIR_DOMAIN_RUNNING)
        return "it is paused";
    return agent_is_connected(domain) ? NULL : "no guest agent";
}

/* As QEMU's guest agent says it, QAPI: GuestFsfreezeStatus. */
gboolean freeze_status(virDomainPtr domain, guint timeout_s, gboolean *frozen, GError **error) {
    char *text = agent_send(domain, "guest-fsfreeze-status", json_object_new(), timeout_s);
    if (text == NULL) {
        libvirt_error_set(error, "cannot ask whether the file systems of '%s' are frozen",
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
    error_set(
        error, INNKEEP_ERROR_FAILED, "restart qemu-guest-agent in the guest",
        "cannot ask whether the file systems of '%s' are frozen: the guest agent's answer makes no sense",
        virDomainGetName(domain));
    return FALSE;
}

gboolean freeze_begin(virDomainPtr domain, GError **error) {
    if (virDomainFSFreeze(domain, NULL, 0, 0) >= 0)
        return TRUE;
    libvirt_error_set(error, "cannot freeze the file systems of '%s'", virDomainGetName(domain));
    return FALSE;
}

gboolean freeze_end(virDomainPtr domain, GError **error) {
    if (virDomainIsActive(domain) != 1 || virDomainFSThaw(domain, NULL, 0, 0) >= 0)
        return TRUE;
    virErrorPtr saved = virSaveLastError();
    if (virDomainIsActive(domain) == 0) {
        virFreeError(saved);
        return TRUE;
    }
    libvirt_error_take(error, saved, "cannot thaw the file systems of '%s'", virDomainGetName(domain));
    return FALSE;
}
