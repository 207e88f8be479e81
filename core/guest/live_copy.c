/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/live_copy.h"

#include "core/base/xml.h"

#define ABORT_LIMIT_S 15
#define ABORT_POLL_MS 50

static char *backup_xml(const struct live_disk *disks, guint count) {
    g_autoptr(xmlDoc) document = xml_new("domainbackup");
    xml_set(xml_root(document), "mode", "push");
    xmlNode *list = xml_add(xml_root(document), "disks", NULL);
    for (guint i = 0; i < count; i++) {
        xmlNode *disk =
            xml_add_with(list, "disk", "name", disks[i].target, "backup", "yes", "type", "file", NULL);
        xml_add_with(disk, "target", "file", disks[i].path, NULL);
        xml_add_with(disk, "driver", "type", "qcow2", NULL);
    }
    return xml_text(document);
}

gboolean live_copy_begin(virDomainPtr domain, const struct live_disk *disks, guint count, GError **error) {
    g_autofree char *text = backup_xml(disks, count);
    if (virDomainBackupBegin(domain, text, NULL, VIR_DOMAIN_BACKUP_BEGIN_REUSE_EXTERNAL) == 0)
        return TRUE;
    int code = virGetLastErrorCode();
    g_autofree char *name = g_strdup(virDomainGetName(domain));
    if (code != VIR_ERR_NO_SUPPORT && code != VIR_ERR_OPERATION_UNSUPPORTED &&
        code != VIR_ERR_CONFIG_UNSUPPORTED) {
        libvirt_error_set(error, "cannot copy the disks of '%s'", name);
        return FALSE;
    }
    g_autofree char *hint = g_strdup_printf("innkeep shutdown '%s'", name);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint,
              "cannot copy '%s' while it runs: this host cannot copy a running guest's disks", name);
    return FALSE;
}

gboolean live_copy_runs(virDomainPtr domain, const char *path) {
    char *text = virDomainBackupGetXMLDesc(domain, 0);
    g_autoptr(xmlDoc) document = text == NULL ? NULL : xml_parse(text, "backup", NULL);
    free(text);
    g_autoptr(GPtrArray) targets =
        document == NULL ? NULL : xml_nodes(xml_root(document), "disks/disk/target/@file");
    for (guint i = 0; targets != NULL && i < targets->len; i++) {
        g_autofree char *file = xml_string(g_ptr_array_index(targets, i), ".");
        if (g_strcmp0(file, path) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean live_copy_ended_well(virDomainPtr domain, GError **error) {
    int type = VIR_DOMAIN_JOB_NONE, count = 0;
    virTypedParameterPtr parameters = NULL;
    const char *why = NULL;
    gboolean read =
        virDomainGetJobStats(domain, &type, &parameters, &count, VIR_DOMAIN_JOB_STATS_COMPLETED) == 0;
    if (read)
        virTypedParamsGetString(parameters, count, VIR_DOMAIN_JOB_ERRMSG, &why);
    if (!read || type != VIR_DOMAIN_JOB_COMPLETED)
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot copy the disks of '%s': %s",
                  virDomainGetName(domain),
                  why != NULL                        ? why
                  : virDomainIsActive(domain) != 1   ? "it ended before its copy did"
                  : type == VIR_DOMAIN_JOB_CANCELLED ? "the copy was cancelled"
                                                     : "the copy failed");
    virTypedParamsFree(parameters, count);
    return read && type == VIR_DOMAIN_JOB_COMPLETED;
}

/* ---- the end before the end ---- */

/* Shared with a thread that a hung QEMU may hold. */
struct abortion {
    virDomainPtr domain;
    gint references;
};

static void abortion_unref(struct abortion *abortion) {
    if (!g_atomic_int_dec_and_test(&abortion->references))
        return;
    virDomainFree(abortion->domain);
    g_free(abortion);
}

static gpointer abort_thread(gpointer data) {
    struct abortion *abortion = data;
    if (virDomainAbortJob(abortion->domain) < 0)
        g_debug("abort: %s", virGetLastErrorMessage());
    abortion_unref(abortion);
    return NULL;
}

static struct abortion *ask_to_end(virDomainPtr domain) {
    struct abortion *abortion = g_new0(struct abortion, 1);
    virDomainRef(domain);
    abortion->domain = domain;
    abortion->references = 2;
    g_thread_unref(g_thread_new("abort", abort_thread, abortion));
    return abortion;
}

gboolean live_copy_abort(virDomainPtr domain, const char *path, GError **error) {
    if (!live_copy_runs(domain, path))
        return TRUE;
    gint64 limit = g_get_monotonic_time() + ABORT_LIMIT_S * G_TIME_SPAN_SECOND;
    GPollFD nothing = {.fd = -1};
    struct abortion *abortion = ask_to_end(domain);
    gboolean runs = TRUE;
    while (runs && g_get_monotonic_time() < limit) {
        g_poll(&nothing, 0, ABORT_POLL_MS);
        runs = live_copy_runs(domain, path);
    }
    abortion_unref(abortion);
    if (runs)
        error_set(error, INNKEEP_ERROR_TIMEOUT, NULL, "cannot end the copy of '%s': it does not answer",
                  virDomainGetName(domain));
    return !runs;
}
