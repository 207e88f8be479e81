/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/domain_xml.h"

#include <string.h>

#include "core/base/xml.h"
#include "core/guest/identity.h"
#include "tests/unit/unit.h"

static const struct metadata metadata = {.uuid = "11111111-2222-3333-4444-555555555555"};

static struct domain_spec new_spec(void) {
    return (struct domain_spec){.name = "we b",
                                .uuid = metadata.uuid,
                                .vcpus = 2,
                                .memory = G_GUINT64_CONSTANT(1) << 30,
                                .type = "qemu",
                                .disk_path = "/pool/we b.qcow2",
                                .disk_format = "qcow2",
                                .network = "default",
                                .mac = "52:54:00:00:00:01",
                                .metadata = &metadata};
}

static void expect(xmlDoc *domain, const char *xpath, const char *value) {
    g_autofree char *found = xml_string(xml_root(domain), xpath);
    if (g_strcmp0(found, value) != 0)
        fail_msg("%s: '%s' instead of '%s'", xpath, found, value);
}

static void a_guest_has_what_innkeep_relies_on(void **state) {
    struct domain_spec spec = new_spec();
    g_autoptr(xmlDoc) domain = domain_xml_new(&spec);
    expect(domain, "@type", "qemu");
    expect(domain, "name", "we b");
    expect(domain, "memory", "1048576");
    expect(domain, "os/type/@machine", "q35");
    expect(domain, "os/boot/@dev", "hd");
    expect(domain, "cpu/@mode", "maximum");
    expect(domain, "devices/disk/target/@bus", "virtio");
    expect(domain, "devices/interface/source/@network", "default");
    expect(domain, "devices/memballoon/@model", "virtio");
    expect(domain, "devices/channel/target/@name", "org.qemu.guest_agent.0");
    expect(domain, "devices/serial/target/@type", "isa-serial");
    expect(domain, "devices/rng/backend", "/dev/urandom");
    expect(domain, "devices/graphics/listen/@type", "none");
}

static void what_the_console_prints_is_kept_where_a_file_is_given(void **state) {
    struct domain_spec spec = new_spec();
    g_autoptr(xmlDoc) without = domain_xml_new(&spec);
    expect(without, "devices/serial/log", NULL);
    spec.console_log = "/logs/u-console.log";
    g_autoptr(xmlDoc) domain = domain_xml_new(&spec);
    expect(domain, "devices/serial/log/@file", "/logs/u-console.log");
    expect(domain, "devices/serial/log/@append", "on");
    expect(domain, "devices/console/log", NULL);
}

#define LOGGED                                                                                               \
    "<domain><devices><serial type='pty'><log file='/a'/></serial><serial type='pty'>%s</serial>"            \
    "<console type='pty'><log file='/a'/><target type='serial'/></console></devices></domain>"

/* The clone's log and how many notes there are. */
static void expect_log(const char *second, const char *log, guint notes) {
    g_autofree char *xml = g_strdup_printf(LOGGED, second);
    g_autoptr(xmlDoc) domain = xml_parse(xml, "logged", NULL);
    g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func(g_free);
    identity_renew(domain, "new", "v", log, told);
    expect(domain, "devices/serial[1]/log/@file", log);
    expect(domain, "devices/serial[2]/log", NULL);
    expect(domain, "devices/console/log", NULL);
    assert_int_equal(told->len, notes);
}

static void a_copy_never_writes_into_the_log_of_its_source(void **state) {
    expect_log("", NULL, 1);
    expect_log("", "/b", 0);
    expect_log("<log file='/c'/>", "/b", 1);
}

static void a_seed_is_a_disk_that_a_cloud_kernel_can_read_and_nobody_write(void **state) {
    struct domain_spec spec = new_spec();
    g_autoptr(xmlDoc) without = domain_xml_new(&spec);
    expect(without, "devices/disk[2]/@type", NULL);
    spec.seed_path = "/pool/we b-seed.iso";
    g_autoptr(xmlDoc) domain = domain_xml_new(&spec);
    expect(domain, "devices/disk[1]/target/@dev", "vda");
    expect(domain, "devices/disk[2]/@device", "disk");
    expect(domain, "devices/disk[2]/source/@file", "/pool/we b-seed.iso");
    expect(domain, "devices/disk[2]/driver/@type", "raw");
    expect(domain, "devices/disk[2]/target/@bus", "virtio");
    expect(domain, "devices/disk[2]/readonly", "");
}

static void the_kind_of_guest_follows_the_host_and_template(void **state) {
    struct domain_spec spec = new_spec();
    spec.type = "kvm";
    spec.network = NULL;
    spec.firmware = FIRMWARE_UEFI_SECURE;
    g_autoptr(xmlDoc) secure = domain_xml_new(&spec);
    expect(secure, "cpu/@mode", "host-passthrough");
    expect(secure, "devices/interface/@type", "user");
    expect(secure, "os/@firmware", "efi");
    expect(secure, "os/firmware/feature[@name='secure-boot']/@enabled", "yes");
    expect(secure, "features/smm/@state", "on");
    spec.network = "bridge:br0";
    spec.firmware = FIRMWARE_BIOS;
    g_autoptr(xmlDoc) bridged = domain_xml_new(&spec);
    expect(bridged, "devices/interface/source/@bridge", "br0");
    expect(bridged, "os/@firmware", NULL);
}

static void what_installs_a_system_boots_after_the_disk(void **state) {
    struct domain_spec spec = new_spec();
    spec.medium_path = "/iso/a <b>.iso";
    spec.pointer = TRUE;
    g_autoptr(xmlDoc) medium = domain_xml_new(&spec);
    expect(medium, "os/boot", NULL);
    expect(medium, "devices/disk[@device='disk']/boot/@order", "1");
    expect(medium, "devices/disk[@device='cdrom']/boot/@order", "2");
    expect(medium, "devices/disk[@device='cdrom']/source/@file", "/iso/a <b>.iso");
    expect(medium, "devices/disk[@device='cdrom']/target/@bus", "sata");
    expect(medium, "devices/disk[@device='cdrom']/readonly", "");
    expect(medium, "devices/interface/boot", NULL);
    expect(medium, "devices/input[@type='tablet']/@bus", "usb");
    spec.medium_path = NULL;
    spec.network_boot = TRUE;
    g_autoptr(xmlDoc) network = domain_xml_new(&spec);
    expect(network, "devices/disk/boot/@order", "1");
    expect(network, "devices/interface/boot/@order", "2");
    spec.disk_path = NULL;
    g_autoptr(xmlDoc) diskless = domain_xml_new(&spec);
    expect(diskless, "devices/disk", NULL);
    expect(diskless, "devices/interface/boot/@order", "2");
}

static void devices_fit_a_system_without_virtio(void **state) {
    struct domain_spec spec = new_spec();
    g_autoptr(xmlDoc) usual = domain_xml_new(&spec);
    expect(usual, "devices/tpm", NULL);
    expect(usual, "devices/input", NULL);
    expect(usual, "clock/@offset", "utc");
    spec.disk_bus = "sata";
    spec.nic = "e1000e";
    spec.local_clock = spec.tpm = TRUE;
    g_autoptr(xmlDoc) domain = domain_xml_new(&spec);
    expect(domain, "devices/disk/target/@dev", "sda");
    expect(domain, "devices/disk/target/@bus", "sata");
    expect(domain, "devices/interface/model/@type", "e1000e");
    expect(domain, "clock/@offset", "localtime");
    expect(domain, "devices/tpm/@model", "tpm-crb");
    expect(domain, "devices/tpm/backend/@type", "emulator");
    expect(domain, "devices/tpm/backend/@version", "2.0");
}

static void a_name_on_the_kernel_line_stays_one_word(void **state) {
    struct domain_spec spec = new_spec();
    spec.name = "x init=/bin/sh ${name}";
    spec.kernel = "/pool/k";
    spec.cmdline = "console=ttyS0 innkeep.name=${name} quiet";
    g_autoptr(xmlDoc) domain = domain_xml_new(&spec);
    expect(domain, "os/cmdline", "console=ttyS0 innkeep.name=x%20init%3D%2Fbin%2Fsh%20%24%7Bname%7D quiet");
    expect(domain, "os/boot/@dev", NULL);
}

#define FOREIGN                                                                                              \
    "<domain type='kvm' xmlns:q='urn:q'><name>Windows 11 (old)</name><uuid>u</uuid><genid>g</genid>"         \
    "<metadata><o:x xmlns:o='urn:o'/></metadata><os><type>hvm</type><nvram template='/t'>/n</nvram>"         \
    "<cmdline>a innkeep.name=old b</cmdline></os>"                                                           \
    "<sysinfo type='smbios'><system><entry name='serial'>1</entry><entry name='sku'>2</entry></system>"      \
    "</sysinfo><q:unknown z='1'/><devices>"                                                                  \
    "<disk type='block' device='disk'><driver name='qemu' type='raw' io='native'/><source dev='/dev/vg/a'/>" \
    "<target dev='sda' bus='sata'/><serial>S</serial></disk>"                                                \
    "<interface type='bridge'><mac address='00:11:22:33:44:55'/><source bridge='br0'/><target dev='tap7'/>"  \
    "<filterref filter='clean-traffic'><parameter name='IP' value='10.0.0.1'/></filterref></interface>"      \
    "<serial type='file'><source path='/log'/></serial><hostdev mode='subsystem' type='pci'/>"               \
    "<graphics type='vnc' port='5901' autoport='no' listen='127.0.0.1'/><tpm model='tpm-crb'>"               \
    "<backend type='emulator'/></tpm></devices></domain>"

static void a_copy_is_another_machine(void **state) {
    g_autoptr(xmlDoc) domain = xml_parse(FOREIGN, "foreign", NULL);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    identity_renew(domain, "new", "v", NULL, notes);
    identity_set_disk(domain, "sda", "/pool/new.qcow2", "qcow2");
    expect(domain, "name", "new");
    expect(domain, "uuid", "v");
    expect(domain, "genid", "");
    expect(domain, "os/nvram", "");
    expect(domain, "os/nvram/@template", "/t");
    expect(domain, "os/cmdline", "a innkeep.name=new b");
    expect(domain, "sysinfo//entry", "2");
    expect(domain, "devices/graphics/@port", NULL);
    expect(domain, "devices/graphics/@autoport", "yes");
    expect(domain, "devices/interface/target", NULL);
    expect(domain, "devices/interface/filterref/parameter", NULL);
    expect(domain, "devices/hostdev", NULL);
    expect(domain, "devices/serial/@type", "pty");
    expect(domain, "devices/disk/@type", "file");
    expect(domain, "devices/disk/source/@dev", NULL);
    expect(domain, "devices/disk/source/@file", "/pool/new.qcow2");
    expect(domain, "devices/disk/driver/@type", "qcow2");
    g_autofree char *mac = xml_string(xml_root(domain), "devices/interface/mac/@address");
    assert_true(g_str_has_prefix(mac, "52:54:00:"));
    assert_int_equal(notes->len, 4);
}

static void what_innkeep_does_not_know_survives(void **state) {
    g_autoptr(xmlDoc) domain = xml_parse(FOREIGN, "foreign", NULL);
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    identity_renew(domain, "new", "v", NULL, notes);
    expect(domain, "*[local-name()='unknown']/@z", "1");
    assert_true(xml_has(xml_root(domain), "metadata/*[local-name()='x']"));
    expect(domain, "devices/disk/serial", "S");
    expect(domain, "devices/disk/driver/@io", "native");
    expect(domain, "devices/interface/source/@bridge", "br0");
    expect(domain, "devices/interface/filterref/@filter", "clean-traffic");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guest_has_what_innkeep_relies_on),
        cmocka_unit_test(what_the_console_prints_is_kept_where_a_file_is_given),
        cmocka_unit_test(a_copy_never_writes_into_the_log_of_its_source),
        cmocka_unit_test(a_seed_is_a_disk_that_a_cloud_kernel_can_read_and_nobody_write),
        cmocka_unit_test(the_kind_of_guest_follows_the_host_and_template),
        cmocka_unit_test(what_installs_a_system_boots_after_the_disk),
        cmocka_unit_test(devices_fit_a_system_without_virtio),
        cmocka_unit_test(a_name_on_the_kernel_line_stays_one_word),
        cmocka_unit_test(a_copy_is_another_machine),
        cmocka_unit_test(what_innkeep_does_not_know_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
