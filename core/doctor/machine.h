/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* What files of this machine say, apart from who asks: any thread. Texts are as the kernel or a program wrote
 * them. */

struct check;

/* ---- packages ---- */

enum package {
#define PACKAGE(id, ...) PACKAGE_##id,
#include "core/doctor/packages.def"
#undef PACKAGE
    PACKAGE_COUNT
};

enum distribution { DISTRIBUTION_DEBIAN, DISTRIBUTION_FEDORA, DISTRIBUTION_ARCH, DISTRIBUTION_UNKNOWN };

/* The family that /etc/os-release tells (ID, then ID_LIKE). */
enum distribution machine_distribution(const char *os_release);

/* Adds the command that installs the package here; of a family that is not known, its names as text. Blocks
 * on a disk. */
void machine_install(struct check *check, enum package package);

/* ---- the kernel's files ---- */

/* Who listens on that port of the IPv4 address, in the text of /proc/net/{tcp,udp}{,6}, or on it of all
 * addresses: the socket's inode, 0 for none. udp: any socket that is bound counts. own: only the address
 * itself. proc(5). */
guint64 machine_listener(const char *sockets, const char *address, guint port, gboolean udp, gboolean own);

/* The name of the program that has the socket of that inode open, with its process id; NULL where that is not
 * to be seen (another user's). proc: "/proc". The caller's. Blocks. */
char *machine_socket_owner(const char *proc, guint64 inode);

/* Whether a process of that name (comm) runs. Blocks. */
gboolean machine_runs(const char *proc, const char *name);

/* What the kernel's log, or auditd's, tells of denials to QEMU or libvirt: how many, and the last one's line
 * in *last (the caller's; NULL: none). */
guint machine_denials(const char *log, char **last);

/* Bytes of that line of /proc/meminfo ("SwapTotal"); FALSE where there is none. */
gboolean machine_meminfo(const char *meminfo, const char *name, guint64 *bytes);

/* The value of KEY=VALUE in a file of such lines, without quotes; NULL where there is none; the caller's. */
char *machine_assignment(const char *text, const char *key);

/* ---- firewalls ---- */

/* The chains that drop what they do not know at the forward hook and let pass nothing of libvirt's or of the
 * bridge: "FORWARD of table ip filter"; the caller's array of strings. Of `nft -j list ruleset`, or NULL and
 * an error where that cannot be parsed. *docker is set where docker's chain for others' rules is there. */
GPtrArray *machine_nft_drops(const char *ruleset, const char *bridge, gboolean *docker, GError **error);

/* The same of `iptables -S`. */
GPtrArray *machine_iptables_drops(const char *rules, const char *bridge, gboolean *docker);
