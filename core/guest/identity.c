/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/identity.h"

#include <string.h>

#include "core/base/xml.h"
#include "core/guest/domain_xml.h"
#include "core/guest/metadata.h"

/* What cannot be in two guests. note: for a person, NULL where nothing is lost. */
static const struct {
    const char *xpath, *note;
} dropped[] = {
    {"devices/hostdev | devices/interface[@type='hostdev']", "host devices are not copied"},
    {"devices/lease", "lock leases are not copied"},
    {"devices/memory[@model='nvdimm' or @model='virtio-pmem']", "persistent memory modules are not copied"},
    {"devices/tpm[backend/@type!='emulator']", "the host's TPM is not copied"},
    {"devices/interface/filterref/parameter[@name='IP' or @name='MAC']",
     "the network filter's fixed addresses were the source's and are dropped"},
    {"devices/interface/target[@dev]", NULL},
    {"devices/interface/source/@portid", NULL},
    {"devices/interface/virtualport/parameters/@interfaceid | "
     "devices/interface/virtualport/parameters/@instanceid",
     NULL},
    {"sysinfo//entry[@name='uuid' or @name='serial']", NULL},
    {"os/nvram/text() | os/nvram/source | os/nvram/@type", NULL},
    {"devices/graphics/@socket | devices/graphics/listen/@socket", NULL},
    {"devices/graphics[@type='vnc' or @type='spice']/@port | devices/graphics/@tlsPort | "
     "devices/graphics/@websocket",
     NULL},
    {"devices/channel[@type='unix']/source", NULL},
    {"devices/vsock/cid/@address", NULL},
    {"genid/text()", NULL},
};

/* What stays, and a person should know of. */
static const struct {
    const char *xpath, *note;
} noted[] = {
    {"devices/tpm", "its TPM is new and empty: what was sealed to the source's cannot be read"},
    {"devices/filesystem", "it shares the source's host folders"},
    {"*[local-name()='commandline']", "its own QEMU arguments are kept: look whether they name the source"},
};

static void add_note(GPtrArray *notes, const char *note) {
    g_ptr_array_add(notes, g_strdup(note));
}

static void renew_interfaces(xmlNode *root) {
    g_autoptr(GPtrArray) interfaces = xml_nodes(root, "devices/interface");
    for (guint i = 0; i < interfaces->len; i++) {
        g_autofree char *mac = domain_xml_mac();
        xmlNode *address = xml_put(g_ptr_array_index(interfaces, i), "mac", NULL);
        xml_set(address, "address", mac);
    }
}

/* Ports were taken out; without them libvirt must be told to choose. */
static void renew_graphics(xmlNode *root) {
    g_autoptr(GPtrArray) graphics =
        xml_nodes(root, "devices/graphics[@type='vnc' or @type='spice'][not(listen/@type='none')]");
    for (guint i = 0; i < graphics->len; i++)
        xml_set(g_ptr_array_index(graphics, i), "autoport", "yes");
    g_autoptr(GPtrArray) cids = xml_nodes(root, "devices/vsock/cid");
    for (guint i = 0; i < cids->len; i++)
        xml_set(g_ptr_array_index(cids, i), "auto", "yes");
}

/* Lines that lead to a file, socket, port or device of the host would be two guests' at once. */
static void renew_lines(xmlNode *root, const char *log, GPtrArray *notes) {
    g_autoptr(GPtrArray) lines = xml_nodes(
        root, "(devices/serial | devices/console | devices/parallel)[@type!='pty' and @type!='null' and "
              "@type!='spicevmc' and @type!='vc' and @type!='stdio']");
    for (guint i = 0; i < lines->len; i++) {
        xmlNode *line = g_ptr_array_index(lines, i);
        xml_remove(line, "source | protocol");
        xml_set(line, "type", "pty");
    }
    xmlNode *serial = xml_first(root, "devices/serial");
    /* libvirt shows the first serial line as a console, too. */
    if (log != NULL && serial != NULL) {
        xml_remove(root, "devices/serial[1]/log | devices/console[1][target/@type='serial']/log");
        domain_xml_add_log(serial, log);
    }
    guint logs =
        xml_remove(root, log == NULL ? "devices/serial/log | devices/console/log | devices/parallel/log | "
                                       "devices/channel/log"
                                     : "devices/serial[position()>1]/log | devices/console/log | "
                                       "devices/parallel/log | devices/channel/log");
    if (lines->len > 0)
        add_note(notes, "its serial lines led to a file or port of the host and are plain consoles now");
    if (logs > 0)
        add_note(notes, "logs of its serial lines are not kept on");
}

/* A kernel that was told the source's name is told the new one. */
static void renew_cmdline(xmlNode *root, const char *name) {
    static const char word[] = "innkeep.name=";
    g_autofree char *cmdline = xml_string(root, "os/cmdline");
    if (cmdline == NULL || strstr(cmdline, word) == NULL)
        return;
    g_auto(GStrv) words = g_strsplit(cmdline, " ", -1);
    for (char **at = words; *at != NULL; at++)
        if (g_str_has_prefix(*at, word)) {
            g_free(*at);
            *at = domain_xml_cmdline("innkeep.name=${name}", name);
        }
    g_autofree char *renewed = g_strjoinv(" ", words);
    xml_put(xml_first(root, "os"), "cmdline", renewed);
}

void identity_renew(xmlDoc *domain, const char *name, const char *uuid, const char *log, GPtrArray *notes) {
    xmlNode *root = xml_root(domain);
    for (gsize i = 0; i < G_N_ELEMENTS(dropped); i++)
        if (xml_remove(root, dropped[i].xpath) > 0 && dropped[i].note != NULL)
            add_note(notes, dropped[i].note);
    for (gsize i = 0; i < G_N_ELEMENTS(noted); i++)
        if (xml_has(root, noted[i].xpath))
            add_note(notes, noted[i].note);
    xml_put(root, "name", name);
    xml_put(root, "uuid", uuid);
    xml_set(root, "id", NULL);
    renew_interfaces(root);
    renew_graphics(root);
    renew_lines(root, log, notes);
    renew_cmdline(root, name);
    metadata_remove(domain);
}

void identity_set_disk(xmlDoc *domain, const char *target, const char *path, const char *format) {
    g_autoptr(GPtrArray) disks = xml_nodes(xml_root(domain), "devices/disk");
    for (guint i = 0; i < disks->len; i++) {
        xmlNode *disk = g_ptr_array_index(disks, i);
        g_autofree char *at = xml_string(disk, "target/@dev");
        if (g_strcmp0(at, target) != 0)
            continue;
        xml_remove(disk, "source/node() | source/@* | backingStore | mirror");
        xml_set(disk, "type", "file");
        xml_set(xml_put(disk, "source", NULL), "file", path);
        xmlNode *driver = xml_put(disk, "driver", NULL);
        xml_set(driver, "type", format);
        xml_set(driver, "name", "qemu");
    }
}
