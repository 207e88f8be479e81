/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/facts.h"

#include <string.h>

#include "core/base/xml.h"
#include "core/guest/metadata.h"

static void nic_free(gpointer data) {
    struct guest_nic *nic = data;
    char *owned[] = {nic->mac, nic->network, nic->bridge, nic->model, nic->filter, nic->target};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_free(nic);
}

static char *or_else(char *text, const char *fallback) {
    return text != NULL ? text : g_strdup(fallback);
}

static struct guest_disk *parse_disk(xmlNode *node) {
    struct guest_disk *disk = g_new0(struct guest_disk, 1);
    disk->type = or_else(xml_attribute(node, "type"), "file");
    disk->device = or_else(xml_attribute(node, "device"), "disk");
    disk->target = xml_string(node, "target/@dev");
    disk->bus = xml_string(node, "target/@bus");
    disk->format = xml_string(node, "driver/@type");
    disk->path = xml_string(node, "source/@file | source/@dev | source/@dir | source/@name");
    disk->pool = xml_string(node, "source/@pool");
    disk->volume = xml_string(node, "source/@volume");
    disk->backing = xml_string(node, "backingStore/source/@file | backingStore/source/@dev");
    disk->read_only = xml_has(node, "readonly");
    disk->shareable = xml_has(node, "shareable");
    disk->capacity = disk->allocation = UNKNOWN_SIZE;
    return disk;
}

static struct guest_nic *parse_nic(xmlNode *node) {
    struct guest_nic *nic = g_new0(struct guest_nic, 1);
    g_autofree char *mac = xml_string(node, "mac/@address");
    nic->mac = mac == NULL ? NULL : g_ascii_strdown(mac, -1);
    nic->network = xml_string(node, "source/@network");
    if (nic->network == NULL) /* a running guest's names its network's bridge too */
        nic->bridge = xml_string(node, "source/@bridge | source/@dev");
    nic->model = xml_string(node, "model/@type");
    nic->filter = xml_string(node, "filterref/@filter");
    nic->target = xml_string(node, "target/@dev");
    return nic;
}

/* libvirt writes domain sizes with a unit; KiB where none is named (formatdomain, "memory"). */
static guint64 parse_memory(xmlNode *root) {
    static const struct {
        const char *unit;
        guint64 bytes;
    } units[] = {
        {"b", 1},       {"bytes", 1},        {"KiB", 1 << 10},     {"k", 1 << 10},      {"MiB", 1 << 20},
        {"M", 1 << 20}, {"GiB", 1 << 30},    {"G", 1 << 30},       {"TiB", 1ULL << 40}, {"T", 1ULL << 40},
        {"KB", 1000},   {"MB", 1000 * 1000}, {"GB", 1000000000ULL}};
    guint64 value = 0, scale = 1024;
    g_autofree char *unit = xml_string(root, "memory/@unit");
    if (!xml_number(root, "memory", &value))
        return UNKNOWN_SIZE;
    for (gsize i = 0; unit != NULL && i < G_N_ELEMENTS(units); i++)
        if (strcmp(unit, units[i].unit) == 0)
            scale = units[i].bytes;
    return value > UNKNOWN_SIZE / scale ? UNKNOWN_SIZE : value * scale;
}

static void parse_graphics(xmlNode *root, struct guest_facts *facts) {
    xmlNode *node =
        xml_first(root, "devices/graphics[@type='vnc' or @type='spice'][not(listen/@type='none')]");
    facts->graphics_port = -1;
    if (node == NULL)
        return;
    g_autofree char *type = xml_attribute(node, "type");
    g_autofree char *port = xml_attribute(node, "port");
    facts->graphics_host = or_else(xml_attribute(node, "listen"), "127.0.0.1");
    facts->graphics_port = port == NULL ? -1 : (int)g_ascii_strtoll(port, NULL, 10);
    facts->graphics = facts->graphics_port > 0
                          ? g_strdup_printf("%s %s:%d", type, facts->graphics_host, facts->graphics_port)
                          : g_strdup(type);
}

/* libvirt opens those on a pseudo-terminal, by the names that they have while the guest runs. The first
 * console is the first serial port once more. */
static char **parse_consoles(xmlNode *root) {
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) names =
        xml_nodes(root, "devices/serial[@type='pty']/alias | devices/console[@type='pty']/alias");
    for (guint i = 0; i < names->len; i++) {
        char *name = xml_attribute(g_ptr_array_index(names, i), "name");
        if (name != NULL && g_hash_table_add(known, name))
            g_strv_builder_add(builder, name);
    }
    return g_strv_builder_end(builder);
}

static void parse_root(xmlNode *root, struct guest_facts *facts) {
    guint64 number = 0;
    facts->title = xml_string(root, "title");
    facts->description = xml_string(root, "description");
    facts->memory_max = parse_memory(root);
    if (xml_number(root, "vcpu/@current", &number) || xml_number(root, "vcpu", &number))
        facts->vcpus = (guint)MIN(number, 4096);
    g_autofree char *type = xml_attribute(root, "type");
    facts->hardware_virtualization = g_strcmp0(type, "kvm") == 0;
    g_autoptr(GPtrArray) disks = xml_nodes(root, "devices/disk");
    for (guint i = 0; i < disks->len; i++)
        g_ptr_array_add(facts->disks, parse_disk(g_ptr_array_index(disks, i)));
    g_autoptr(GPtrArray) nics = xml_nodes(root, "devices/interface");
    for (guint i = 0; i < nics->len; i++)
        g_ptr_array_add(facts->nics, parse_nic(g_ptr_array_index(nics, i)));
    facts->serial = xml_has(root, "devices/serial | devices/console");
    facts->consoles = parse_consoles(root);
    facts->console_log = xml_string(root, "devices/serial/log/@file | devices/console/log/@file");
    const char *agent = "devices/channel[target/@name='org.qemu.guest_agent.0']";
    facts->agent_channel = xml_has(root, agent);
    facts->agent_connected =
        xml_has(root, "devices/channel[target/@name='org.qemu.guest_agent.0'][target/@state='connected']");
    facts->balloon = xml_has(root, "devices/memballoon[@model!='none']");
    if (xml_number(root, "devices/memballoon/stats/@period", &number))
        facts->memory_period = (guint)MIN(number, 3600);
    parse_graphics(root, facts);
}

struct guest_facts *guest_facts_parse(const char *xml, const char *uuid) {
    struct guest_facts *facts = g_new0(struct guest_facts, 1);
    g_atomic_ref_count_init(&facts->references);
    facts->disks = g_ptr_array_new_with_free_func(guest_disk_free);
    facts->nics = g_ptr_array_new_with_free_func(nic_free);
    facts->graphics_port = -1;
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) document = xml_parse(xml, uuid, &error);
    if (document == NULL)
        g_debug("%s", error->message);
    else {
        parse_root(xml_root(document), facts);
        metadata_read(document, facts, uuid);
    }
    if (facts->tags == NULL)
        facts->tags = g_new0(char *, 1);
    if (facts->volumes == NULL)
        facts->volumes = g_new0(char *, 1);
    return facts;
}
