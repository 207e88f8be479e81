/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <unistd.h>

#include "core/base/command.h"
#include "core/doctor/examine.h"
#include "core/doctor/machine.h"

#define PROGRAM_LIMIT_S 5

/* From this on libvirt writes rules of its own into nftables, beside which others' chains can still drop. */
#define NFTABLES_SINCE (10 * 1000000UL + 4 * 1000)

/* The first active network whose guests' packets the host passes on; NULL: none. */
static const struct seen_network *passing(struct examination *examination, guint from, guint *at) {
    GPtrArray *networks = examine_networks(examination);
    for (guint i = from; i < networks->len; i++) {
        const struct seen_network *network = g_ptr_array_index(networks, i);
        gboolean passes =
            g_strcmp0(network->forward, "nat") == 0 || g_strcmp0(network->forward, "route") == 0;
        if (network->active && passes && network->bridge != NULL) {
            *at = i;
            return network;
        }
    }
    return NULL;
}

static const struct seen_network *first_passing(struct examination *examination, struct check *check) {
    guint at = 0;
    const struct seen_network *network = passing(examination, 0, &at);
    if (network == NULL)
        check_say(check, CHECK_SKIPPED, "no active network forwards anything");
    return network;
}

void probe_forwarding(struct examination *examination, struct check *check) {
    g_autofree char *text = NULL;
    if (first_passing(examination, check) == NULL)
        return;
    if (!g_file_get_contents("/proc/sys/net/ipv4/ip_forward", &text, NULL, NULL))
        check_say(check, CHECK_SKIPPED, "the kernel does not tell");
    else if (*text == '1')
        check_say(check, CHECK_OK, "net.ipv4.ip_forward is on");
    else {
        check_say(check, CHECK_FAILURE, "net.ipv4.ip_forward is off: guests reach nothing beyond this host");
        check_root_command(check, "sysctl", "-w", "net.ipv4.ip_forward=1", NULL);
        check_fix(check, "look in /etc/sysctl.d for what switched it off");
    }
}

/* ---- chains that drop ---- */

/* NULL and an error where no program tells the rules. */
static GPtrArray *read_drops(const char *bridge, gboolean *docker, GError **error) {
    static const char *const nft[] = {"nft", "-j", "list", "ruleset", NULL};
    static const char *const iptables[] = {"iptables", "-S", NULL};
    g_autofree char *rules = NULL, *program = command_find("nft");
    if (program != NULL) {
        if (!command_run_limited(nft, PROGRAM_LIMIT_S, &rules, error))
            return NULL;
        g_autoptr(GPtrArray) drops = machine_nft_drops(rules, bridge, docker, error);
        /* The older tables are not among nft's. */
        if (drops == NULL || drops->len > 0)
            return g_steal_pointer(&drops);
        g_clear_pointer(&rules, g_free);
    }
    g_autoptr(GError) missing = NULL;
    if (command_run_limited(iptables, PROGRAM_LIMIT_S, &rules, &missing))
        return machine_iptables_drops(rules, bridge, docker);
    if (program != NULL) /* no older tables here: what nft told is all */
        return g_ptr_array_new_with_free_func(g_free);
    g_propagate_error(error, g_steal_pointer(&missing));
    return NULL;
}

static void let_pass(struct check *check, const char *bridge, gboolean docker, const char *drops) {
    const char *chain = docker ? "DOCKER-USER" : "FORWARD";
    if (!g_str_has_prefix(drops, "chain FORWARD of table ip filter") &&
        !g_str_has_prefix(drops, "chain FORWARD of table filter")) {
        check_fix(check, "add rules to that chain that accept what comes from and goes to %s", bridge);
        return;
    }
    check_root_command(check, "iptables", "-I", chain, "-i", bridge, "-j", "ACCEPT", NULL);
    check_root_command(check, "iptables", "-I", chain, "-o", bridge, "-j", "ACCEPT", NULL);
    check_fix(check, "put the same into the firewall's own configuration, which lasts");
}

void probe_forward_drop(struct examination *examination, struct check *check) {
    guint at = 0;
    if (first_passing(examination, check) == NULL)
        return;
    if (geteuid() != 0) {
        check_say(check, CHECK_SKIPPED, "only root may read the rules: sudo innkeep doctor");
        return;
    }
    for (const struct seen_network *network = passing(examination, 0, &at); network != NULL;
         network = passing(examination, at + 1, &at)) {
        g_autoptr(GError) error = NULL;
        gboolean docker = FALSE;
        g_autoptr(GPtrArray) drops = read_drops(network->bridge, &docker, &error);
        if (drops == NULL) {
            check_say(check, CHECK_SKIPPED, "%s", error->message);
            return;
        }
        if (drops->len == 0)
            continue;
        const char *chain = g_ptr_array_index(drops, 0);
        check_say(check, CHECK_FAILURE, "%s drops by default, what %s of network '%s' forwards too%s", chain,
                  network->bridge, network->name, docker ? " (docker)" : "");
        let_pass(check, network->bridge, docker, chain);
        return;
    }
    check_say(check, CHECK_OK, "every bridge is let through");
}

/* ---- firewalld ---- */

void probe_firewalld(struct examination *examination, struct check *check) {
    guint at = 0;
    if (!machine_runs("/proc", "firewalld")) {
        check_say(check, CHECK_OK, "firewalld does not run");
        return;
    }
    for (const struct seen_network *network = passing(examination, 0, &at); network != NULL;
         network = passing(examination, at + 1, &at)) {
        g_autofree char *of = g_strdup_printf("--get-zone-of-interface=%s", network->bridge);
        g_autofree char *interface = g_strdup_printf("--change-interface=%s", network->bridge);
        const char *const words[] = {"firewall-cmd", of, NULL};
        g_autofree char *zone = NULL;
        g_autoptr(GError) error = NULL;
        gboolean told = command_run_limited(words, PROGRAM_LIMIT_S, &zone, &error);
        if (!told && (error == NULL || strstr(error->message, "no zone") == NULL)) {
            check_say(check, CHECK_SKIPPED, "%s", error == NULL ? "firewalld does not tell" : error->message);
            return;
        }
        if (told && g_str_has_prefix(zone, "libvirt"))
            continue;
        check_say(check, CHECK_WARNING, "bridge %s lies in %s%s and in none of libvirt's", network->bridge,
                  told ? "zone " : "no zone", told ? g_strchomp(zone) : "");
        check_root_command(check, "firewall-cmd", "--zone=libvirt", interface, NULL);
        return;
    }
    check_say(check, CHECK_OK, "every bridge lies in a zone of libvirt's");
}

/* ---- ufw ---- */

static gboolean has_rule_for(const char *bridge, gboolean *readable) {
    g_autofree char *rules = NULL;
    *readable = g_file_get_contents("/etc/ufw/user.rules", &rules, NULL, NULL);
    g_autofree char *pattern = g_strdup_printf("-[io] %s ", bridge);
    return *readable && strstr(rules, pattern + 1) != NULL;
}

static void let_through_ufw(struct check *check, const char *bridge) {
    check_root_command(check, "ufw", "allow", "in", "on", bridge, NULL);
    check_root_command(check, "ufw", "route", "allow", "in", "on", bridge, NULL);
    check_root_command(check, "ufw", "route", "allow", "out", "on", bridge, NULL);
}

void probe_ufw(struct examination *examination, struct check *check) {
    g_autofree char *state = NULL, *defaults = NULL;
    unsigned long version = 0;
    gboolean readable = FALSE;
    g_autofree char *enabled = g_file_get_contents("/etc/ufw/ufw.conf", &state, NULL, NULL)
                                   ? machine_assignment(state, "ENABLED")
                                   : NULL;
    g_autofree char *policy = g_file_get_contents("/etc/default/ufw", &defaults, NULL, NULL)
                                  ? machine_assignment(defaults, "DEFAULT_FORWARD_POLICY")
                                  : NULL;
    if (g_strcmp0(enabled, "yes") != 0) {
        check_say(check, CHECK_OK, "ufw is not on");
        return;
    }
    const struct seen_network *network = first_passing(examination, check);
    if (network == NULL)
        return;
    if (virConnectGetLibVersion(examination->connection, &version) == 0 && version < NFTABLES_SINCE) {
        check_say(check, CHECK_OK, "libvirt's rules come before ufw's");
        return;
    }
    gboolean rule = has_rule_for(network->bridge, &readable);
    if (g_strcmp0(policy, "ACCEPT") == 0 || rule)
        check_say(check, CHECK_OK, rule ? "ufw has a rule for bridge %s" : "ufw forwards, bridge %s too",
                  network->bridge);
    else if (!readable)
        check_say(check, CHECK_SKIPPED, "only root may read ufw's rules: sudo innkeep doctor");
    else {
        check_say(check, CHECK_WARNING, "ufw drops what bridge %s of network '%s' forwards", network->bridge,
                  network->name);
        let_through_ufw(check, network->bridge);
    }
}
