/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/longjob/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "config/error.h"
#include "config/paths.h"

#define SHARED_PARENT "/run/innkeep"
#define SHARED        SHARED_PARENT "/jobs"
#define SYSTEM_URI    "qemu:///system"

/* What is made there belongs to the group, and nobody but its owner removes it. */
#define MODE_SHARED (S_ISGID | S_ISVTX | 0770)

/* The group that libvirt's packages make for those who may use the system's libvirt. */
#define GROUP "libvirt"

/* One that others could have made, or could change, is not believed. */
static gboolean trusted(int folder, gid_t *group) {
    struct stat facts;
    if (fstat(folder, &facts) < 0 || facts.st_uid != 0 || (facts.st_mode & 07777) != MODE_SHARED)
        return FALSE;
    *group = facts.st_gid;
    return TRUE;
}

static void make_shared(void) {
    const struct group *group = getgrnam(GROUP);
    if (group == NULL || (g_mkdir(SHARED_PARENT, 0755) < 0 && errno != EEXIST) || g_mkdir(SHARED, 0700) < 0)
        return;
    if (chown(SHARED, 0, group->gr_gid) < 0 || chmod(SHARED, MODE_SHARED) < 0)
        g_debug("%s: %s", SHARED, g_strerror(errno));
}

static int open_shared(gid_t *group) {
    if (geteuid() == 0)
        make_shared();
    int folder = open(SHARED, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder >= 0 && trusted(folder, group) && faccessat(folder, ".", W_OK, AT_EACCESS) == 0)
        return folder;
    if (folder >= 0)
        close(folder);
    return -1;
}

GStrv job_folders(void) {
    g_autoptr(GStrvBuilder) folders = g_strv_builder_new();
    g_autofree char *own = paths_state_directory("jobs", NULL);
    if (access(SHARED, R_OK | X_OK) == 0)
        g_strv_builder_add(folders, SHARED);
    if (own != NULL)
        g_strv_builder_add(folders, own);
    return g_strv_builder_end(folders);
}

int job_folder_open(const char *uri, gid_t *group, GError **error) {
    *group = (gid_t)-1;
    int folder = g_str_has_prefix(uri, SYSTEM_URI) ? open_shared(group) : -1;
    if (folder >= 0)
        return folder;
    g_autofree char *own = paths_state_directory("jobs", error);
    if (own == NULL)
        return -1;
    folder = open(own, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot open %s: %s", own, g_strerror(errno));
    return folder;
}
