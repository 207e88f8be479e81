/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/remove.h"

static gboolean gone(void) {
    return virGetLastErrorCode() == VIR_ERR_NO_DOMAIN;
}

/* Drivers differ in what they can remove (libvirt's test driver has no NVRAM): from all to little. */
static int undefine(virDomainPtr domain) {
    static const guint flags[] = {
        VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
            VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM | VIR_DOMAIN_UNDEFINE_TPM,
        VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
            VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM,
        VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
            VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA,
        0,
    };
    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++) {
        if (virDomainUndefineFlags(domain, flags[i]) == 0)
            return 0;
        int code = virGetLastErrorCode();
        if (code != VIR_ERR_INVALID_ARG && code != VIR_ERR_NO_SUPPORT)
            return -1;
    }
    return -1;
}

gboolean remove_power_off(virDomainPtr domain, GError **error) {
    if (virDomainIsActive(domain) != 1 || virDomainDestroy(domain) == 0)
        return TRUE;
    virErrorPtr saved = virSaveLastError();
    /* It may have ended by itself meanwhile. */
    if (virDomainIsActive(domain) != 1) {
        virFreeError(saved);
        return TRUE;
    }
    libvirt_error_take(error, saved, "cannot power off '%s'", virDomainGetName(domain));
    return FALSE;
}

gboolean remove_domain(virDomainPtr domain, GError **error) {
    const char *name = virDomainGetName(domain);
    /* Asked first: one that is not persistent is gone with its process. */
    int persistent = virDomainIsPersistent(domain);
    if (persistent < 0 && gone())
        return TRUE;
    if (!remove_power_off(domain, error))
        return FALSE;
    if (persistent == 0 || undefine(domain) == 0 || gone())
        return TRUE;
    libvirt_error_set(error, "cannot remove the definition of '%s'", name);
    return FALSE;
}
