/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/ssh.h"

#include "core/host/model.h"
#include "config/error.h"
#include "tests/unit/unit.h"

#define UUID "5b6a7c9e-0000-4000-8000-000000000001"

static void a_jump_is_the_host_of_another_machine(void **state) {
    static const struct {
        const char *uri, *jump;
    } rows[] = {
        {"qemu:///system", NULL},
        {"qemu+unix:///system?socket=/x", NULL},
        {"test:///default", NULL},
        {"qemu+ssh://nas/system", "nas"},
        {"qemu+ssh://ada@nas.example:2222/system", "ada@nas.example:2222"},
        {"qemu+libssh2://ada@nas/system?known_hosts=/x", "ada@nas"},
        {"qemu+ssh://[fd00::1]:2222/system", "[fd00::1]:2222"},
        {"qemu+tls://nas:16514/system", "nas"}, /* libvirt's port is not ssh's */
        {"qemu+ssh://-oProxyCommand=x/system", NULL},
        {"qemu+ssh://$(id)/system", NULL},
        {"qemu+ssh://-ada@nas/system", "nas"},
        {"qemu+ssh://a,b/system", NULL}, /* two jumps */
        {"no uri", NULL},
        {NULL, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *jump = ssh_jump(rows[i].uri);
        if (rows[i].jump == NULL)
            assert_null(jump);
        else
            assert_string_equal(jump, rows[i].jump);
    }
}

static struct guest *new_guest(void) {
    struct guest *guest = g_new0(struct guest, 1);
    guest->uuid = (char *)UUID;
    guest->name = (char *)"web";
    guest->state = GUEST_RUNNING;
    guest->facts = g_new0(struct guest_facts, 1);
    return guest;
}

static void free_guest(struct guest *guest) {
    g_free(guest->facts);
    g_free(guest);
}

static void the_host_key_belongs_to_the_guest_and_not_to_its_address(void **state) {
    struct guest *guest = new_guest();
    char *rest[] = {(char *)"uptime", (char *)"-p", NULL};
    g_auto(GStrv) here = ssh_arguments(guest, "192.0.2.7", "ada", "qemu:///system", rest, NULL);
    g_autofree char *line = g_strjoinv(" ", here);
    assert_string_equal(line, "ssh -o HostKeyAlias=" UUID " -o CheckHostIP=no -l ada -- 192.0.2.7 uptime -p");
    g_auto(GStrv) there = ssh_arguments(guest, "192.0.2.7", NULL, "qemu+ssh://root@nas/system", NULL, NULL);
    g_autofree char *far = g_strjoinv(" ", there);
    assert_string_equal(far, "ssh -o HostKeyAlias=" UUID " -o CheckHostIP=no -J root@nas -- 192.0.2.7");
    free_guest(guest);
}

static void without_an_address_there_is_no_ssh(void **state) {
    struct guest *guest = new_guest();
    g_autoptr(GError) error = NULL, off = NULL;
    assert_null(ssh_arguments(guest, NULL, NULL, NULL, NULL, &error));
    assert_int_equal(error->code, INNKEEP_ERROR_CONFLICT);
    guest->state = GUEST_SHUT_OFF;
    assert_null(ssh_arguments(guest, "192.0.2.7", NULL, NULL, NULL, &off));
    assert_int_equal(off->code, INNKEEP_ERROR_CONFLICT);
    free_guest(guest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_jump_is_the_host_of_another_machine),
        cmocka_unit_test(the_host_key_belongs_to_the_guest_and_not_to_its_address),
        cmocka_unit_test(without_an_address_there_is_no_ssh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
