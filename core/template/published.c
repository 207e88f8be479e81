/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/published.h"

#include <string.h>

#include "core/base/xml.h"

#define MEMORY_MIN (G_GUINT64_CONSTANT(32) << 20)
#define TOLD       "innkeep.name="

/* What the guest has and new guests of the template have not. */
static const struct {
    const char *xpath, *note;
} noted[] = {
    {"os/nvram | os[@firmware='efi']", "the firmware's variables (boot entries, keys) begin anew"},
    {"devices/tpm", "guests of the template have no TPM"},
    {"devices/disk[not(@device) or @device='disk'][not(readonly)]/target[@bus!='virtio']",
     "its disk is not on virtio: in a guest of the template it is, and the system needs a driver for that"},
    {"devices/interface[2]", "guests of the template have one network interface"},
    {"devices/hostdev | devices/filesystem", "host devices and host folders are not part of the template"},
};

/* ---- how it boots ---- */

static enum firmware firmware_of(xmlNode *root) {
    if (xml_has(root, "os/loader[@secure='yes'] | "
                      "os[@firmware='efi']/firmware/feature[@name='secure-boot' and @enabled='yes']"))
        return FIRMWARE_UEFI_SECURE;
    return xml_has(root, "os[@firmware='efi'] | os/loader[@type='pflash']") ? FIRMWARE_UEFI
                                                                            : FIRMWARE_DEFAULT;
}

/* A kernel that was told this guest's name is told the new one's. */
static char *cmdline_of(xmlNode *root) {
    g_autofree char *cmdline = xml_string(root, "os/cmdline");
    if (cmdline == NULL)
        return NULL;
    g_auto(GStrv) words = g_strsplit(cmdline, " ", -1);
    for (char **word = words; *word != NULL; word++)
        if (g_str_has_prefix(*word, TOLD)) {
            g_free(*word);
            *word = g_strdup(TOLD "${name}");
        }
    g_autofree char *joined = g_strjoinv(" ", words);
    return *g_strstrip(joined) == '\0' ? NULL : g_steal_pointer(&joined);
}

gboolean published_told_by_kernel(xmlDoc *domain) {
    g_autofree char *cmdline = cmdline_of(xml_root(domain));
    return cmdline != NULL && strstr(cmdline, TOLD) != NULL;
}

static void take_boot(struct template *definition, xmlNode *root) {
    definition->kernel = xml_string(root, "os/kernel");
    if (definition->kernel == NULL) {
        definition->firmware = firmware_of(root);
        return;
    }
    definition->initrd = xml_string(root, "os/initrd");
    definition->cmdline = cmdline_of(root);
}

/* ---- what it is ---- */

static char *network_of(const struct guest_facts *facts) {
    const struct guest_nic *nic = facts->nics->len == 0 ? NULL : g_ptr_array_index(facts->nics, 0);
    if (nic == NULL || (nic->network == NULL && nic->bridge == NULL))
        return NULL;
    return nic->network != NULL ? g_strdup(nic->network) : g_strconcat("bridge:", nic->bridge, NULL);
}

/* libosinfo's identifier, "http://debian.org/debian/12", as its short one, "debian12". */
static char *system_of(xmlNode *root) {
    g_autofree char *id = xml_string(root, "metadata//*[local-name()='os']/@id");
    g_auto(GStrv) parts = id == NULL ? NULL : g_strsplit(id, "/", -1);
    guint count = parts == NULL ? 0 : g_strv_length(parts);
    if (count < 2)
        return NULL;
    g_autofree char *system = g_strconcat(parts[count - 2], parts[count - 1], NULL);
    for (const char *at = system; *at != '\0'; at++)
        if (!g_ascii_isalnum(*at) && strchr(".-_", *at) == NULL)
            return NULL;
    return *system == '\0' ? NULL : g_steal_pointer(&system);
}

struct template *published_definition(const char *name, xmlDoc *domain, const struct guest_facts *facts,
                                      const struct template *origin, GPtrArray *notes) {
    xmlNode *root = xml_root(domain);
    struct template *definition = g_new0(struct template, 1);
    definition->name = g_strdup(name);
    definition->os = origin != NULL && origin->os != NULL ? g_strdup(origin->os) : system_of(root);
    definition->vcpus = facts->vcpus;
    definition->memory = MAX(facts->memory_max, MEMORY_MIN);
    definition->network = network_of(facts);
    if (facts->role != NULL && template_name_valid(facts->role))
        definition->role = g_strdup(facts->role);
    if (origin != NULL) {
        definition->user = g_strdup(origin->user);
        definition->wait = g_strdup(origin->wait);
    }
    take_boot(definition, root);
    for (gsize i = 0; i < G_N_ELEMENTS(noted); i++)
        if (xml_has(root, noted[i].xpath))
            g_ptr_array_add(notes, g_strdup(noted[i].note));
    return definition;
}
