/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/merge_at_rest.h"

#include <string.h>
#include <unistd.h>

#include "core/base/xml.h"
#include "core/guest/identity.h"
#include "core/guest/merge.h"
#include "core/host/connection.h"
#include "core/base/command.h"

#define QEMU_IMG "qemu-img"

gboolean merge_at_rest_can(virConnectPtr connection, const struct frozen *frozen, const char *overlay,
                           const char *above, const char **why) {
    const char *const files[] = {frozen->path, overlay, above};
    char *uri = virConnectGetURI(connection);
    gboolean local = uri != NULL && connection_is_local(uri);
    g_autofree char *program = command_find(QEMU_IMG);
    free(uri);
    *why = !local ? "its host is another machine" : program == NULL ? "qemu-img is not installed" : NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        if (*why == NULL && files[i] != NULL && access(files[i], R_OK | W_OK) != 0)
            *why = "its files are not yours to write";
    return *why == NULL;
}

/* A path as the value of an option of QEMU's, where a comma ends one; the caller's. */
static char *option_value(const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, ",", -1);
    return g_strjoinv(",,", parts);
}

/* With the formats that are known: what a guest wrote into a raw file must not pass for another's header. The
 * overlay stays whole (-d). */
static gboolean commit(struct work *work, const struct frozen *frozen, const char *overlay, GError **error) {
    g_autofree char *top = option_value(overlay), *below = option_value(frozen->path);
    g_autofree char *image =
        g_strdup_printf("driver=qcow2,file.driver=file,file.filename=%s,backing.driver=%s,"
                        "backing.file.driver=file,backing.file.filename=%s",
                        top, frozen->format, below);
    const char *argv[] = {QEMU_IMG, "commit", "-q", "-d", "--image-opts", image, NULL};
    return command_run(argv, "/", NULL, work_cancellable(work->operation), error);
}

static gboolean stand_on(struct work *work, const struct frozen *frozen, const char *above, GError **error) {
    const char *argv[] = {QEMU_IMG, "rebase",     "-q", "-u",           "-f",  "qcow2",
                          "-b",     frozen->path, "-F", frozen->format, above, NULL};
    return command_run(argv, "/", NULL, work_cancellable(work->operation), error);
}

/* At its next start the guest stands on the file frozen, or, where that is not the first, on what its files
 * say. */
static gboolean redefine(virDomainPtr domain, const struct frozen *frozen, gboolean first, GError **error) {
    char *text = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    g_autoptr(xmlDoc) definition = text == NULL ? NULL : xml_parse(text, virDomainGetName(domain), error);
    if (text == NULL)
        libvirt_error_set(error, "cannot read the definition of '%s'", virDomainGetName(domain));
    free(text);
    if (definition == NULL)
        return FALSE;
    if (first)
        identity_set_disk(definition, frozen->target, frozen->path, frozen->format);
    else if (xml_remove(xml_root(definition), "devices/disk/backingStore") == 0)
        return TRUE;
    g_autofree char *changed = xml_text(definition);
    g_autoptr(virDomain) again = virDomainDefineXML(virDomainGetConnect(domain), changed);
    if (again == NULL)
        libvirt_error_set(error, "cannot define guest '%s'", virDomainGetName(domain));
    return again != NULL;
}

gboolean merge_at_rest(struct work *work, virDomainPtr domain, const struct frozen *frozen,
                       const char *overlay, const char *above, GError **error) {
    struct transfer transfer = work_transfer(work);
    if (!commit(work, frozen, overlay, error) || (above != NULL && !stand_on(work, frozen, above, error)) ||
        !redefine(domain, frozen, above == NULL, error))
        return FALSE;
    return !merge_has_layer(domain, frozen->target, overlay) ||
           merge_run(domain, frozen->target, overlay, frozen->path, &transfer, error);
}
