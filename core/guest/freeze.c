/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/freeze.h"

#include "core/base/xml.h"

const char *freeze_prevented(virDomainPtr domain) {
    int state = 0;
    if (virDomainGetState(domain, &state, NULL, 0) < 0 || state != VIR_DOMAIN_RUNNING)
        return "it is paused";
    char *text = virDomainGetXMLDesc(domain, 0);
    g_autoptr(xmlDoc) document = text == NULL ? NULL : xml_parse(text, virDomainGetName(domain), NULL);
    free(text);
    gboolean connected = document != NULL &&
                         xml_has(xml_root(document), "devices/channel/target[@name='org.qemu.guest_agent.0']"
                                                     "[@state='connected']");
    return connected ? NULL : "no guest agent";
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
