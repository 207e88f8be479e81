/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/nvram.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "core/base/xml.h"
#include "core/host/connection.h"
#include "core/provision/name.h"

/* Where libvirt's QEMU driver keeps them, by the guest's name (src/qemu/qemu_conf.c, qemu_firmware.c of
 * libvirt 9.0); a definition names another place. */
#define SYSTEM_FOLDER "/var/lib/libvirt/qemu/nvram"

static const char begin_anew[] =
    "the firmware's variables (boot entries, keys) could not be read here and begin anew";

static char *usual_path(virDomainPtr domain) {
    g_autofree char *folder =
        connection_is_session(virDomainGetConnect(domain))
            ? g_build_filename(g_get_user_config_dir(), "libvirt", "qemu", "nvram", NULL)
            : g_strdup(SYSTEM_FOLDER);
    g_autofree char *file = g_strdup_printf("%s_VARS.fd", virDomainGetName(domain));
    return g_build_filename(folder, file, NULL);
}

/* Of the running guest what libvirt chose is in its definition, of one that is off only what a person wrote.
 */
static char *path_of(virDomainPtr domain) {
    char *text = virDomainGetXMLDesc(domain, 0);
    g_autoptr(xmlDoc) definition = text == NULL ? NULL : xml_parse(text, virDomainGetName(domain), NULL);
    free(text);
    if (definition == NULL ||
        !xml_has(xml_root(definition), "os[@firmware='efi'] | os/loader[@type='pflash']"))
        return NULL;
    char *named = xml_string(xml_root(definition), "os/nvram/text()");
    if (named == NULL || *named == '\0') {
        g_free(named);
        named = xml_string(xml_root(definition), "os/nvram/source/@file");
    }
    return named != NULL ? named : usual_path(domain);
}

char *nvram_find(virDomainPtr domain, const char **note) {
    g_autofree char *path = path_of(domain);
    *note = NULL;
    if (path == NULL)
        return NULL;
    if (!connection_is_here(virDomainGetConnect(domain)))
        *note = begin_anew;
    else if (g_access(path, R_OK) == 0)
        return g_steal_pointer(&path);
    else if (errno != ENOENT)
        *note = begin_anew;
    return NULL;
}

char *nvram_copy(struct work *work, struct made *made, virStoragePoolPtr pool, const char *file,
                 xmlDoc *definition, GError **error) {
    GStatBuf status;
    g_autofree char *name = name_nvram(made->name);
    if (g_stat(file, &status) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read %s: %s", file, g_strerror(errno));
        return NULL;
    }
    struct volume_spec spec = {
        .name = name, .format = "raw", .capacity = (guint64)status.st_size, .mode = "0600"};
    g_autoptr(virStorageVol) volume = work_upload(work, made, pool, &spec, file, error);
    char *path = volume == NULL ? NULL : virStorageVolGetPath(volume);
    if (volume != NULL && path == NULL)
        libvirt_error_set(error, "cannot look at volume '%s'", name);
    if (path != NULL)
        xml_put(xml_first(xml_root(definition), "os"), "nvram", path);
    char *copy = g_strdup(path);
    free(path);
    return copy;
}
