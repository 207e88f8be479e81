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

static void add_number(xmlNode *parent, const char *name, guint number) {
    g_autofree char *text = number == 0 ? NULL : g_strdup_printf("%u", number);
    add_text(parent, name, text);
}

static void add_flag(xmlNode *parent, const char *name, gboolean there) {
    if (there)
        add(parent, name, NULL);
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
#define TEXT(element, field, help)       add_text(guest, element, metadata->field);
#define NUMBER(element, field, help)     add_number(guest, element, metadata->field);
#define FLAG(element, field, help)       add_flag(guest, element, metadata->field);
#define LIST(element, item, field, help) add_list(guest, element, item, metadata->field);
#include "core/guest/metadata.def"
#undef TEXT
#undef NUMBER
#undef FLAG
#undef LIST
}

/* ---- reading ---- */

/* Each with root NULL for a guest that is not innkeep's: it has none. */
static void read_text(char **field, xmlNode *root, const char *xpath) {
    g_free(*field);
    *field = root == NULL ? NULL : xml_string(root, xpath);
}

static guint read_number(xmlNode *root, const char *xpath) {
    guint64 number = 0;
    return root != NULL && xml_number(root, xpath, &number) ? (guint)MIN(number, G_MAXUINT) : 0;
}

static void read_list(char ***field, xmlNode *root, const char *xpath) {
    g_autoptr(GStrvBuilder) texts = g_strv_builder_new();
    g_autoptr(GPtrArray) nodes = root == NULL ? g_ptr_array_new() : xml_nodes(root, xpath);
    for (guint i = 0; i < nodes->len; i++) {
        g_autofree char *text = xml_string(g_ptr_array_index(nodes, i), ".");
        if (*text != '\0')
            g_strv_builder_add(texts, text);
    }
    g_strfreev(*field);
    *field = g_strv_builder_end(texts);
}

#define ELEMENT(name) GUEST "/innkeep:" name

void metadata_read(xmlDoc *domain, struct guest_facts *facts, const char *uuid) {
    xmlNode *root = xml_root(domain);
    g_autofree char *named = xml_string(root, ELEMENT("uuid"));
    facts->managed = named != NULL && g_ascii_strcasecmp(named, uuid) == 0;
    /* Nothing of metadata that belongs to another guest. */
    xmlNode *believed = facts->managed ? root : NULL;
#define TEXT(element, field, help)   read_text(&facts->field, believed, ELEMENT(element));
#define NUMBER(element, field, help) facts->field = read_number(believed, ELEMENT(element));
#define FLAG(element, field, help)   facts->field = believed != NULL && xml_has(believed, ELEMENT(element));
#define LIST(element, item, field, help)                                                                     \
    read_list(&facts->field, believed, ELEMENT(element) "/innkeep:" item);
#include "core/guest/metadata.def"
#undef TEXT
#undef NUMBER
#undef FLAG
#undef LIST
}

/* ---- of a guest that is there ---- */

#define VOLUMES "*[local-name()='volumes']"

/* libvirt hands the element out, and takes it, without its namespace. */
static void change_volume(xmlNode *guest, const char *path, gboolean there) {
    g_autoptr(GPtrArray) noted = xml_nodes(guest, VOLUMES "/*[local-name()='volume']");
    for (guint i = 0; i < noted->len; i++) {
        g_autofree char *text = xml_string(g_ptr_array_index(noted, i), ".");
        if (g_strcmp0(text, path) == 0)
            xml_remove(g_ptr_array_index(noted, i), ".");
    }
    if (!there)
        return;
    xmlNode *list = xml_first(guest, VOLUMES);
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
