/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* XML of libvirt read and edited with libxml2. Any thread; a document belongs to one thread at a time. In
 * XPath the prefix "innkeep" stands for innkeep's own metadata. */

#define XML_INNKEEP_NAMESPACE "urn:innkeep:guest:1"

/* Parses without network, without files and without expanding entities; a document type is refused. what
 * names it in the error. The caller frees (g_autoptr(xmlDoc)). */
xmlDoc *xml_parse(const char *text, const char *what, GError **error);

/* A new document with an empty root element. */
xmlDoc *xml_new(const char *root);

/* The root element; borrowed. */
xmlNode *xml_root(xmlDoc *document);

/* Indented text without the <?xml?> line; the caller's. */
char *xml_text(xmlDoc *document);

/* All nodes (elements and attributes) that the XPath gives from node, in document order: the caller's array
 * of borrowed xmlNode. */
GPtrArray *xml_nodes(xmlNode *node, const char *xpath);

/* The first of them, or NULL. */
xmlNode *xml_first(xmlNode *node, const char *xpath);

gboolean xml_has(xmlNode *node, const char *xpath);

/* The text of the first, "" for an empty one, NULL where there is none; the caller's. */
char *xml_string(xmlNode *node, const char *xpath);

/* The text of the first as a whole number; FALSE (number untouched) where there is none. */
gboolean xml_number(xmlNode *node, const char *xpath, guint64 *number);

/* An element's own attribute, or NULL; the caller's. */
char *xml_attribute(xmlNode *element, const char *name);

/* Sets an attribute; NULL removes it. */
void xml_set(xmlNode *element, const char *name, const char *value);

/* Adds a child element, with text (escaped) when it is not NULL; borrowed. */
xmlNode *xml_add(xmlNode *parent, const char *name, const char *text);

/* The same with attributes: name, value, …, NULL; an attribute whose value is NULL is left out. */
xmlNode *xml_add_with(xmlNode *parent, const char *name, ...) G_GNUC_NULL_TERMINATED;

/* The child element of that name, added where missing, with its text replaced when text is not NULL. */
xmlNode *xml_put(xmlNode *parent, const char *name, const char *text);

/* Removes and frees all nodes that the XPath gives; how many. */
guint xml_remove(xmlNode *node, const char *xpath);
