/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/storage/reach.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include <glib/gstdio.h>

#include "core/base/xml.h"

#define GROUPS_MAX 256

gboolean reach_emulator(virConnectPtr connection, const char *type, struct reach *reach) {
    char *text = virConnectGetCapabilities(connection);
    g_autoptr(xmlDoc) capabilities = text == NULL ? NULL : xml_parse(text, "capabilities", NULL);
    g_autofree char *xpath = g_strdup_printf("host/secmodel[model='dac']/baselabel[@type='%s']",
                                             strcmp(type, "kvm") == 0 ? "kvm" : "qemu");
    g_autofree char *label = capabilities == NULL ? NULL : xml_string(xml_root(capabilities), xpath);
    free(text);
    return label != NULL && sscanf(label, "+%u:+%u", &reach->user, &reach->group) == 2;
}

/* libvirt gives QEMU all groups of its user, the one of the user's own entry too: virGetGroupList() in its
 * src/util/virutil.c. Debian's libvirt-qemu may use /dev/kvm by that one alone. */
static gboolean in_group(const struct reach *reach, gid_t group) {
    char room[4096];
    struct passwd entry, *found = NULL;
    gid_t groups[GROUPS_MAX];
    int count = GROUPS_MAX;
    if (group == reach->group)
        return TRUE;
    if (getpwuid_r(reach->user, &entry, room, sizeof room, &found) != 0 || found == NULL ||
        getgrouplist(entry.pw_name, entry.pw_gid, groups, &count) < 0)
        return FALSE;
    for (int i = 0; i < count; i++)
        if (groups[i] == group)
            return TRUE;
    return FALSE;
}

gboolean reach_may(const struct reach *reach, const char *path, mode_t others_bits) {
    GStatBuf status;
    if (reach->user == 0 || g_stat(path, &status) < 0 ||
        getxattr(path, "system.posix_acl_access", NULL, 0) > 0)
        return TRUE;
    guint shift = status.st_uid == reach->user ? 6 : in_group(reach, status.st_gid) ? 3 : 0;
    mode_t bits = others_bits << shift;
    return (status.st_mode & bits) == bits;
}

char *reach_closed(const struct reach *reach, const char *folder) {
    g_autofree char *at = g_strdup(folder);
    while (reach_may(reach, at, S_IXOTH)) {
        if (strcmp(at, "/") == 0 || strcmp(at, ".") == 0)
            return NULL;
        char *above = g_path_get_dirname(at);
        g_free(at);
        at = above;
    }
    return g_steal_pointer(&at);
}
