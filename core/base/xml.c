/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/xml.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/xpathInternals.h>

typedef xmlChar xml_characters;

static void free_characters(xml_characters *characters) {
    xmlFree(characters);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xml_characters, free_characters)

static char *copy(const xmlChar *characters) {
    return g_strdup((const char *)characters);
}

xmlDoc *xml_parse(const char *text, const char *what, GError **error) {
    static const int flags = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS;
    gsize length = strlen(text);
    g_autoptr(xmlDoc) document =
        length > G_MAXINT ? NULL : xmlReadMemory(text, (int)length, NULL, NULL, flags);
    if (document == NULL || xmlDocGetRootElement(document) == NULL) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "%s is not XML", what);
        return NULL;
    }
    if (document->intSubset != NULL) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "%s has a document type", what);
        return NULL;
    }
    return g_steal_pointer(&document);
}

xmlDoc *xml_new(const char *root) {
    xmlDoc *document = xmlNewDoc(BAD_CAST "1.0");
    xmlDocSetRootElement(document, xmlNewDocNode(document, NULL, BAD_CAST root, NULL));
    return document;
}

xmlNode *xml_root(xmlDoc *document) {
    return xmlDocGetRootElement(document);
}

char *xml_text(xmlDoc *document) {
    xmlBuffer *buffer = xmlBufferCreate();
    xmlNodeDump(buffer, document, xmlDocGetRootElement(document), 0, 1);
    char *text = copy(xmlBufferContent(buffer));
    xmlBufferFree(buffer);
    return text;
}

GPtrArray *xml_nodes(xmlNode *node, const char *xpath) {
    GPtrArray *nodes = g_ptr_array_new();
    g_autoptr(xmlXPathContext) context = xmlXPathNewContext(node->doc);
    xmlXPathRegisterNs(context, BAD_CAST "innkeep", BAD_CAST XML_INNKEEP_NAMESPACE);
    context->node = node;
    g_autoptr(xmlXPathObject) found = xmlXPathEval(BAD_CAST xpath, context);
    if (found == NULL || found->type != XPATH_NODESET) {
        g_critical("XPath '%s' is wrong", xpath);
        return nodes;
    }
    for (int i = 0; found->nodesetval != NULL && i < found->nodesetval->nodeNr; i++)
        g_ptr_array_add(nodes, found->nodesetval->nodeTab[i]);
    return nodes;
}

xmlNode *xml_first(xmlNode *node, const char *xpath) {
    g_autoptr(GPtrArray) nodes = xml_nodes(node, xpath);
    return nodes->len == 0 ? NULL : g_ptr_array_index(nodes, 0);
}

gboolean xml_has(xmlNode *node, const char *xpath) {
    return xml_first(node, xpath) != NULL;
}

char *xml_string(xmlNode *node, const char *xpath) {
    xmlNode *found = xml_first(node, xpath);
    g_autoptr(xml_characters) content = found == NULL ? NULL : xmlNodeGetContent(found);
    return copy(content);
}

gboolean xml_number(xmlNode *node, const char *xpath, guint64 *number) {
    g_autofree char *text = xml_string(node, xpath);
    return text != NULL && g_ascii_string_to_unsigned(g_strstrip(text), 10, 0, G_MAXUINT64, number, NULL);
}

char *xml_attribute(xmlNode *element, const char *name) {
    g_autoptr(xml_characters) value = xmlGetNoNsProp(element, BAD_CAST name);
    return copy(value);
}

void xml_set(xmlNode *element, const char *name, const char *value) {
    if (value == NULL)
        xmlUnsetProp(element, BAD_CAST name);
    else
        xmlSetProp(element, BAD_CAST name, BAD_CAST value);
}

/* No namespace of its own: xmlNewChild would hand down the parent's. */
xmlNode *xml_add(xmlNode *parent, const char *name, const char *text) {
    xmlNode *child = xmlAddChild(parent, xmlNewDocNode(parent->doc, NULL, BAD_CAST name, NULL));
    if (text != NULL)
        xmlAddChild(child, xmlNewDocText(parent->doc, BAD_CAST text));
    return child;
}

xmlNode *xml_add_with(xmlNode *parent, const char *name, ...) {
    xmlNode *child = xml_add(parent, name, NULL);
    va_list pairs;
    va_start(pairs, name);
    for (const char *key; (key = va_arg(pairs, const char *)) != NULL;) {
        const char *value = va_arg(pairs, const char *);
        if (value != NULL)
            xml_set(child, key, value);
    }
    va_end(pairs);
    return child;
}

static xmlNode *child_named(xmlNode *parent, const char *name) {
    for (xmlNode *child = xmlFirstElementChild(parent); child != NULL; child = xmlNextElementSibling(child))
        if (child->ns == NULL && strcmp((const char *)child->name, name) == 0)
            return child;
    return NULL;
}

xmlNode *xml_put(xmlNode *parent, const char *name, const char *text) {
    xmlNode *child = child_named(parent, name);
    if (child == NULL)
        return xml_add(parent, name, text);
    if (text != NULL) {
        xmlNodeSetContent(child, NULL);
        xmlAddChild(child, xmlNewDocText(parent->doc, BAD_CAST text));
    }
    return child;
}

guint xml_remove(xmlNode *node, const char *xpath) {
    g_autoptr(GPtrArray) nodes = xml_nodes(node, xpath);
    /* From the last: a node that lies within another goes before it. */
    for (guint i = nodes->len; i > 0; i--) {
        xmlNode *found = g_ptr_array_index(nodes, i - 1);
        if (found->type == XML_ATTRIBUTE_NODE)
            xmlRemoveProp((xmlAttr *)found);
        else {
            xmlUnlinkNode(found);
            xmlFreeNode(found);
        }
    }
    return nodes->len;
}
