/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/published.h"

#include <string.h>

#include "core/base/xml.h"
#include "core/host/facts.h"
#include "tests/unit/unit.h"

#define UUID "11111111-2222-3333-4444-555555555555"

/* What is made of a domain with that in it. */
struct made {
    xmlDoc *domain;
    struct template *definition;
    GPtrArray *notes;
};

static struct made publish(const char *more, const struct template *origin) {
    g_autofree char *text = g_strdup_printf("<domain type='kvm'><name>web</name><uuid>" UUID "</uuid>"
                                            "<memory unit='KiB'>2097152</memory><vcpu>3</vcpu>%s</domain>",
                                            more);
    struct made made = {.domain = xml_parse(text, "web", NULL),
                        .notes = g_ptr_array_new_with_free_func(g_free)};
    struct guest_facts *facts = guest_facts_parse(text, UUID);
    assert_non_null(made.domain);
    made.definition = published_definition("gold", made.domain, facts, origin, made.notes);
    guest_facts_unref(facts);
    return made;
}

static void made_clear(struct made *made) {
    xmlFreeDoc(made->domain);
    template_free(made->definition);
    g_ptr_array_unref(made->notes);
}

static gboolean noted(const struct made *made, const char *part) {
    for (guint i = 0; i < made->notes->len; i++)
        if (strstr(g_ptr_array_index(made->notes, i), part) != NULL)
            return TRUE;
    return FALSE;
}

static void sizes_network_and_system_are_the_guests(void **state) {
    struct made made = publish(
        "<metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'>"
        "<l:os id='http://debian.org/debian/12'/></l:libosinfo></metadata><os><type>hvm</type></os><devices>"
        "<disk type='file' device='disk'><source file='/p/web.qcow2'/><target dev='vda' bus='virtio'/></disk>"
        "<interface type='bridge'><source bridge='br0'/></interface></devices>",
        NULL);
    assert_string_equal(made.definition->name, "gold");
    assert_int_equal(made.definition->vcpus, 3);
    assert_true(made.definition->memory == G_GUINT64_CONSTANT(2) << 30);
    assert_string_equal(made.definition->network, "bridge:br0");
    assert_string_equal(made.definition->os, "debian12");
    assert_int_equal(made.definition->firmware, FIRMWARE_DEFAULT);
    assert_null(made.definition->kernel);
    assert_int_equal(made.notes->len, 0);
    assert_false(published_told_by_kernel(made.domain));
    made_clear(&made);
}

static void the_firmware_is_known_however_it_was_asked_for(void **state) {
    static const struct {
        const char *os;
        enum firmware firmware;
    } cases[] = {
        {"<os firmware='efi'><type>hvm</type></os>", FIRMWARE_UEFI},
        {"<os firmware='efi'><firmware><feature enabled='no' name='secure-boot'/></firmware></os>",
         FIRMWARE_UEFI},
        {"<os firmware='efi'><firmware><feature enabled='yes' name='secure-boot'/></firmware></os>",
         FIRMWARE_UEFI_SECURE},
        {"<os><loader readonly='yes' type='pflash'>/OVMF.fd</loader><nvram>/n</nvram></os>", FIRMWARE_UEFI},
        {"<os><loader readonly='yes' secure='yes' type='pflash'>/OVMF.fd</loader></os>",
         FIRMWARE_UEFI_SECURE},
        {"<os><loader type='rom'>/bios.bin</loader></os>", FIRMWARE_DEFAULT},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct made made = publish(cases[i].os, NULL);
        assert_int_equal(made.definition->firmware, cases[i].firmware);
        assert_int_equal(noted(&made, "variables"),
                         strstr(cases[i].os, "efi") != NULL || strstr(cases[i].os, "nvram") != NULL);
        made_clear(&made);
    }
}

static void a_kernel_that_was_told_the_name_is_told_each_new_one(void **state) {
    struct made made = publish("<os firmware='efi'><type>hvm</type><kernel>/p/k</kernel><initrd>/p/i</initrd>"
                               "<cmdline>quiet innkeep.name=we%20b ro</cmdline></os>",
                               NULL);
    assert_string_equal(made.definition->kernel, "/p/k");
    assert_string_equal(made.definition->initrd, "/p/i");
    assert_string_equal(made.definition->cmdline, "quiet innkeep.name=${name} ro");
    /* One of them boots. */
    assert_int_equal(made.definition->firmware, FIRMWARE_DEFAULT);
    assert_true(published_told_by_kernel(made.domain));
    made_clear(&made);
}

static void what_a_new_guest_will_not_have_is_said(void **state) {
    struct made made =
        publish("<devices><disk device='disk'><target dev='sda' bus='sata'/></disk><interface type='user'/>"
                "<interface type='user'/><tpm><backend type='emulator'/></tpm><hostdev/></devices>",
                NULL);
    assert_true(noted(&made, "not on virtio"));
    assert_true(noted(&made, "TPM"));
    assert_true(noted(&made, "one network interface"));
    assert_true(noted(&made, "host devices"));
    made_clear(&made);
}

static void who_logs_in_is_what_the_template_before_said(void **state) {
    struct template origin = {
        .name = (char *)"debian", .os = (char *)"debian12", .user = (char *)"ada", .wait = (char *)"22/tcp"};
    struct made made = publish("<devices/>", &origin);
    assert_string_equal(made.definition->user, "ada");
    assert_string_equal(made.definition->wait, "22/tcp");
    assert_string_equal(made.definition->os, "debian12");
    made_clear(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_network_and_system_are_the_guests),
        cmocka_unit_test(the_firmware_is_known_however_it_was_asked_for),
        cmocka_unit_test(a_kernel_that_was_told_the_name_is_told_each_new_one),
        cmocka_unit_test(what_a_new_guest_will_not_have_is_said),
        cmocka_unit_test(who_logs_in_is_what_the_template_before_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
