/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/domain_xml.h"

#include <string.h>

#include "core/base/xml.h"

char *domain_xml_mac(void) {
    guint32 random = g_random_int();
    return g_strdup_printf("52:54:00:%02x:%02x:%02x", random & 0xff, (random >> 8) & 0xff,
                           (random >> 16) & 0xff);
}

char *domain_xml_cmdline(const char *cmdline, const char *name) {
    g_autofree char *encoded = g_uri_escape_string(name, NULL, FALSE);
    g_auto(GStrv) parts = g_strsplit(cmdline, "${name}", -1);
    return g_strjoinv(encoded, parts);
}

/* libvirt chooses the firmware's files by what it is asked for (formatdomain, "firmware autoselection"). */
static void add_firmware(xmlNode *os, enum firmware firmware) {
    if (firmware != FIRMWARE_UEFI && firmware != FIRMWARE_UEFI_SECURE)
        return;
    const char *secure = firmware == FIRMWARE_UEFI_SECURE ? "yes" : "no";
    xml_set(os, "firmware", "efi");
    xmlNode *wanted = xml_add(os, "firmware", NULL);
    xml_add_with(wanted, "feature", "enabled", secure, "name", "secure-boot", NULL);
    xml_add_with(wanted, "feature", "enabled", secure, "name", "enrolled-keys", NULL);
}

/* The disk comes first and what installs the system after it: an empty disk falls through, and once there is
 * a system on it, that boots. Nothing has to be changed after the installation, nor by its own reboot. */
static gboolean ordered(const struct domain_spec *spec) {
    return spec->medium_path != NULL || spec->network_boot;
}

static void add_order(xmlNode *device, const char *order) {
    xml_add_with(device, "boot", "order", order, NULL);
}

static void add_os(xmlNode *root, const struct domain_spec *spec) {
    xmlNode *os = xml_add(root, "os", NULL);
    xml_set(xml_add(os, "type", "hvm"), "machine", DOMAIN_XML_MACHINE);
    add_firmware(os, spec->firmware);
    if (spec->kernel == NULL) {
        if (!ordered(spec))
            xml_add_with(os, "boot", "dev", "hd", NULL);
        return;
    }
    xml_add(os, "kernel", spec->kernel);
    if (spec->initrd != NULL)
        xml_add(os, "initrd", spec->initrd);
    if (spec->cmdline != NULL) {
        g_autofree char *cmdline = domain_xml_cmdline(spec->cmdline, spec->name);
        xml_add(os, "cmdline", cmdline);
    }
}

static void add_machine(xmlNode *root, const struct domain_spec *spec) {
    xmlNode *features = xml_add(root, "features", NULL);
    xml_add(features, "acpi", NULL);
    xml_add(features, "apic", NULL);
    if (spec->firmware == FIRMWARE_UEFI_SECURE)
        xml_add_with(features, "smm", "state", "on", NULL);
    /* The host's own CPU where it runs it; emulated, all that the emulator knows. */
    xml_add_with(root, "cpu", "mode", strcmp(spec->type, "kvm") == 0 ? "host-passthrough" : "maximum", NULL);
    xmlNode *clock = xml_add_with(root, "clock", "offset", spec->local_clock ? "localtime" : "utc", NULL);
    xml_add_with(clock, "timer", "name", "rtc", "tickpolicy", "catchup", NULL);
    xml_add_with(clock, "timer", "name", "pit", "tickpolicy", "delay", NULL);
    xml_add_with(clock, "timer", "name", "hpet", "present", "no", NULL);
    xml_add(root, "on_poweroff", "destroy");
    xml_add(root, "on_reboot", "restart");
    xml_add(root, "on_crash", "destroy");
    xmlNode *sleep = xml_add(root, "pm", NULL);
    xml_add_with(sleep, "suspend-to-mem", "enabled", "no", NULL);
    xml_add_with(sleep, "suspend-to-disk", "enabled", "no", NULL);
}

static void add_disk(xmlNode *devices, const struct domain_spec *spec) {
    xmlNode *disk = xml_add_with(devices, "disk", "type", "file", "device", "disk", NULL);
    xml_add_with(disk, "driver", "name", "qemu", "type", spec->disk_format, "discard", "unmap", NULL);
    xml_add_with(disk, "source", "file", spec->disk_path, NULL);
    gboolean virtio = spec->disk_bus == NULL;
    xml_add_with(disk, "target", "dev", virtio ? "vda" : "sda", "bus", virtio ? "virtio" : spec->disk_bus,
                 NULL);
    if (ordered(spec))
        add_order(disk, "1");
}

/* On SATA, for which the kernels of installers have a driver, unlike those of cloud images. */
static void add_medium(xmlNode *devices, const struct domain_spec *spec) {
    xmlNode *drive = xml_add_with(devices, "disk", "type", "file", "device", "cdrom", NULL);
    xml_add_with(drive, "driver", "name", "qemu", "type", "raw", NULL);
    xml_add_with(drive, "source", "file", spec->medium_path, NULL);
    xml_add_with(drive, "target", "dev", "sdb", "bus", "sata", NULL);
    xml_add(drive, "readonly", NULL);
    add_order(drive, "2");
}

/* A disk and no CD-ROM: the kernels that cloud images bring have virtio and few others (Debian's for clouds
 * has no driver of a SATA CD-ROM), and cloud-init looks for the label "cidata" on whatever disk there is. */
void domain_xml_add_seed(xmlNode *devices, const char *path, const char *target) {
    xmlNode *disk = xml_add_with(devices, "disk", "type", "file", "device", "disk", NULL);
    xml_add_with(disk, "driver", "name", "qemu", "type", "raw", NULL);
    xml_add_with(disk, "source", "file", path, NULL);
    xml_add_with(disk, "target", "dev", target, "bus", "virtio", NULL);
    xml_add(disk, "readonly", NULL);
}

static void add_interface(xmlNode *devices, const struct domain_spec *spec) {
    static const char bridge[] = "bridge:";
    const char *type = spec->network == NULL                     ? "user"
                       : g_str_has_prefix(spec->network, bridge) ? "bridge"
                                                                 : "network";
    xmlNode *interface = xml_add_with(devices, "interface", "type", type, NULL);
    xml_add_with(interface, "mac", "address", spec->mac, NULL);
    if (strcmp(type, "bridge") == 0)
        xml_add_with(interface, "source", "bridge", spec->network + strlen(bridge), NULL);
    else if (spec->network != NULL)
        xml_add_with(interface, "source", "network", spec->network, NULL);
    xml_add_with(interface, "model", "type", spec->nic != NULL ? spec->nic : "virtio", NULL);
    if (spec->network_boot)
        add_order(interface, "2");
}

/* Without a pointer no USB: nothing else needs it, and it wakes an emulated guest all the time. */
static void add_usb(xmlNode *devices, const struct domain_spec *spec) {
    xml_add_with(devices, "controller", "type", "usb", "model", spec->pointer ? "qemu-xhci" : "none", NULL);
    if (!spec->pointer)
        return;
    xml_add_with(devices, "input", "type", "tablet", "bus", "usb", NULL);
    xml_add_with(devices, "input", "type", "keyboard", "bus", "usb", NULL);
}

/* Appended to: a guest that starts again does not take away why it stopped. */
void domain_xml_add_log(xmlNode *serial, const char *path) {
    xml_add_with(serial, "log", "file", path, "append", "on", NULL);
}

static void add_lines(xmlNode *devices, const struct domain_spec *spec) {
    xmlNode *serial = xml_add_with(devices, "serial", "type", "pty", NULL);
    xmlNode *target = xml_add_with(serial, "target", "type", "isa-serial", "port", "0", NULL);
    xml_add_with(target, "model", "name", "isa-serial", NULL);
    if (spec->console_log != NULL)
        domain_xml_add_log(serial, spec->console_log);
    xmlNode *console = xml_add_with(devices, "console", "type", "pty", NULL);
    xml_add_with(console, "target", "type", "serial", "port", "0", NULL);
    xmlNode *channel = xml_add_with(devices, "channel", "type", "unix", NULL);
    xml_add_with(channel, "target", "type", "virtio", "name", "org.qemu.guest_agent.0", NULL);
}

static void add_devices(xmlNode *root, const struct domain_spec *spec) {
    xmlNode *devices = xml_add(root, "devices", NULL);
    if (spec->disk_path != NULL)
        add_disk(devices, spec);
    if (spec->medium_path != NULL)
        add_medium(devices, spec);
    if (spec->seed_path != NULL)
        domain_xml_add_seed(devices, spec->seed_path, "vdb");
    add_usb(devices, spec);
    add_interface(devices, spec);
    add_lines(devices, spec);
    if (spec->tpm) {
        xmlNode *tpm = xml_add_with(devices, "tpm", "model", "tpm-crb", NULL);
        xml_add_with(tpm, "backend", "type", "emulator", "version", "2.0", NULL);
    }
    /* A screen that nobody reaches over a network: through libvirt alone. */
    xmlNode *graphics = xml_add_with(devices, "graphics", "type", "vnc", NULL);
    xml_add_with(graphics, "listen", "type", "none", NULL);
    xml_add_with(xml_add(devices, "video", NULL), "model", "type", "vga", NULL);
    xml_add_with(devices, "memballoon", "model", "virtio", NULL);
    xmlNode *rng = xml_add_with(devices, "rng", "model", "virtio", NULL);
    xml_set(xml_add(rng, "backend", "/dev/urandom"), "model", "random");
    xml_add_with(devices, "panic", "model", "isa", NULL);
}

xmlDoc *domain_xml_new(const struct domain_spec *spec) {
    xmlDoc *domain = xml_new("domain");
    xmlNode *root = xml_root(domain);
    g_autofree char *memory = g_strdup_printf("%" G_GUINT64_FORMAT, (spec->memory + 1023) / 1024);
    g_autofree char *vcpus = g_strdup_printf("%u", spec->vcpus);
    xml_set(root, "type", spec->type);
    xml_add(root, "name", spec->name);
    xml_add(root, "uuid", spec->uuid);
    metadata_write(domain, spec->metadata);
    xml_set(xml_add(root, "memory", memory), "unit", "KiB");
    xml_add(root, "vcpu", vcpus);
    add_os(root, spec);
    add_machine(root, spec);
    add_devices(root, spec);
    return domain;
}
