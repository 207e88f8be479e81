/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "build-info.h"
#include "core/base/command.h"
#include "core/doctor/examine.h"
#include "core/doctor/machine.h"

#define GROUP        "libvirt"
#define GROUPS_MAX   256
#define ROOM         4096
#define LEAST_NEEDED (9 * 1000000UL) /* meson.build */

/* Where the system's daemons listen. */
static const struct {
    const char *path, *kind;
} sockets[] = {
    {"/run/libvirt/virtqemud-sock", "virtqemud (one daemon a driver)"},
    {"/var/run/libvirt/virtqemud-sock", "virtqemud (one daemon a driver)"},
    {"/run/libvirt/libvirt-sock", "libvirtd"},
    {"/var/run/libvirt/libvirt-sock", "libvirtd"},
};

/* The socket that the URI names, else the first that is there; NULL: none is. The caller's. */
static char *find_socket(struct examination *examination, const char **kind) {
    const char *query = strchr(examination->uri, '?');
    g_autoptr(GHashTable) values =
        query == NULL ? NULL : g_uri_parse_params(query + 1, -1, "&", G_URI_PARAMS_NONE, NULL);
    const char *named = values == NULL ? NULL : g_hash_table_lookup(values, "socket");
    *kind = "libvirt";
    if (named != NULL)
        return g_access(named, F_OK) == 0 ? g_strdup(named) : NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(sockets); i++)
        if (g_access(sockets[i].path, F_OK) == 0) {
            *kind = sockets[i].kind;
            return g_strdup(sockets[i].path);
        }
    return NULL;
}

/* 0, or errno of connecting to it. */
static int knock(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (handle < 0 || strlen(path) >= sizeof address.sun_path) {
        if (handle >= 0)
            close(handle);
        return handle < 0 ? errno : ENAMETOOLONG;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int result = connect(handle, (struct sockaddr *)&address, sizeof address) < 0 ? errno : 0;
    close(handle);
    return result == EAGAIN || result == EINPROGRESS ? 0 : result;
}

static gboolean has_unit(const char *name) {
    static const char *const folders[] = {"/etc/systemd/system", "/usr/lib/systemd/system",
                                          "/lib/systemd/system"};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(folders[i], name, NULL);
        if (g_access(path, F_OK) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean installed(const char *name) {
    g_autofree char *path = command_find(name);
    return path != NULL;
}

static void start_daemon(struct check *check, const char *verb) {
    gboolean systemd = g_access("/run/systemd/system", F_OK) == 0;
    gboolean modular = has_unit("virtqemud.socket");
    if (!installed("libvirtd") && !installed("virtqemud"))
        machine_install(check, PACKAGE_DAEMON);
    else if (systemd && modular && strcmp(verb, "restart") == 0)
        check_root_command(check, "systemctl", "restart", "virtqemud", "virtnetworkd", "virtstoraged", NULL);
    else if (systemd && modular)
        check_root_command(check, "systemctl", "enable", "--now", "virtqemud.socket", "virtnetworkd.socket",
                           "virtstoraged.socket", "virtnwfilterd.socket", "virtsecretd.socket",
                           "virtnodedevd.socket", "virtinterfaced.socket", NULL);
    else if (systemd && strcmp(verb, "restart") == 0)
        check_root_command(check, "systemctl", "restart", "libvirtd", NULL);
    else if (systemd)
        check_root_command(check, "systemctl", "enable", "--now", "libvirtd", NULL);
    else if (strcmp(verb, "restart") == 0)
        check_fix(check, "end the process libvirtd and start it again; guests run on");
    else
        check_root_command(check, "libvirtd", "--daemon", NULL);
}

void probe_daemon(struct examination *examination, struct check *check) {
    const char *kind = NULL;
    if (!examination->system) {
        check_say(check, CHECK_SKIPPED, "a session's daemon starts when it is asked for");
        return;
    }
    g_autofree char *path = find_socket(examination, &kind);
    int result = path == NULL ? ENOENT : knock(path);
    if (path == NULL || result == ECONNREFUSED) {
        check_say(check, CHECK_FAILURE,
                  path == NULL ? "no daemon of libvirt has its socket here%s%s" : "nothing listens on %s%s",
                  path == NULL ? "" : path, "");
        start_daemon(check, "start");
    } else if (machine_runs("/proc", "libvirtd") && machine_runs("/proc", "virtqemud")) {
        check_say(check, CHECK_WARNING, "libvirtd and virtqemud both run, each with guests of its own");
        check->careful = TRUE;
        check_root_command(check, "systemctl", "disable", "--now", "libvirtd.service", "libvirtd.socket",
                           NULL);
    } else
        check_say(check, CHECK_OK, "%s, %s", kind, path);
}

/* ---- who may open it ---- */

/* Name of the user as whom this runs; the caller's. */
static char *user_name(void) {
    char room[ROOM];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(geteuid(), &entry, room, sizeof room, &found) == 0 && found != NULL)
        return g_strdup(entry.pw_name);
    return g_strdup_printf("%u", (guint)geteuid());
}

static char *group_name(gid_t group) {
    char room[ROOM];
    struct group entry, *found = NULL;
    if (getgrgid_r(group, &entry, room, sizeof room, &found) == 0 && found != NULL)
        return g_strdup(entry.gr_name);
    return g_strdup_printf("%u", (guint)group);
}

static gboolean group_exists(const char *name) {
    char room[ROOM];
    struct group entry, *found = NULL;
    return getgrnam_r(name, &entry, room, sizeof room, &found) == 0 && found != NULL;
}

/* By the machine's database, whatever this login session has. */
static gboolean listed_in(const char *user, gid_t group) {
    char room[ROOM];
    struct passwd entry, *found = NULL;
    gid_t groups[GROUPS_MAX];
    int count = GROUPS_MAX;
    if (getpwnam_r(user, &entry, room, sizeof room, &found) != 0 || found == NULL ||
        getgrouplist(user, entry.pw_gid, groups, &count) < 0)
        return FALSE;
    for (int i = 0; i < count; i++)
        if (groups[i] == group)
            return TRUE;
    return FALSE;
}

static void join_group(struct check *check, const char *group, const char *user) {
    check_root_command(check, "usermod", "-aG", group, user, NULL);
    check_fix(check, "log in again");
}

static void open_to_group(struct check *check, const char *path) {
    if (!group_exists(GROUP))
        check_root_command(check, "groupadd", "--system", GROUP, NULL);
    check_root_command(check, "chgrp", GROUP, path, NULL);
    check_root_command(check, "chmod", "0770", path, NULL);
    check_fix(check, "set unix_sock_group = \"" GROUP "\" and unix_sock_rw_perms = \"0770\" in "
                     "/etc/libvirt/libvirtd.conf (SocketGroup=, SocketMode= of the unit), which lasts");
}

void probe_socket(struct examination *examination, struct check *check) {
    const char *kind = NULL;
    GStatBuf status;
    g_autofree char *path = find_socket(examination, &kind);
    if (path == NULL || g_stat(path, &status) < 0) {
        check_say(check, CHECK_SKIPPED, "no socket is there");
        return;
    }
    g_autofree char *user = user_name(), *group = group_name(status.st_gid);
    guint mode = (guint)status.st_mode & 07777;
    if (knock(path) != EACCES) {
        check_say(check, CHECK_OK, "%s: mode %04o, group %s", path, mode, group);
        return;
    }
    gboolean through_group = status.st_gid != 0 && (mode & S_IWGRP) != 0;
    if (through_group && listed_in(user, status.st_gid)) {
        check_say(check, CHECK_FAILURE, "user %s was put into group %s after this login", user, group);
        check_fix(check, "log in again");
    } else if (through_group) {
        check_say(check, CHECK_FAILURE, "%s is open to group %s, and user %s is not in it", path, group,
                  user);
        join_group(check, group, user);
    } else {
        check_say(check, CHECK_FAILURE, "%s is open to root alone (mode %04o, group %s)", path, mode, group);
        open_to_group(check, path);
    }
}

void probe_polkit(struct examination *examination, struct check *check) {
    g_autofree char *user = user_name();
    if (examination->connection != NULL) {
        check_say(check, CHECK_OK, "user %s may", user);
    } else if (examination->unauthorized) {
        check_say(check, CHECK_FAILURE, "libvirt refuses user %s: %s", user, examination->refusal->message);
        if (group_exists(GROUP))
            join_group(check, GROUP, user);
        else
            check_fix(check, "allow org.libvirt.unix.manage to that user in /etc/polkit-1/rules.d");
    } else
        check_say(check, CHECK_SKIPPED, "libvirt is not reached");
}

/* ---- what answers ---- */

static void format_version(unsigned long version, char *text, gsize size) {
    g_snprintf(text, size, "%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
}

void probe_libvirt(struct examination *examination, struct check *check) {
    unsigned long version = 0;
    char text[40];
    if (examination->connection == NULL) {
        const char *hint = error_hint(examination->refusal);
        check_say(check, CHECK_FAILURE, "%s", examination->refusal->message);
        if (g_error_matches(examination->refusal, INNKEEP_ERROR, INNKEEP_ERROR_TIMEOUT) && examination->here)
            start_daemon(check, "restart");
        else
            check_fix(check, "%s",
                      hint != NULL ? hint : "see whether the host is reached, and libvirt runs there");
        return;
    }
    if (virConnectGetLibVersion(examination->connection, &version) < 0)
        g_debug("%s", virGetLastErrorMessage());
    format_version(version, text, sizeof text);
    if (version >= LEAST_NEEDED) {
        check_say(check, CHECK_OK, "%s answers, libvirt %s", examination->uri, text);
        return;
    }
    check_say(check, CHECK_WARNING, "libvirt %s: innkeep is made for 9.0 and later", text);
    check_fix(check, "upgrade libvirt on that host");
}

void probe_versions(struct examination *examination, struct check *check) {
    unsigned long library = 0, daemon = 0;
    char ours[40], theirs[40];
    if (virGetVersion(&library, NULL, NULL) < 0 ||
        virConnectGetLibVersion(examination->connection, &daemon) < 0) {
        check_say(check, CHECK_SKIPPED, "libvirt does not tell them");
        return;
    }
    format_version(library, ours, sizeof ours);
    format_version(daemon, theirs, sizeof theirs);
    if (library == daemon || !examination->here) {
        check_say(check, CHECK_OK, "library %s, daemon %s, innkeep " INNKEEP_VERSION " made with %d.%d.%d",
                  ours, theirs, LIBVIR_VERSION_NUMBER / 1000000, LIBVIR_VERSION_NUMBER / 1000 % 1000,
                  LIBVIR_VERSION_NUMBER % 1000);
        return;
    }
    check_say(check, CHECK_WARNING, "library %s, daemon %s: it was not restarted after an upgrade", ours,
              theirs);
    start_daemon(check, "restart");
}
