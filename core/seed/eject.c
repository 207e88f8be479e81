/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/seed/eject.h"

#include <string.h>

#include "core/base/xml.h"
#include "core/guest/cloud_init.h"
#include "core/guest/wait.h"
#include "core/host/facts.h"
#include "core/host/host.h"
#include "core/seed/copy.h"
#include "core/storage/uses.h"
#include "core/storage/volume.h"

#define GONE_LIMIT_S  30
#define LOOK_EVERY_MS 100

static xmlDoc *definition(virDomainPtr domain, guint flags, GError **error) {
    char *text = virDomainGetXMLDesc(domain, flags);
    if (text == NULL) {
        libvirt_error_set(error, "cannot read the definition of '%s'", virDomainGetName(domain));
        return NULL;
    }
    xmlDoc *document = xml_parse(text, virDomainGetName(domain), error);
    free(text);
    return document;
}

/* The first of the nodes where what the XPath gives below it is that text; borrowed. */
static xmlNode *find(xmlDoc *document, const char *nodes, const char *xpath, const char *text) {
    g_autoptr(GPtrArray) all = xml_nodes(xml_root(document), nodes);
    for (guint i = 0; i < all->len; i++) {
        g_autofree char *found = xml_string(g_ptr_array_index(all, i), xpath);
        if (g_strcmp0(found, text) == 0)
            return g_ptr_array_index(all, i);
    }
    return NULL;
}

static xmlNode *find_disk(xmlDoc *document, const char *path) {
    return find(document, "devices/disk", "source/@file", path);
}

static gboolean is_gone(virDomainPtr domain, const char *path) {
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) running = definition(domain, 0, &error);
    return running != NULL && find_disk(running, path) == NULL;
}

/* The guest itself lets go of it, when it gets to it. */
static gboolean detach(virDomainPtr domain, const char *path, GError **error) {
    g_autoptr(xmlDoc) running = definition(domain, 0, error);
    xmlNode *disk = running == NULL ? NULL : find_disk(running, path);
    if (disk == NULL || virDomainIsActive(domain) != 1)
        return running != NULL;
    g_autoptr(xmlDoc) alone = xmlNewDoc(BAD_CAST "1.0");
    xmlDocSetRootElement(alone, xmlDocCopyNode(disk, alone, 1));
    g_autofree char *text = xml_text(alone);
    gint64 until = g_get_monotonic_time() + GONE_LIMIT_S * G_TIME_SPAN_SECOND;
    if (virDomainDetachDeviceFlags(domain, text, VIR_DOMAIN_AFFECT_LIVE) < 0) {
        libvirt_error_set(error, "cannot take the seed out of '%s'", virDomainGetName(domain));
        return FALSE;
    }
    while (!is_gone(domain, path)) {
        if (g_get_monotonic_time() > until) {
            error_set(error, INNKEEP_ERROR_TIMEOUT, NULL, "'%s' does not let go of its seed",
                      virDomainGetName(domain));
            return FALSE;
        }
        g_poll(NULL, 0, LOOK_EVERY_MS);
    }
    return TRUE;
}

/* Takes the node that found() gives out of what the guest is at its next start. */
static gboolean forget(virDomainPtr domain, const char *path, xmlNode *(*found)(xmlDoc *, const char *),
                       GError **error) {
    g_autoptr(xmlDoc) document = definition(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE, error);
    xmlNode *node = document == NULL ? NULL : found(document, path);
    if (node == NULL)
        return document != NULL;
    xml_remove(node, ".");
    g_autofree char *text = xml_text(document);
    g_autoptr(virDomain) again = virDomainDefineXML(virDomainGetConnect(domain), text);
    if (again == NULL)
        libvirt_error_set(error, "cannot take the seed out of the definition of '%s'",
                          virDomainGetName(domain));
    return again != NULL;
}

static xmlNode *find_note(xmlDoc *document, const char *path) {
    return find(document, "metadata/innkeep:guest/innkeep:volumes/innkeep:volume", ".", path);
}

static gboolean remove_volume(virConnectPtr connection, const char *path, GError **error) {
    GError *cause = NULL;
    g_autoptr(virStorageVol) volume = volume_lookup_path(connection, path, &cause);
    g_autoptr(uses_t) uses = cause != NULL ? NULL : uses_read(connection, TRUE, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    g_autoptr(GPtrArray) others = uses_by_others(uses, path, NULL);
    return volume == NULL || others->len > 0 || volume_delete(volume, error);
}

/* In this order: cut off anywhere, the guest starts, and what is left is still noted as its own. */
static gboolean eject(virDomainPtr domain, const char *path, GError **error) {
    return detach(domain, path, error) && forget(domain, path, find_disk, error) &&
           remove_volume(virDomainGetConnect(domain), path, error) && forget(domain, path, find_note, error);
}

/* The guest's seed, or NULL; the caller's. *ejected: it had one, which has done its work. */
static char *seed_of(struct operation *operation, const struct request *request, gboolean *ejected) {
    g_autoptr(virDomain) domain = operation_domain(operation, request, NULL);
    char *text = domain == NULL ? NULL : virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    struct guest_facts *facts = guest_facts_parse(text == NULL ? "" : text, request->uuid);
    const struct guest_disk *disk = seed_copy_disk(facts);
    char *path = disk == NULL ? NULL : g_strdup(disk->path);
    *ejected = disk == NULL && facts->user != NULL;
    guest_facts_unref(facts);
    free(text);
    return path;
}

static void try_eject(struct operation *operation, const struct request *request, const char *path) {
    g_autoptr(GError) why = NULL;
    g_autoptr(virDomain) domain = operation_domain(operation, request, &why);
    if (domain != NULL && !cloud_init_rests(domain))
        g_debug("the seed of '%s' stays: without it cloud-init there could begin anew", request->name);
    else if (domain == NULL || !eject(domain, path, &why))
        g_debug("the seed of '%s' stays: %s", request->name, why->message);
}

gboolean seed_eject_after_wait(struct operation *operation, const struct request *request,
                               struct outcome *outcome, GError **error) {
    gboolean ejected = FALSE;
    if (g_strcmp0(request->wait_for, WAIT_CLOUD_INIT) != 0)
        return wait_for_guest(operation, request, outcome, error);
    g_autofree char *path = seed_of(operation, request, &ejected);
    if (ejected) {
        outcome->message = g_strdup_printf("%s: " WAIT_CLOUD_INIT " has ended before", request->name);
        return TRUE;
    }
    if (!wait_for_guest(operation, request, outcome, error))
        return FALSE;
    if (path != NULL && !host_read_only(operation->host))
        try_eject(operation, request, path);
    return TRUE;
}
