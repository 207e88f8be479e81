/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <glib/gstdio.h>

#include "core/doctor/examine.h"
#include "core/doctor/machine.h"
#include "core/host/kvm.h"
#include "tests/unit/unit.h"

static void flags_of_a_processor_are_words(void **state) {
    static const char intel[] = "processor\t: 0\nflags\t\t: fpu vme vmx sse\nbugs\t\t: svm\n";
    static const char guest[] = "flags\t\t: fpu svm_lock hypervisor lahf_lm\n";
    assert_true(kvm_processor_has(intel, "vmx"));
    assert_false(kvm_processor_has(intel, "svm"));
    assert_false(kvm_processor_has(guest, "svm"));
    assert_true(kvm_processor_has(guest, "hypervisor"));
    assert_false(kvm_processor_has("", "vmx"));
}

static void a_distribution_is_told_by_itself_or_its_kin(void **state) {
    static const struct {
        const char *text;
        enum distribution family;
    } rows[] = {{"PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n", DISTRIBUTION_DEBIAN},
                {"ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", DISTRIBUTION_DEBIAN},
                {"ID=fedora\n", DISTRIBUTION_FEDORA},
                {"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", DISTRIBUTION_FEDORA},
                {"ID=endeavouros\nID_LIKE='arch'\n", DISTRIBUTION_ARCH},
                {"ID=void\n", DISTRIBUTION_UNKNOWN},
                {"VARIANT_ID=debian\n", DISTRIBUTION_UNKNOWN},
                {"", DISTRIBUTION_UNKNOWN}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(machine_distribution(rows[i].text), rows[i].family);
}

static void assignments_lose_their_quotes_alone(void **state) {
    static const char text[] = "# ENABLED=no\nENABLED=yes\nDEFAULT_FORWARD_POLICY=\"DROP\"\nEMPTY=\nONE=\"\n";
    static const struct {
        const char *key, *value;
    } rows[] = {{"ENABLED", "yes"}, {"DEFAULT_FORWARD_POLICY", "DROP"}, {"EMPTY", ""}, {"ONE", "\""}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *value = machine_assignment(text, rows[i].key);
        assert_string_equal(value, rows[i].value);
    }
    assert_null(machine_assignment(text, "DEFAULT"));
}

/* ---- sockets; the kernel's words are in this machine's order of bytes, here the little one ---- */

static const char udp[] =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref\n"
    "13927: 017AA8C0:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4607235 2\n"
    "13941: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4607232 2\n"
    "13942: 00000000:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 77 2\n";

static const char tcp[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1\n"
    "   1: 00000000:0035 0100007F:1234 01 00000000:00000000 00:00000000 00000000     0        0 12 1\n"
    "   2: torn\n";

static const char tcp6[] =
    "  sl  local_address                         remote_address                        st tx_queue rx_queue\n"
    "   0: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000     0        0 21 1\n";

static void a_listener_is_found_by_its_address_or_all(void **state) {
    assert_int_equal(machine_listener(udp, "192.168.122.1", 53, TRUE, TRUE), 4607235);
    assert_int_equal(machine_listener(udp, "192.168.123.1", 53, TRUE, FALSE), 0);
    assert_int_equal(machine_listener(udp, "192.168.123.1", 67, TRUE, FALSE), 4607232);
    assert_int_equal(machine_listener(udp, "192.168.123.1", 67, TRUE, TRUE), 0);
    assert_int_equal(machine_listener(tcp, "127.0.0.1", 53, FALSE, FALSE), 11);
    assert_int_equal(machine_listener(tcp, "192.168.122.1", 53, FALSE, FALSE), 0); /* a connection */
    assert_int_equal(machine_listener(tcp6, "192.168.122.1", 53, FALSE, FALSE), 21);
    assert_int_equal(machine_listener(tcp6, "no address", 53, FALSE, FALSE), 0);
    assert_int_equal(machine_listener("", "127.0.0.1", 53, TRUE, FALSE), 0);
}

static void the_owner_of_a_socket_is_found_in_a_tree_like_proc(void **state) {
    g_autofree char *proc = g_dir_make_tmp("innkeep-proc-XXXXXX", NULL);
    g_autofree char *process = g_build_filename(proc, "17", NULL),
                    *fd = g_build_filename(process, "fd", NULL);
    g_autofree char *comm = g_build_filename(process, "comm", NULL), *link = g_build_filename(fd, "3", NULL);
    assert_int_equal(g_mkdir_with_parents(fd, 0700), 0);
    assert_true(g_file_set_contents(comm, "named\n", -1, NULL));
    assert_int_equal(symlink("socket:[4711]", link), 0);
    g_autofree char *owner = machine_socket_owner(proc, 4711);
    assert_string_equal(owner, "named (process 17)");
    assert_null(machine_socket_owner(proc, 471));
    assert_true(machine_runs(proc, "named"));
    assert_false(machine_runs(proc, "name"));
    const char *paths[] = {link, comm, fd, process, proc};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
        assert_int_equal(g_remove(paths[i]), 0);
}

static void denials_are_those_of_guests(void **state) {
    static const char log[] =
        "<5>[ 1.0] audit: apparmor=\"DENIED\" operation=\"open\" profile=\"/usr/bin/man\" name=\"/x\"\n"
        "<5>[ 2.0] audit: apparmor=\"ALLOWED\" operation=\"open\" profile=\"libvirt-0b\" name=\"/y\"\n"
        "<5>[ 3.0] audit: apparmor=\"DENIED\" operation=\"open\" profile=\"libvirt-0b\" name=\"/z\"\n"
        "type=AVC msg=audit(1.2:3): avc:  denied  { read } for comm=\"qemu-kvm\" "
        "scontext=system_u:system_r:svirt_t:s0:c1,c2 tcontext=system_u:object_r:home_t:s0\n"
        "type=AVC msg=audit(1.2:4): avc:  denied  { read } for comm=\"httpd\" "
        "scontext=system_u:system_r:httpd_t:s0 tcontext=x\n";
    char *last = NULL;
    assert_int_equal(machine_denials(log, &last), 2);
    assert_non_null(strstr(last, "svirt_t"));
    g_free(last);
    assert_int_equal(machine_denials("\xff\xfe apparmor=\"DENIED\" profile=\"libvirt-1\"", &last), 0);
    assert_null(last);
}

static void memory_has_its_own_line(void **state) {
    guint64 bytes = 1;
    assert_true(machine_meminfo("MemTotal:  100 kB\nSwapTotal:     8 kB\n", "SwapTotal", &bytes));
    assert_int_equal(bytes, 8192);
    assert_false(machine_meminfo("SwapTotalX: 8 kB\n", "SwapTotal", &bytes));
    assert_int_equal(bytes, 8192);
}

/* ---- firewalls ---- */

#define NFT(...) "{\"nftables\": [{\"metainfo\": {\"version\": \"1.0.6\"}}, " __VA_ARGS__ "]}"
#define FORWARD(family, table, name, policy)                                                                 \
    "{\"chain\": {\"family\": \"" family "\", \"table\": \"" table "\", \"name\": \"" name                   \
    "\", \"handle\": 1, \"type\": \"filter\", \"hook\": \"forward\", \"prio\": 0, \"policy\": \"" policy     \
    "\"}}"
#define RULE(family, table, chain, expression)                                                               \
    "{\"rule\": {\"family\": \"" family "\", \"table\": \"" table "\", \"chain\": \"" chain                  \
    "\", \"handle\": 2, \"expr\": [" expression "]}}"
#define INTERFACE(name)                                                                                      \
    "{\"match\": {\"op\": \"==\", \"left\": {\"meta\": {\"key\": \"iifname\"}}, \"right\": \"" name "\"}}, " \
    "{\"accept\": null}"

static void a_chain_that_drops_is_found_unless_it_lets_libvirt_pass(void **state) {
    static const struct {
        const char *ruleset, *chain;
        gboolean docker;
    } rows[] = {
        {NFT(FORWARD("ip", "filter", "FORWARD", "accept")), NULL, FALSE},
        {NFT(FORWARD("ip", "filter", "FORWARD", "drop")), "chain FORWARD of table ip filter", FALSE},
        {NFT(FORWARD("inet", "filter", "forward", "drop")), "chain forward of table inet filter", FALSE},
        {NFT(FORWARD("ip6", "filter", "FORWARD", "drop")), NULL, FALSE},
        {NFT(FORWARD("ip", "filter", "FORWARD", "drop") "," RULE(
             "ip", "filter", "FORWARD", "{\"jump\": {\"target\": \"LIBVIRT_FWX\"}}")),
         NULL, FALSE},
        {NFT(FORWARD("ip", "filter", "FORWARD", "drop") "," RULE("ip", "filter", "FORWARD",
                                                                 INTERFACE("virbr0"))),
         NULL, FALSE},
        {NFT(FORWARD("ip", "filter", "FORWARD", "drop") "," RULE("ip", "filter", "FORWARD",
                                                                 INTERFACE("docker0"))),
         "chain FORWARD of table ip filter", FALSE},
        {NFT(FORWARD("ip", "filter", "FORWARD", "drop") "," RULE("ip", "other", "FORWARD",
                                                                 INTERFACE("virbr0"))),
         "chain FORWARD of table ip filter", FALSE},
        {NFT(FORWARD("ip", "filter", "FORWARD",
                     "drop") ", {\"chain\": {\"family\": \"ip\", \"table\": \"filter\", \"name\": "
                             "\"DOCKER-USER\", \"handle\": 9}}"),
         "chain FORWARD of table ip filter", TRUE},
        {NFT("{\"chain\": 3}, {\"rule\": []}, 7, null"), NULL, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gboolean docker = FALSE;
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) drops = machine_nft_drops(rows[i].ruleset, "virbr0", &docker, &error);
        assert_non_null(drops);
        assert_int_equal(drops->len, rows[i].chain != NULL);
        if (rows[i].chain != NULL)
            assert_string_equal(g_ptr_array_index(drops, 0), rows[i].chain);
        assert_int_equal(docker, rows[i].docker);
    }
}

static void rules_that_are_none_are_an_error(void **state) {
    static const char *const texts[] = {"", "{", "[]", "{\"nftables\": 3}", "null"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        gboolean docker = FALSE;
        assert_null(machine_nft_drops(texts[i], "virbr0", &docker, &error));
        assert_non_null(error);
    }
}

static void iptables_rules_say_the_same(void **state) {
    static const struct {
        const char *rules;
        guint drops;
        gboolean docker;
    } rows[] = {
        {"-P INPUT DROP\n-P FORWARD ACCEPT\n", 0, FALSE},
        {"-P FORWARD DROP\n-N DOCKER-USER\n-A FORWARD -j DOCKER-USER\n", 1, TRUE},
        {"-P FORWARD DROP\n-N LIBVIRT_FWX\n-A FORWARD -j LIBVIRT_FWX\n", 0, FALSE},
        {"-P FORWARD DROP\n-A FORWARD -i virbr0 -j ACCEPT\n", 0, FALSE},
        {"-P FORWARD DROP\n-N DOCKER-USER\n-A DOCKER-USER -i virbr0 -j ACCEPT\n", 0, TRUE},
        {"-P FORWARD DROP\n-A FORWARD -i virbr01 -j ACCEPT\n", 1, FALSE},
        {"-P FORWARD DROP\n-A LIBVIRT_FWO -i virbr0 -j ACCEPT\n", 1, FALSE},
        {"", 0, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gboolean docker = FALSE;
        g_autoptr(GPtrArray) drops = machine_iptables_drops(rows[i].rules, "virbr0", &docker);
        assert_int_equal(drops->len, rows[i].drops);
        assert_int_equal(docker, rows[i].docker);
    }
}

/* ---- the table and what a check carries ---- */

static void every_row_is_whole(void **state) {
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < check_kind_count; i++) {
        const struct check_kind *kind = &check_kinds[i];
        assert_true(g_hash_table_add(seen, (gpointer)kind->id));
        assert_true(g_regex_match_simple("^[a-z0-9]+(-[a-z0-9]+)*$", kind->id, 0, 0));
        assert_true(g_str_has_suffix(kind->see, kind->section));
        assert_true(g_str_has_suffix(kind->about, "."));
        assert_true(strlen(kind->title) <= 40);
    }
}

static void the_text_of_a_fix_is_its_commands(void **state) {
    static const struct check_kind kind = {.id = "x", .mend = MEND_COMMANDS};
    struct check check = {.kind = &kind};
    char uri[] = "qemu+unix:///system?socket=/a b";
    struct examination examination = {.uri = uri};
    assert_null(check_commands(&check));
    check_virsh(&examination, &check, "pool-start", "it's $(mine)");
    check_virsh(&examination, &check, "pool-start", "-x");
    check_virsh(&examination, &check, "list", NULL);
    g_autofree char *text = check_commands(&check);
    assert_string_equal(text, "virsh -c 'qemu+unix:///system?socket=/a b' pool-start 'it'\\''s $(mine)' && "
                              "virsh -c 'qemu+unix:///system?socket=/a b' pool-start -- -x && "
                              "virsh -c 'qemu+unix:///system?socket=/a b' list");
    assert_false(check.needs_root);
    /* A shell makes the same words of it again. */
    g_auto(GStrv) words = NULL;
    assert_true(g_shell_parse_argv(text, NULL, &words, NULL));
    assert_string_equal(words[4], "it's $(mine)");
    check_root_command(&check, "true", NULL);
    assert_true(check.needs_root);
    assert_int_equal(check.commands->len, 4);
    g_ptr_array_unref(check.commands);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_of_a_processor_are_words),
        cmocka_unit_test(a_distribution_is_told_by_itself_or_its_kin),
        cmocka_unit_test(assignments_lose_their_quotes_alone),
        cmocka_unit_test(a_listener_is_found_by_its_address_or_all),
        cmocka_unit_test(the_owner_of_a_socket_is_found_in_a_tree_like_proc),
        cmocka_unit_test(denials_are_those_of_guests),
        cmocka_unit_test(memory_has_its_own_line),
        cmocka_unit_test(a_chain_that_drops_is_found_unless_it_lets_libvirt_pass),
        cmocka_unit_test(rules_that_are_none_are_an_error),
        cmocka_unit_test(iptables_rules_say_the_same),
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(the_text_of_a_fix_is_its_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
