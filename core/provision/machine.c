/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/machine.h"

#include <string.h>

#include "config/units.h"
#include "core/base/xml.h"
#include "core/host/sight.h"
#include "core/provision/headroom.h"
#include "core/provision/network.h"
#include "core/provision/work.h"

#define MEMORY_MIN (G_GUINT64_CONSTANT(32) << 20)
/* OVMF 2022.11 boots Linux 6.1 with tiny's initrd in 192 MiB, and never comes to it in 128 MiB (measured). */
#define MEMORY_MIN_UEFI (G_GUINT64_CONSTANT(192) << 20)
#define SECTOR          512

/* Where neither the template nor libosinfo says anything. What is installed from a medium is larger than the
 * images that templates are made of; its disk takes nothing before it is written to. */
static const struct {
    guint vcpus;
    guint64 memory, disk;
} of_template = {1, G_GUINT64_CONSTANT(512) << 20, 0},
  of_its_own = {2, G_GUINT64_CONSTANT(2) << 30, G_GUINT64_CONSTANT(20) << 30};

void machine_clear(struct machine *machine) {
    g_free(machine->network);
    os_info_free(machine->os);
    *machine = (struct machine){0};
}

/* ---- the system ---- */

/* A template's own word for its system only fills what it leaves open: half a second for nothing else. */
static gboolean choose_os(struct machine *machine, const struct request *request,
                          const struct template *template, GError **error) {
    g_autoptr(GError) unknown = NULL;
    machine->fitted = request->os != NULL || template == NULL;
    if (request->os != NULL) {
        os_info_free(machine->os);
        machine->os = os_info_find(request->os, error);
        return machine->os != NULL;
    }
    if (machine->os != NULL || template == NULL || template->os == NULL)
        return TRUE;
    if ((request->vcpus != 0 || template->vcpus != 0) && (request->memory != 0 || template->memory != 0) &&
        (request->disk != 0 || template->disk != 0))
        return TRUE;
    machine->os = os_info_find(template->os, &unknown);
    if (machine->os == NULL)
        g_debug("%s", unknown->message);
    return TRUE;
}

static gboolean has_uefi(const struct machine *machine) {
    return machine->firmware == FIRMWARE_UEFI || machine->firmware == FIRMWARE_UEFI_SECURE;
}

/* ---- sizes ---- */

static guint64 first_of(guint64 asked, guint64 of_definition, guint64 of_os, guint64 otherwise) {
    return asked != 0 ? asked : of_definition != 0 ? of_definition : of_os != 0 ? of_os : otherwise;
}

static gboolean refuse(GError **error, const char *format, guint64 given, guint64 limit) {
    g_autofree char *first = units_format_size(given);
    g_autofree char *second = units_format_size(limit);
    g_autofree char *message = g_strdup_printf("%s %s %s", first, format, second);
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s", message);
    return FALSE;
}

/* virNodeGetInfo() leaves out memory that belongs to no NUMA cell: only where nothing else tells. */
static guint64 host_memory(virConnectPtr connection) {
    virNodeInfo node;
    guint64 total, available;
    sight_host_memory(connection, &total, &available);
    if (total != UNKNOWN_SIZE)
        return total;
    return virNodeGetInfo(connection, &node) == 0 ? (guint64)node.memory * 1024 : UNKNOWN_SIZE;
}

static gboolean check_sizes(const struct machine *machine, const struct operation *operation,
                            guint64 disk_least, GError **error) {
    guint64 memory = host_memory(operation->connection);
    int most = virConnectGetMaxVcpus(operation->connection, machine->type);
    if (most > 0 && machine->vcpus > (guint)most) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL,
                  "%u virtual CPUs are more than the %d that a guest can have here", machine->vcpus, most);
        return FALSE;
    }
    if (machine->memory < MEMORY_MIN)
        return refuse(error, "of memory is less than", machine->memory, MEMORY_MIN);
    if (has_uefi(machine) && machine->memory < MEMORY_MIN_UEFI)
        return refuse(error, "of memory is less than UEFI firmware takes:", machine->memory, MEMORY_MIN_UEFI);
    if (machine->memory > memory)
        return refuse(error, "of memory is more than this host's", machine->memory, memory);
    if (machine->disk < disk_least)
        return refuse(error, "of disk is less than the template's", machine->disk, disk_least);
    if (machine->disk > HEADROOM_DISK_MAX)
        return refuse(error, "of disk is more than", machine->disk, HEADROOM_DISK_MAX);
    return TRUE;
}

static gboolean choose_sizes(struct machine *machine, const struct operation *operation,
                             const struct request *request, const struct template *template,
                             guint64 disk_least, GError **error) {
    static const struct template nothing;
    static const struct os_info unknown;
    const struct template *definition = template != NULL ? template : &nothing;
    const struct os_info *os = machine->os != NULL ? machine->os : &unknown;
    guint vcpus = template != NULL ? of_template.vcpus : of_its_own.vcpus;
    guint64 memory = template != NULL ? of_template.memory : of_its_own.memory;
    guint64 disk = template != NULL ? of_template.disk : of_its_own.disk;
    machine->vcpus = (guint)first_of(request->vcpus, definition->vcpus, os->vcpus, vcpus);
    machine->memory = first_of(request->memory, definition->memory, os->memory, memory);
    if (request->memory == 0 && has_uefi(machine))
        machine->memory = MAX(machine->memory, MEMORY_MIN_UEFI);
    machine->disk = request->no_disk     ? 0
                    : request->disk != 0 ? request->disk
                                         : MAX(disk_least, first_of(0, definition->disk, os->disk, disk));
    if (!check_sizes(machine, operation, disk_least, error))
        return FALSE;
    machine->disk = (machine->disk + SECTOR - 1) / SECTOR * SECTOR;
    return TRUE;
}

/* ---- firmware and TPM ---- */

/* What libvirt says it can give to such a guest; NULL where the driver does not say. */
static xmlDoc *abilities(virConnectPtr connection, const char *type) {
    char *text = virConnectGetDomainCapabilities(connection, NULL, NULL, DOMAIN_XML_MACHINE, type, 0);
    xmlDoc *document = text == NULL ? NULL : xml_parse(text, "domain capabilities", NULL);
    if (text == NULL)
        g_debug("domain capabilities: %s", virGetLastErrorMessage());
    free(text);
    return document;
}

static gboolean check_abilities(const struct machine *machine, virConnectPtr connection, GError **error) {
    gboolean efi = has_uefi(machine);
    if (!efi && !machine->tpm)
        return TRUE;
    g_autoptr(xmlDoc) document = abilities(connection, machine->type);
    xmlNode *root = document == NULL ? NULL : xml_root(document);
    const char *missing = NULL, *hint = NULL;
    if (root == NULL)
        return TRUE;
    if (efi && !xml_has(root, "os/enum[@name='firmware']/value[.='efi']")) {
        missing = "UEFI firmware for guests";
        hint = "install it there: the package ovmf, or edk2-ovmf";
    } else if (machine->firmware == FIRMWARE_UEFI_SECURE &&
               !xml_has(root, "os/loader/enum[@name='secure']/value[.='yes']")) {
        missing = "UEFI firmware with secure boot";
        hint = "install it there: the package ovmf, or edk2-ovmf";
    } else if (machine->tpm &&
               !xml_has(root,
                        "devices/tpm[@supported='yes']/enum[@name='backendModel']/value[.='emulator']")) {
        missing = "TPM emulator";
        hint = "install it there: the packages swtpm and swtpm-tools";
    }
    if (missing != NULL)
        error_set(error, INNKEEP_ERROR_FAILED, hint, "this host has no %s", missing);
    return missing == NULL;
}

static gboolean choose_platform(struct machine *machine, struct operation *operation,
                                const struct request *request, const struct template *template,
                                GError **error) {
    machine->firmware = FIRMWARE_DEFAULT;
    if (request->firmware != NULL && !firmware_parse(request->firmware, &machine->firmware, error))
        return FALSE;
    if (machine->firmware == FIRMWARE_DEFAULT && template != NULL)
        machine->firmware = template->firmware;
    gboolean fits = machine->fitted && machine->os != NULL;
    if (machine->firmware == FIRMWARE_DEFAULT && fits)
        machine->firmware = machine->os->firmware;
    machine->tpm = request->tpm || (template != NULL && template->tpm) || (fits && machine->os->tpm);
    return check_abilities(machine, operation->connection, error);
}

/* ---- public ---- */

gboolean machine_choose(struct machine *machine, struct operation *operation, const struct request *request,
                        const struct template *template, guint64 disk_least, GError **error) {
    machine->type = work_domain_type(operation);
    return choose_os(machine, request, template, error) &&
           choose_platform(machine, operation, request, template, error) &&
           choose_sizes(machine, operation, request, template, disk_least, error) &&
           network_choose(operation, request->network, template == NULL ? NULL : template->network,
                          request->start != 0, &machine->network, error);
}

gboolean machine_takes_kernel(const struct machine *machine, GError **error) {
    if (machine->firmware != FIRMWARE_UEFI_SECURE)
        return TRUE;
    /* Its keys are Microsoft's, and what they sign is shim: distributions sign their kernels for shim. */
    error_set(
        error, INNKEEP_ERROR_USAGE, "--firmware uefi boots it",
        "secure boot takes no kernel from outside the guest: what boots must be on its disk, behind shim");
    return FALSE;
}

void machine_apply(const struct machine *machine, struct domain_spec *spec) {
    spec->type = machine->type;
    spec->vcpus = machine->vcpus;
    spec->memory = machine->memory;
    spec->firmware = machine->firmware;
    spec->tpm = machine->tpm;
    spec->network = machine->network;
    if (!machine->fitted || machine->os == NULL)
        return;
    spec->disk_bus = machine->os->virtio_disk ? NULL : "sata";
    spec->nic = machine->os->nic;
    spec->local_clock = machine->os->local_clock;
}
