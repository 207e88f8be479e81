/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/demo.h"

#include "core/base/libvirt.h"
#include "core/base/xml.h"
#include "core/guest/metadata.h"
#include "core/storage/volume.h"

enum condition { RUNNING, PAUSED, OFF, SAVED, CRASHED, SUSPENDED };

static const struct sample {
    const char *name, *title, *template_name, *role, *service, *tags;
    guint vcpus, memory_mib;
    enum condition condition;
} house[] = {
    {"web", "Web server", "debian-12", "web", "wiki", "prod", 2, 2048, RUNNING},
    {"wiki-app-1", "Wiki", "debian-12", "web", "wiki", "prod", 2, 4096, RUNNING},
    {"wiki-app-2", "Wiki, second replica", "debian-12", "web", "wiki", "prod", 2, 4096, RUNNING},
    {"wiki-db", "Wiki's database", "debian-12", "database", "wiki", "prod", 4, 8192, RUNNING},
    {"mail", "Mail and calendar", "debian-12", "mail", NULL, "prod", 2, 4096, RUNNING},
    {"dns-1", NULL, "alpine", "dns", "dns", "prod", 1, 256, RUNNING},
    {"dns-2", NULL, "alpine", "dns", "dns", "prod", 1, 256, PAUSED},
    {"build", "Builds at night", "fedora", NULL, NULL, "lab", 4, 8192, SUSPENDED},
    {"Windows 11 (old)", "Accounting", NULL, NULL, NULL, NULL, 4, 8192, OFF},
    {"lab:openbsd", NULL, NULL, NULL, NULL, "lab", 1, 1024, CRASHED},
    {"games", NULL, "debian-12", NULL, NULL, NULL, 4, 8192, SAVED},
    {"scratch", NULL, "tiny", NULL, NULL, "lab", 1, 128, OFF},
};

static char *sample_xml(const struct sample *sample) {
    g_autoptr(xmlDoc) document = xml_new("domain");
    xmlNode *root = xml_root(document);
    g_autofree char *uuid = g_uuid_string_random();
    g_autofree char *memory = g_strdup_printf("%u", sample->memory_mib);
    g_autofree char *vcpus = g_strdup_printf("%u", sample->vcpus);
    xml_set(root, "type", "test");
    xml_add(root, "name", sample->name);
    xml_add(root, "uuid", uuid);
    if (sample->title != NULL)
        xml_add(root, "title", sample->title);
    g_auto(GStrv) tags = sample->tags == NULL ? NULL : g_strsplit(sample->tags, ",", -1);
    const struct metadata metadata = {.uuid = uuid,
                                      .template_name = sample->template_name,
                                      .role = sample->role,
                                      .service = sample->service,
                                      .tags = tags};
    if (sample->template_name != NULL || tags != NULL)
        metadata_write(document, &metadata);
    xml_set(xml_add(root, "memory", memory), "unit", "MiB");
    xml_add(root, "vcpu", vcpus);
    xml_add(xml_add(root, "os", NULL), "type", "hvm");
    xmlNode *devices = xml_add(root, "devices", NULL);
    xmlNode *interface = xml_add_with(devices, "interface", "type", "network", NULL);
    xml_add_with(interface, "source", "network", "default", NULL);
    xml_add_with(interface, "model", "type", "virtio", NULL);
    return xml_text(document);
}

static void furnish_one(virConnectPtr connection, const struct sample *sample) {
    g_autofree char *xml = sample_xml(sample);
    g_autoptr(virDomain) domain = virDomainDefineXML(connection, xml);
    int done = domain == NULL || sample->condition == OFF ? 0 : virDomainCreate(domain);
    if (domain == NULL || done < 0) {
        g_warning("demo guest '%s': %s", sample->name, virGetLastErrorMessage());
        return;
    }
    switch (sample->condition) {
    case PAUSED:
        done = virDomainSuspend(domain);
        break;
    case SAVED:
        done = virDomainManagedSave(domain, 0);
        break;
    case CRASHED:
        done = virDomainCoreDump(domain, "/dev/null", VIR_DUMP_CRASH);
        break;
    case SUSPENDED:
        done = virDomainPMSuspendForDuration(domain, VIR_NODE_SUSPEND_TARGET_MEM, 0, 0);
        break;
    case RUNNING:
    case OFF:
        break;
    }
    if (done < 0)
        g_debug("demo guest '%s' stays as it is: %s", sample->name, virGetLastErrorMessage());
}

/* The parts of the template tiny, so that a new guest can be tried. */
static void furnish_template(virConnectPtr connection) {
    static const char *const parts[] = {"tiny.qcow2", "tiny.vmlinuz", "tiny.initrd"};
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(connection, "default-pool");
    for (gsize i = 0; pool != NULL && i < G_N_ELEMENTS(parts); i++) {
        const struct volume_spec spec = {
            .name = parts[i], .format = i == 0 ? "qcow2" : "raw", .capacity = G_GUINT64_CONSTANT(1) << 30};
        g_autoptr(GError) error = NULL;
        g_autoptr(virStorageVol) made = volume_create(pool, &spec, &error);
        if (made == NULL)
            g_debug("%s", error->message);
    }
}

void demo_furnish(const char *uri) {
    static virConnectPtr kept; /* the house is gone with its last connection */
    if (kept != NULL || (kept = virConnectOpen(uri)) == NULL)
        return;
    g_autoptr(virDomain) own = virDomainLookupByName(kept, "test");
    if (own != NULL && (virDomainDestroy(own) < 0 || virDomainUndefine(own) < 0))
        g_debug("libvirt's own test guest stays: %s", virGetLastErrorMessage());
    for (gsize i = 0; i < G_N_ELEMENTS(house); i++)
        furnish_one(kept, &house[i]);
    furnish_template(kept);
}
