/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/metadata.h"

#include "core/base/xml.h"

#define GUEST "metadata/innkeep:guest"

/* ---- writing ---- */

static xmlNode *add(xmlNode *parent, const char *name, const char *text) {
    xmlNode *child = xml_add(parent, name, text);
    xmlSetNs(child, parent->ns);
    return child;
}

static void add_text(xmlNode *parent, const char *name, const char *text) {
    if (text != NULL)
        add(parent, name, text);
}

static void add_list(xmlNode *parent, const char *list, const char *name, char **texts) {
    if (texts == NULL || *texts == NULL)
        return;
    xmlNode *child = add(parent, list, NULL);
    for (; *texts != NULL; texts++)
        add(child, name, *texts);
}

void metadata_remove(xmlDoc *domain) {
    xml_remove(xml_root(domain), GUEST);
    xml_remove(xml_root(domain), "metadata[not(*)]");
}

void metadata_write(xmlDoc *domain, const struct metadata *metadata) {
    metadata_remove(domain);
    xmlNode *guest = xml_add(xml_put(xml_root(domain), "metadata", NULL), "guest", NULL);
    xmlSetNs(guest, xmlNewNs(guest, BAD_CAST XML_INNKEEP_NAMESPACE, BAD_CAST "innkeep"));
    add_text(guest, "uuid", metadata->uuid);
    add_text(guest, "template", metadata->template_name);
    add_text(guest, "role", metadata->role);
    add_text(guest, "service", metadata->service);
    add_text(guest, "member", metadata->member);
    if (metadata->replica != 0) {
        g_autofree char *replica = g_strdup_printf("%u", metadata->replica);
        add(guest, "replica", replica);
    }
    add_text(guest, "created", metadata->created);
    add_text(guest, "user", metadata->user);
    if (metadata->linked)
        add(guest, "linked", NULL);
    if (metadata->protected)
        add(guest, "protected", NULL);
    add_list(guest, "tags", "tag", metadata->tags);
    add_list(guest, "volumes", "volume", metadata->volumes);
}

/* ---- reading ---- */

static char **read_list(xmlNode *root, const char *xpath) {
    g_autoptr(GStrvBuilder) texts = g_strv_builder_new();
    g_autoptr(GPtrArray) nodes = root == NULL ? g_ptr_array_new() : xml_nodes(root, xpath);
    for (guint i = 0; i < nodes->len; i++) {
        g_autofree char *text = xml_string(g_ptr_array_index(nodes, i), ".");
        if (*text != '\0')
            g_strv_builder_add(texts, text);
    }
    return g_strv_builder_end(texts);
}

static void take(char **field, xmlNode *root, const char *xpath) {
    g_free(*field);
    *field = root == NULL ? NULL : xml_string(root, xpath);
}

void metadata_read(xmlDoc *domain, struct guest_facts *facts, const char *uuid) {
    xmlNode *root = xml_root(domain);
    g_autofree char *named = xml_string(root, GUEST "/innkeep:uuid");
    facts->managed = named != NULL && g_ascii_strcasecmp(named, uuid) == 0;
    /* Nothing of metadata that belongs to another guest. */
    xmlNode *believed = facts->managed ? root : NULL;
    take(&facts->template_name, believed, GUEST "/innkeep:template");
    take(&facts->role, believed, GUEST "/innkeep:role");
    take(&facts->service, believed, GUEST "/innkeep:service");
    take(&facts->member, believed, GUEST "/innkeep:member");
    take(&facts->created, believed, GUEST "/innkeep:created");
    take(&facts->user, believed, GUEST "/innkeep:user");
    guint64 replica = 0;
    facts->replica = facts->managed && xml_number(root, GUEST "/innkeep:replica", &replica)
                         ? (guint)MIN(replica, G_MAXUINT)
                         : 0;
    facts->linked = facts->managed && xml_has(root, GUEST "/innkeep:linked");
    facts->protected = facts->managed && xml_has(root, GUEST "/innkeep:protected");
    g_strfreev(facts->tags);
    facts->tags = read_list(believed, GUEST "/innkeep:tags/innkeep:tag");
    g_strfreev(facts->volumes);
    facts->volumes = read_list(believed, GUEST "/innkeep:volumes/innkeep:volume");
}

/* ---- of a guest that is there ---- */

#define LIST "*[local-name()='volumes']"

/* libvirt hands the element out, and takes it, without its namespace. */
static void change_volume(xmlNode *guest, const char *path, gboolean there) {
    g_autoptr(GPtrArray) noted = xml_nodes(guest, LIST "/*[local-name()='volume']");
    for (guint i = 0; i < noted->len; i++) {
        g_autofree char *text = xml_string(g_ptr_array_index(noted, i), ".");
        if (g_strcmp0(text, path) == 0)
            xml_remove(g_ptr_array_index(noted, i), ".");
    }
    if (!there)
        return;
    xmlNode *list = xml_first(guest, LIST);
    xml_add(list != NULL ? list : xml_add(guest, "volumes", NULL), "volume", path);
}

static gboolean note_volume(virDomainPtr domain, const char *path, gboolean there, guint flags,
                            GError **error) {
    char *text = virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, XML_INNKEEP_NAMESPACE, flags);
    g_autoptr(xmlDoc) document = text == NULL ? NULL : xml_parse(text, "metadata", NULL);
    free(text);
    if (document == NULL)
        return TRUE;
    change_volume(xml_root(document), path, there);
    g_autofree char *changed = xml_text(document);
    if (virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, changed, "innkeep", XML_INNKEEP_NAMESPACE,
                             flags) == 0)
        return TRUE;
    libvirt_error_set(error, "cannot note the volumes of '%s'", virDomainGetName(domain));
    return FALSE;
}

gboolean metadata_note_volume(virDomainPtr domain, const char *path, gboolean there, GError **error) {
    gboolean active = virDomainIsActive(domain) == 1;
    return (!active || note_volume(domain, path, there, VIR_DOMAIN_AFFECT_LIVE, error)) &&
           note_volume(domain, path, there, VIR_DOMAIN_AFFECT_CONFIG, error);
}
