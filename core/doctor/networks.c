/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "core/base/command.h"
#include "core/doctor/examine.h"
#include "core/doctor/machine.h"

#define NETWORK_DEFAULT "default"
#define DNS_PORT        53
#define DNS_LIMIT_MS    2000

/* Where libvirt's packages keep the definition of its own network. */
#define DEFAULT_XML "/usr/share/libvirt/networks/default.xml"

static void define_default(struct examination *examination, struct check *check) {
    if (!examination->here || g_access(DEFAULT_XML, F_OK) == 0)
        check_virsh(examination, check, "net-define", DEFAULT_XML);
    else
        machine_install(check, PACKAGE_NETWORK);
}

void probe_network_active(struct examination *examination, struct check *check) {
    GPtrArray *networks = examine_networks(examination);
    const struct seen_network *idle = NULL;
    guint active = 0;
    for (guint i = 0; i < networks->len; i++) {
        struct seen_network *network = g_ptr_array_index(networks, i);
        active += network->active;
        if (!network->active && (idle == NULL || strcmp(network->name, NETWORK_DEFAULT) == 0))
            idle = network;
    }
    if (active > 0)
        check_say(check, CHECK_OK, "%u active network%s", active, active == 1 ? "" : "s");
    else if (!examination->system)
        check_say(check, CHECK_OK, "a session host: guests get user-mode networking");
    else {
        check_say(check, CHECK_FAILURE, "no network is active, %u defined", networks->len);
        if (idle == NULL)
            define_default(examination, check);
        const char *name = idle == NULL ? NETWORK_DEFAULT : idle->name;
        check_virsh(examination, check, "net-start", name);
        check_virsh(examination, check, "net-autostart", name);
    }
}

void probe_network_autostart(struct examination *examination, struct check *check) {
    GPtrArray *networks = examine_networks(examination);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < networks->len; i++) {
        struct seen_network *network = g_ptr_array_index(networks, i);
        if (!network->active || !network->persistent || network->autostart)
            continue;
        g_ptr_array_add(names, network->name);
        check_virsh(examination, check, "net-autostart", network->name);
    }
    g_autofree char *text = examine_names(names);
    if (names->len == 0)
        check_say(check, CHECK_OK, "every active network does");
    else
        check_say(check, CHECK_WARNING, "not after the next boot: %s", text);
}

static gboolean is_up(const char *device) {
    g_autofree char *path = g_build_filename("/sys/class/net", device, "flags", NULL);
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) && (g_ascii_strtoull(text, NULL, 16) & IFF_UP) != 0;
}

void probe_bridge(struct examination *examination, struct check *check) {
    GPtrArray *networks = examine_networks(examination);
    guint count = 0;
    for (guint i = 0; i < networks->len; i++) {
        struct seen_network *network = g_ptr_array_index(networks, i);
        if (!network->active || network->bridge == NULL)
            continue;
        count++;
        if (is_up(network->bridge))
            continue;
        g_autofree char *path = g_build_filename("/sys/class/net", network->bridge, NULL);
        gboolean there = g_access(path, F_OK) == 0;
        check_say(check, CHECK_FAILURE, "network '%s': its bridge %s is %s", network->name, network->bridge,
                  there ? "down" : "gone");
        if (there)
            check_root_command(check, "ip", "link", "set", network->bridge, "up", NULL);
        else {
            check_virsh(examination, check, "net-destroy", network->name);
            check_virsh(examination, check, "net-start", network->name);
            check_fix(check, "stop and start the guests on it");
        }
        return;
    }
    check_say(check, CHECK_OK, "%u bridge%s", count, count == 1 ? "" : "s");
}

/* ---- port 53 ---- */

/* "0.0.0.0:53 by named (process 17)"; NULL: nobody listens. The caller's. */
static char *who_listens(const char *address) {
    static const struct {
        const char *path;
        gboolean udp;
    } tables[] = {{"/proc/net/udp", TRUE},
                  {"/proc/net/tcp", FALSE},
                  {"/proc/net/udp6", TRUE},
                  {"/proc/net/tcp6", FALSE}};
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autofree char *text = NULL;
        if (!g_file_get_contents(tables[i].path, &text, NULL, NULL))
            continue;
        guint64 inode = machine_listener(text, address, DNS_PORT, tables[i].udp, FALSE);
        if (inode == 0)
            continue;
        g_autofree char *owner = machine_socket_owner("/proc", inode);
        return g_strdup(owner == NULL ? "a program that only root may see" : owner);
    }
    return NULL;
}

void probe_port_53(struct examination *examination, struct check *check) {
    GPtrArray *networks = examine_networks(examination);
    for (guint i = 0; i < networks->len; i++) {
        struct seen_network *network = g_ptr_array_index(networks, i);
        if (network->active || network->address == NULL || !network->dns)
            continue;
        g_autofree char *who = who_listens(network->address);
        if (who == NULL)
            continue;
        check_say(check, CHECK_FAILURE, "%s has it, and network '%s' wants %s:53", who, network->name,
                  network->address);
        g_autofree char *uri = command_word(examination->uri), *name = command_word(network->name);
        check_fix(check,
                  "stop that program, or have it listen on other addresses alone (sudo ss -lnp 'sport = :53' "
                  "shows it), then virsh -c %s net-start %s",
                  uri, name);
        return;
    }
    check_say(check, CHECK_OK, "no network waits for it");
}

/* ---- does its server answer ---- */

/* A question for the address of "localhost", RFC 1035, section 4.1. Any answer to it will do. */
static const unsigned char question[] = {0x69, 0x6b, 1,   0,   0,   1,   0,   0,   0, 0, 0, 0, 9, 'l',
                                         'o',  'c',  'a', 'l', 'h', 'o', 's', 't', 0, 0, 1, 0, 1};

static gboolean answers(const char *address) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(DNS_PORT)};
    unsigned char answer[512];
    if (inet_pton(AF_INET, address, &server.sin_addr) != 1)
        return FALSE;
    int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd poll_answer = {.fd = handle, .events = POLLIN};
    gboolean heard = handle >= 0 && connect(handle, (struct sockaddr *)&server, sizeof server) == 0 &&
                     send(handle, question, sizeof question, 0) == (ssize_t)sizeof question &&
                     poll(&poll_answer, 1, DNS_LIMIT_MS) == 1 &&
                     recv(handle, answer, sizeof answer, 0) >= 12 && memcmp(answer, question, 2) == 0;
    if (handle >= 0)
        close(handle);
    return heard;
}

void probe_dns(struct examination *examination, struct check *check) {
    GPtrArray *networks = examine_networks(examination);
    guint count = 0;
    for (guint i = 0; i < networks->len; i++) {
        struct seen_network *network = g_ptr_array_index(networks, i);
        if (!network->active || network->address == NULL || network->bridge == NULL || !network->dns)
            continue;
        count++;
        if (answers(network->address))
            continue;
        check_say(check, CHECK_FAILURE, "network '%s': nothing answers on %s:53", network->name,
                  network->address);
        g_autofree char *uri = command_word(examination->uri), *name = command_word(network->name);
        check_fix(
            check,
            "see whether its dnsmasq runs and a firewall lets port 53 in; virsh -c %s net-destroy %s and "
            "net-start start it anew, which cuts its guests off until they are restarted",
            uri, name);
        return;
    }
    if (count == 0)
        check_say(check, CHECK_SKIPPED, "no active network has a server of its own");
    else
        check_say(check, CHECK_OK, "%u server%s", count, count == 1 ? "" : "s");
}
