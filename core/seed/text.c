/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/seed/text.h"

#include <string.h>

#include <json-glib/json-glib.h>

#define LABEL_MAX    63
#define USER_MAX     32
#define TIMEZONE_MAX 64
#define ROOT         "root"

/* Runs in the guest, whose service manager is not known from here; a guest whose package starts it by itself
 * is fine too. */
static const char start_agent[] =
    "systemctl enable --now qemu-guest-agent || systemctl start qemu-guest-agent || "
    "{ rc-update add qemu-guest-agent && rc-service qemu-guest-agent start; } || true";

/* Run once in a new guest whose disk was another machine's, by any sh. The machine-id is written into the
 * files that hold one: their labels stay. The journal's keeper writes by the old one until it is started
 * anew. Client leases alone, since a guest may be somebody's DHCP server. */
#define RENEW_MACHINE                                                                                        \
    "id=$(tr -d - </proc/sys/kernel/random/uuid)\n"                                                          \
    "for file in /etc/machine-id /var/lib/dbus/machine-id; do\n"                                             \
    "    if [ -s $file ] && [ ! -L $file ]; then echo $id >$file; fi\n"                                      \
    "done\n"                                                                                                 \
    "cd /var/lib && rm -f dhcp/dhclient*lease* dhclient/*lease* NetworkManager/*lease* "                     \
    "NetworkManager/secret_key "                                                                             \
    "dhcpcd/duid dhcpcd/secret dhcpcd/*lease* dhcpcd5/*lease* wicked/duid.xml wicked/*lease* "               \
    "systemd/random-seed /etc/dhcpcd.duid /etc/dhcpcd.secret\n"                                              \
    "systemctl try-restart systemd-journald || true\n"

/* What the other machine did; its instances' user data hold passwords. */
#define FORGET_MACHINE                                                                                       \
    "mine=$(readlink -f /var/lib/cloud/instance)\n"                                                          \
    "for old in /var/lib/cloud/instances/*; do\n"                                                            \
    "    if [ -n \"$mine\" ] && [ \"$old\" != \"$mine\" ]; then rm -rf \"$old\"; fi\n"                       \
    "done\n"                                                                                                 \
    "for old in /var/log/journal/*; do\n"                                                                    \
    "    if [ \"${old##*/}\" != $id ]; then rm -rf \"$old\"; fi\n"                                           \
    "done\n"                                                                                                 \
    "find /var/log -xdev -type f '(' -name '*.gz' -o -name '*.xz' -o -name '*.[0-9]' -o -name '*.old' ')' "  \
    "-exec rm -f '{}' ';'\n"                                                                                 \
    "find /var/log -xdev -path /var/log/journal -prune -o -type f -exec sh -c ': >\"$1\"' sh '{}' ';'\n"

static const char renew_and_forget[] = RENEW_MACHINE FORGET_MACHINE;

/* A hook runs at each start. */
static const char renewal_hook[] =
    "#cloud-boothook\n"
    "#!/bin/sh\n"
    "exec cloud-init-per instance innkeep-identity sh -s <<'END'\n" RENEW_MACHINE "END\n";

static char *to_text(JsonBuilder *builder) {
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    return json_to_string(root, TRUE);
}

static void add_string(JsonBuilder *builder, const char *name, const char *value) {
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, value);
}

static void add_boolean(JsonBuilder *builder, const char *name, gboolean value) {
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, value);
}

static void add_list(JsonBuilder *builder, const char *name, const char *first, char *const *more) {
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    if (first != NULL)
        json_builder_add_string_value(builder, first);
    for (; more != NULL && *more != NULL; more++)
        json_builder_add_string_value(builder, *more);
    json_builder_end_array(builder);
}

static void add_user(JsonBuilder *builder, const struct seed_text *text) {
    static char *const groups[] = {(char *)"sudo", NULL};
    /* Where there is no bash by default. */
    gboolean plain =
        text->os != NULL && (g_str_has_prefix(text->os, "alpine") || g_str_has_prefix(text->os, "freebsd"));
    json_builder_begin_object(builder);
    add_string(builder, "name", text->user);
    if (strcmp(text->user, ROOT) != 0) {
        add_list(builder, "groups", "adm", groups);
        add_list(builder, "sudo", "ALL=(ALL) NOPASSWD:ALL", NULL);
        add_string(builder, "shell", plain ? "/bin/sh" : "/bin/bash");
    }
    add_boolean(builder, "lock_passwd", text->password_hash == NULL);
    if (text->password_hash != NULL)
        add_string(builder, "hashed_passwd", text->password_hash);
    if (text->keys != NULL && *text->keys != NULL)
        add_list(builder, "ssh_authorized_keys", NULL, text->keys);
    json_builder_end_object(builder);
}

/* bootcmd runs at each start, cloud-init-per once. It comes before host keys are made. */
static void add_renewal(JsonBuilder *builder) {
    static const char *const words[] = {"cloud-init-per", "instance", "innkeep-renew", "sh", "-c",
                                        renew_and_forget, NULL};
    json_builder_set_member_name(builder, "bootcmd");
    json_builder_begin_array(builder);
    json_builder_begin_array(builder);
    for (const char *const *word = words; *word != NULL; word++)
        json_builder_add_string_value(builder, *word);
    json_builder_end_array(builder);
    json_builder_end_array(builder);
}

static void add_start(JsonBuilder *builder) {
    json_builder_set_member_name(builder, "runcmd");
    json_builder_begin_array(builder);
    static char *const words[] = {(char *)"-c", (char *)start_agent, NULL};
    json_builder_begin_array(builder);
    json_builder_add_string_value(builder, "sh");
    for (char *const *word = words; *word != NULL; word++)
        json_builder_add_string_value(builder, *word);
    json_builder_end_array(builder);
    json_builder_end_array(builder);
}

char *seed_text_config(const struct seed_text *text) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "users");
    json_builder_begin_array(builder);
    add_user(builder, text);
    json_builder_end_array(builder);
    if (strcmp(text->user, ROOT) == 0)
        add_boolean(builder, "disable_root", FALSE);
    /* The password is the console's: over the network keys alone. */
    add_boolean(builder, "ssh_pwauth", FALSE);
    add_boolean(builder, "ssh_deletekeys", TRUE);
    /* sudo looks its own host's name up. */
    add_string(builder, "manage_etc_hosts", "localhost");
    if (text->timezone != NULL)
        add_string(builder, "timezone", text->timezone);
    if (text->agent || (text->packages != NULL && *text->packages != NULL))
        add_list(builder, "packages", text->agent ? "qemu-guest-agent" : NULL, text->packages);
    if (text->agent)
        add_start(builder);
    if (text->renew)
        add_renewal(builder);
    json_builder_end_object(builder);
    g_autofree char *json = to_text(builder);
    return g_strdup_printf("#cloud-config\n%s\n", json);
}

char *seed_text_renewal(void) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    add_list(builder, "users", NULL, NULL);
    add_boolean(builder, "ssh_deletekeys", TRUE);
    add_string(builder, "manage_etc_hosts", "localhost");
    json_builder_end_object(builder);
    g_autofree char *json = to_text(builder);
    return g_strdup_printf("#cloud-config\n%s\n", json);
}

const char *seed_text_hook(void) {
    return renewal_hook;
}

char *seed_text_meta(const char *instance, const char *hostname, gboolean early) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    add_string(builder, "instance-id", instance);
    add_string(builder, "local-hostname", hostname);
    if (early)
        add_string(builder, "dsmode", "local");
    json_builder_end_object(builder);
    g_autofree char *json = to_text(builder);
    return g_strconcat(json, "\n", NULL);
}

char *seed_hostname(const char *name) {
    g_autofree char *ascii = g_str_to_ascii(name, "C");
    GString *label = g_string_new(NULL);
    for (const char *at = ascii; *at != '\0' && label->len < LABEL_MAX; at++) {
        gboolean inside = label->len > 0;
        if (g_ascii_isalnum(*at))
            g_string_append_c(label, g_ascii_tolower(*at));
        else if (inside && (*at == '-' || label->str[label->len - 1] != '-'))
            g_string_append_c(label, '-');
    }
    while (label->len > 0 && label->str[label->len - 1] == '-')
        g_string_truncate(label, label->len - 1);
    if (label->len == 0)
        g_string_append(label, "guest");
    return g_string_free(label, FALSE);
}

gboolean seed_user_valid(const char *user) {
    if (!g_ascii_islower(*user) && *user != '_')
        return FALSE;
    gsize length = strlen(user);
    return length <= USER_MAX && strspn(user, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

gboolean seed_timezone_valid(const char *zone) {
    gsize length = strlen(zone);
    if (length == 0 || length > TIMEZONE_MAX || *zone == '/' || zone[length - 1] == '/')
        return FALSE;
    for (const char *at = zone; *at != '\0'; at++)
        if (!g_ascii_isalnum(*at) && strchr("_+-/", *at) == NULL)
            return FALSE;
    return TRUE;
}
