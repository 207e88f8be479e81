/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/console_log_file.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "config/settings.h"
#include "core/host/connection.h"

#define SYSTEM_FOLDER "/var/log/libvirt/qemu"
#define SUFFIX        "-console.log"

/* The caller's; NULL where libvirt has none that is known here. */
static char *folder_of(virConnectPtr connection) {
    if (g_strcmp0(virConnectGetType(connection), "QEMU") != 0)
        return NULL;
    if (!connection_is_session(connection))
        return g_strdup(SYSTEM_FOLDER);
    return connection_is_here(connection)
               ? g_build_filename(g_get_user_cache_dir(), "libvirt", "qemu", "log", NULL)
               : NULL;
}

static char *own_path(virConnectPtr connection, const char *uuid) {
    g_autofree char *folder = folder_of(connection);
    if (folder == NULL || !g_uuid_string_is_valid(uuid))
        return NULL;
    g_autofree char *lower = g_ascii_strdown(uuid, -1);
    return g_strconcat(folder, G_DIR_SEPARATOR_S, lower, SUFFIX, NULL);
}

/* A libvirt that keeps its logs elsewhere would not start a guest whose log it cannot write, and it makes the
 * folder itself only after it has opened that (9.0). FALSE: there is none. */
static gboolean has_folder(virConnectPtr connection, const char *folder, gboolean make) {
    g_autofree char *parent = g_path_get_dirname(folder);
    GStatBuf status;
    if (!connection_is_here(connection) || g_stat(folder, &status) == 0 || errno != ENOENT)
        return TRUE;
    if (!connection_owns_files(connection) ||
        (!connection_is_session(connection) && g_stat(parent, &status) < 0))
        return FALSE;
    return !make || g_mkdir_with_parents(folder, 0700) == 0;
}

char *console_log_new(const struct operation *operation, const char *uuid, gboolean make) {
    g_autofree char *folder = operation->settings->host_console_log ? folder_of(operation->connection) : NULL;
    if (folder == NULL)
        return NULL;
    if (has_folder(operation->connection, folder, make))
        return own_path(operation->connection, uuid);
    g_debug("no console log: there is no %s", folder);
    return NULL;
}

gboolean console_log_is_own(virConnectPtr connection, const char *uuid, const char *path) {
    g_autofree char *own = path == NULL ? NULL : own_path(connection, uuid);
    return own != NULL && strcmp(own, path) == 0;
}

/* "FILE.0" of virtlogd, "FILE.1" and "FILE.2.gz" of logrotate. */
static gboolean rolled_over(const char *name, const char *base) {
    if (!g_str_has_prefix(name, base) || name[strlen(base)] != '.')
        return FALSE;
    const char *rest = name + strlen(base) + 1;
    gsize digits = strspn(rest, "0123456789");
    return digits > 0 && (rest[digits] == '\0' || rest[digits] == '.');
}

gboolean console_log_remove(virConnectPtr connection, const char *uuid) {
    g_autofree char *path = own_path(connection, uuid);
    if (path == NULL || !connection_owns_files(connection))
        return path == NULL;
    g_autofree char *base = g_path_get_basename(path), *folder = g_path_get_dirname(path);
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    const char *name;
    gboolean well = TRUE;
    while (listing != NULL && (name = g_dir_read_name(listing)) != NULL) {
        if (strcmp(name, base) != 0 && !rolled_over(name, base))
            continue;
        g_autofree char *one = g_build_filename(folder, name, NULL);
        if (g_unlink(one) < 0 && errno != ENOENT) {
            g_debug("%s stays: %s", one, g_strerror(errno));
            well = FALSE;
        }
    }
    return well;
}
