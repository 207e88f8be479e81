/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/doctor/machine.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "core/doctor/examine.h"

/* ---- packages ---- */

static const char *const package_names[PACKAGE_COUNT][DISTRIBUTION_UNKNOWN] = {
#define PACKAGE(id, ...) [PACKAGE_##id] = {__VA_ARGS__},
#include "core/doctor/packages.def"
#undef PACKAGE
};

char *machine_assignment(const char *text, const char *key) {
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gsize length = strlen(key);
    for (char **line = lines; *line != NULL; line++) {
        if (strncmp(*line, key, length) != 0 || (*line)[length] != '=')
            continue;
        char *value = g_strstrip(g_strdup(*line + length + 1));
        gsize last = strlen(value);
        if (last >= 2 && (*value == '"' || *value == '\'') && value[last - 1] == *value) {
            value[last - 1] = '\0';
            memmove(value, value + 1, last - 1);
        }
        return value;
    }
    return NULL;
}

enum distribution machine_distribution(const char *os_release) {
    static const struct {
        const char *word;
        enum distribution family;
    } families[] = {{"debian", DISTRIBUTION_DEBIAN}, {"ubuntu", DISTRIBUTION_DEBIAN},
                    {"fedora", DISTRIBUTION_FEDORA}, {"rhel", DISTRIBUTION_FEDORA},
                    {"centos", DISTRIBUTION_FEDORA}, {"rocky", DISTRIBUTION_FEDORA},
                    {"arch", DISTRIBUTION_ARCH}};
    g_autofree char *id = machine_assignment(os_release, "ID");
    g_autofree char *like = machine_assignment(os_release, "ID_LIKE");
    g_autofree char *all = g_strconcat(id == NULL ? "" : id, " ", like == NULL ? "" : like, NULL);
    g_auto(GStrv) words = g_strsplit(all, " ", -1);
    for (char **word = words; *word != NULL; word++)
        for (gsize i = 0; i < G_N_ELEMENTS(families); i++)
            if (strcmp(*word, families[i].word) == 0)
                return families[i].family;
    return DISTRIBUTION_UNKNOWN;
}

void machine_install(struct check *check, enum package package) {
    const char *const *names = package_names[package];
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/etc/os-release", &text, NULL, NULL))
        g_debug("no /etc/os-release");
    switch (text == NULL ? DISTRIBUTION_UNKNOWN : machine_distribution(text)) {
    case DISTRIBUTION_DEBIAN:
        check_root_command(check, "apt-get", "install", "-y", names[DISTRIBUTION_DEBIAN], NULL);
        break;
    case DISTRIBUTION_FEDORA:
        check_root_command(check, "dnf", "install", "-y", names[DISTRIBUTION_FEDORA], NULL);
        break;
    case DISTRIBUTION_ARCH:
        check_root_command(check, "pacman", "-S", "--needed", "--noconfirm", names[DISTRIBUTION_ARCH], NULL);
        break;
    case DISTRIBUTION_UNKNOWN:
        check_fix(check, "install %s (Debian, Ubuntu), %s (Fedora, Rocky) or %s (Arch)",
                  names[DISTRIBUTION_DEBIAN], names[DISTRIBUTION_FEDORA], names[DISTRIBUTION_ARCH]);
        break;
    }
}

/* ---- the kernel's files ---- */

/* proc(5): addresses as the kernel's words in hexadecimal, each in the machine's byte order. */
static gboolean address_matches(const char *local, guint32 wanted, gboolean own) {
    static const char any[] = "00000000000000000000000000000000";
    const char *colon = strchr(local, ':');
    gsize length = colon == NULL ? 0 : (gsize)(colon - local);
    if (length != 8 && length != 32)
        return FALSE;
    if (!own && strncmp(local, any, length) == 0)
        return TRUE;
    return length == 8 && (guint32)g_ascii_strtoull(local, NULL, 16) == wanted;
}

#define TCP_LISTEN 10

guint64 machine_listener(const char *sockets, const char *address, guint port, gboolean udp, gboolean own) {
    struct in_addr wanted;
    if (inet_pton(AF_INET, address, &wanted) != 1)
        return 0;
    g_auto(GStrv) lines = g_strsplit(sockets, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_autoptr(GRegex) gaps = g_regex_new("\\s+", 0, 0, NULL);
        g_auto(GStrv) fields = g_regex_split(gaps, g_strstrip(lines[i]), 0);
        const char *colon = i == 0 || g_strv_length(fields) < 10 ? NULL : strchr(fields[1], ':');
        if (colon != NULL && g_ascii_strtoull(colon + 1, NULL, 16) == port &&
            (udp || g_ascii_strtoull(fields[3], NULL, 16) == TCP_LISTEN) &&
            address_matches(fields[1], wanted.s_addr, own))
            return g_ascii_strtoull(fields[9], NULL, 10);
    }
    return 0;
}

static char *comm_of(const char *proc, const char *pid) {
    g_autofree char *path = g_build_filename(proc, pid, "comm", NULL);
    char *name = NULL;
    if (g_file_get_contents(path, &name, NULL, NULL))
        g_strchomp(name);
    return name;
}

static gboolean holds(const char *proc, const char *pid, const char *socket) {
    g_autofree char *folder = g_build_filename(proc, pid, "fd", NULL);
    g_autoptr(GDir) handles = g_dir_open(folder, 0, NULL);
    for (const char *name; handles != NULL && (name = g_dir_read_name(handles)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *target = g_file_read_link(path, NULL);
        if (g_strcmp0(target, socket) == 0)
            return TRUE;
    }
    return FALSE;
}

char *machine_socket_owner(const char *proc, guint64 inode) {
    g_autofree char *socket = g_strdup_printf("socket:[%" G_GUINT64_FORMAT "]", inode);
    g_autoptr(GDir) entries = g_dir_open(proc, 0, NULL);
    for (const char *pid; entries != NULL && (pid = g_dir_read_name(entries)) != NULL;) {
        if (!g_ascii_isdigit(*pid) || !holds(proc, pid, socket))
            continue;
        g_autofree char *name = comm_of(proc, pid);
        return g_strdup_printf("%s (process %s)", name == NULL ? "?" : name, pid);
    }
    return NULL;
}

gboolean machine_runs(const char *proc, const char *name) {
    g_autoptr(GDir) entries = g_dir_open(proc, 0, NULL);
    for (const char *pid; entries != NULL && (pid = g_dir_read_name(entries)) != NULL;) {
        g_autofree char *comm = g_ascii_isdigit(*pid) ? comm_of(proc, pid) : NULL;
        if (g_strcmp0(comm, name) == 0)
            return TRUE;
    }
    return FALSE;
}

/* AppArmor's profiles of guests are libvirt-UUID, of the daemons libvirtd and virt…d; SELinux's types are
 * svirt_t, svirt_tcg_t, virtd_t, virtqemud_t. */
guint machine_denials(const char *log, char **last) {
    static const char pattern[] = "apparmor=\"DENIED\".*profile=\"(libvirt|virt)|"
                                  "avc: +denied .*scontext=[^ ]*:(svirt|virt)[a-z_]*";
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
    guint count = 0;
    *last = NULL;
    for (char **line = lines; *line != NULL; line++) {
        if (!g_utf8_validate(*line, -1, NULL) || !g_regex_match(regex, *line, 0, NULL))
            continue;
        count++;
        g_free(*last);
        *last = g_strdup(*line);
    }
    return count;
}

gboolean machine_meminfo(const char *meminfo, const char *name, guint64 *bytes) {
    g_auto(GStrv) lines = g_strsplit(meminfo, "\n", -1);
    gsize length = strlen(name);
    for (char **line = lines; *line != NULL; line++)
        if (strncmp(*line, name, length) == 0 && (*line)[length] == ':') {
            *bytes = g_ascii_strtoull(*line + length + 1, NULL, 10) * 1024;
            return TRUE;
        }
    return FALSE;
}
