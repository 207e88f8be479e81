/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/merge.h"

#include <string.h>

#include "core/base/xml.h"

#define POLL_MS 200

/* The disk at target as the guest runs with it: whether overlay is one of its layers; *top: the first. */
static gboolean has_layer(virDomainPtr domain, const char *target, const char *overlay, gboolean *top) {
    char *text = virDomainGetXMLDesc(domain, 0);
    g_autoptr(xmlDoc) document = text == NULL ? NULL : xml_parse(text, virDomainGetName(domain), NULL);
    free(text);
    g_autoptr(GPtrArray) disks =
        document == NULL ? g_ptr_array_new() : xml_nodes(xml_root(document), "devices/disk");
    gboolean found = FALSE;
    *top = FALSE;
    for (guint i = 0; i < disks->len; i++) {
        g_autofree char *at = xml_string(g_ptr_array_index(disks, i), "target/@dev");
        if (g_strcmp0(at, target) != 0)
            continue;
        g_autofree char *first = xml_string(g_ptr_array_index(disks, i), "source/@file");
        g_autoptr(GPtrArray) layers =
            xml_nodes(g_ptr_array_index(disks, i), "source/@file | .//backingStore/source/@file");
        *top = g_strcmp0(first, overlay) == 0;
        for (guint j = 0; j < layers->len; j++) {
            g_autofree char *file = xml_string(g_ptr_array_index(layers, j), ".");
            found = found || g_strcmp0(file, overlay) == 0;
        }
    }
    return found;
}

/* libvirt tells cur == end only of one that is ready (virDomainGetBlockJobInfo). FALSE once it has ended. */
static gboolean goes_on(virDomainPtr domain, const char *target, const struct transfer *transfer,
                        gboolean *ready) {
    virDomainBlockJobInfo info;
    if (virDomainGetBlockJobInfo(domain, target, &info, 0) != 1)
        return FALSE;
    *ready = info.cur == info.end;
    if (transfer->progress != NULL && info.end > 1)
        transfer->progress(info.cur, info.end, transfer->data);
    return TRUE;
}

static gboolean failed(virDomainPtr domain, const char *target, GError **error) {
    libvirt_error_set(error, "cannot merge the files of disk %s of '%s'", target, virDomainGetName(domain));
    return FALSE;
}

/* Of a layer that the guest writes to it is ready, and asked for the end; another ends by itself. */
static gboolean follow(virDomainPtr domain, const char *target, gboolean top, const struct transfer *transfer,
                       GError **error) {
    GPollFD nothing = {.fd = -1};
    gboolean ready = FALSE;
    while (goes_on(domain, target, transfer, &ready)) {
        if (g_cancellable_set_error_if_cancelled(transfer->cancellable, error)) {
            merge_abort(domain, target, NULL);
            return FALSE;
        }
        if (top && ready && virDomainBlockJobAbort(domain, target, VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT) == 0)
            return TRUE;
        /* QEMU may call it ready a moment before libvirt has its event. */
        if (top && ready && virGetLastErrorCode() != VIR_ERR_BLOCK_COPY_ACTIVE)
            return failed(domain, target, error);
        g_poll(&nothing, 0, POLL_MS);
    }
    return TRUE;
}

gboolean merge_run(virDomainPtr domain, const char *target, const char *overlay, const char *below,
                   const struct transfer *transfer, GError **error) {
    gboolean top = FALSE, still = has_layer(domain, target, overlay, &top);
    if (still && virDomainBlockCommit(domain, target, below, top ? NULL : overlay, 0,
                                      top ? VIR_DOMAIN_BLOCK_COMMIT_ACTIVE : 0) < 0)
        return failed(domain, target, error);
    if (!follow(domain, target, top, transfer, error))
        return FALSE;
    if (still && !has_layer(domain, target, overlay, &top))
        return TRUE;
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "the files of disk %s of '%s' could not be merged", target,
              virDomainGetName(domain));
    return FALSE;
}

gboolean merge_abort(virDomainPtr domain, const char *target, GError **error) {
    virDomainBlockJobInfo info;
    if (virDomainIsActive(domain) != 1 || virDomainGetBlockJobInfo(domain, target, &info, 0) != 1 ||
        virDomainBlockJobAbort(domain, target, 0) == 0 || virDomainIsActive(domain) != 1)
        return TRUE;
    return failed(domain, target, error);
}
