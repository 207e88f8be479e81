/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/frozen.h"

#include <string.h>

#include "core/base/xml.h"

static void frozen_free(gpointer data) {
    struct frozen *frozen = data;
    g_free(frozen->target);
    g_free(frozen->path);
    g_free(frozen->format);
    g_free(frozen->overlay);
    g_free(frozen);
}

/* The disk when the snapshot was made; borrowed, or NULL. */
static xmlNode *disk_then(xmlNode *root, const char *target) {
    g_autoptr(GPtrArray) disks = xml_nodes(root, "domain/devices/disk[@type='file']");
    for (guint i = 0; i < disks->len; i++) {
        g_autofree char *at = xml_string(g_ptr_array_index(disks, i), "target/@dev");
        if (g_strcmp0(at, target) == 0)
            return g_ptr_array_index(disks, i);
    }
    return NULL;
}

GPtrArray *frozen_parse(const char *xml, const char *name, GError **error) {
    g_autoptr(xmlDoc) document = xml_parse(xml, "snapshot", error);
    if (document == NULL)
        return NULL;
    xmlNode *root = xml_root(document);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(frozen_free);
    g_autoptr(GPtrArray) disks = xml_nodes(root, "disks/disk[@snapshot='external']");
    gboolean whole =
        disks->len > 0 && !xml_has(root, "memory[@snapshot!='no'] | disks/disk[@snapshot='internal']");
    for (guint i = 0; i < disks->len; i++) {
        struct frozen *frozen = g_new0(struct frozen, 1);
        g_ptr_array_add(found, frozen);
        frozen->target = xml_string(g_ptr_array_index(disks, i), "@name");
        frozen->overlay = xml_string(g_ptr_array_index(disks, i), "source/@file");
        xmlNode *then = frozen->target == NULL ? NULL : disk_then(root, frozen->target);
        frozen->path = then == NULL ? NULL : xml_string(then, "source/@file");
        frozen->format = then == NULL ? NULL : xml_string(then, "driver/@type");
        whole = whole && frozen->path != NULL && frozen->format != NULL;
    }
    if (whole)
        return g_steal_pointer(&found);
    error_set(error, INNKEEP_ERROR_CONFLICT, NULL,
              "snapshot '%s' is not one of disks in files alone: innkeep can do nothing with it", name);
    return NULL;
}

GPtrArray *frozen_all(virDomainPtr domain, GError **error) {
    virDomainSnapshotPtr *all = NULL;
    int count = virDomainListAllSnapshots(domain, &all, 0);
    if (count < 0) {
        libvirt_error_set(error, "cannot list the snapshots of '%s'", virDomainGetName(domain));
        return NULL;
    }
    GPtrArray *snapshots = g_ptr_array_new_with_free_func((GDestroyNotify)libvirt_snapshot_free);
    for (int i = 0; i < count; i++)
        g_ptr_array_add(snapshots, all[i]);
    free(all);
    return snapshots;
}

static char *description(virDomainSnapshotPtr snapshot, GError **error) {
    char *text = virDomainSnapshotGetXMLDesc(snapshot, VIR_DOMAIN_SNAPSHOT_XML_SECURE);
    if (text == NULL)
        libvirt_error_set(error, "cannot read snapshot '%s'", virDomainSnapshotGetName(snapshot));
    return text;
}

GPtrArray *frozen_read(virDomainPtr domain, const char *name, GError **error) {
    g_autoptr(virDomainSnapshot) snapshot = virDomainSnapshotLookupByName(domain, name, 0);
    if (snapshot == NULL) {
        libvirt_error_set(error, "'%s' has no snapshot '%s'", virDomainGetName(domain), name);
        return NULL;
    }
    char *text = description(snapshot, error);
    GPtrArray *found = text == NULL ? NULL : frozen_parse(text, name, error);
    free(text);
    return found;
}

const struct frozen *frozen_disk(const GPtrArray *frozen, const char *target) {
    for (guint i = 0; i < frozen->len; i++) {
        const struct frozen *one = g_ptr_array_index(frozen, i);
        if (strcmp(one->target, target) == 0)
            return one;
    }
    return NULL;
}

/* ---- all of a guest ---- */

/* Whether the snapshot's disk that kind says ("external", "internal") was that file when it was made. */
static gboolean holds(xmlNode *root, const char *kind, const char *path) {
    g_autofree char *xpath = g_strdup_printf("disks/disk[@snapshot='%s']", kind);
    g_autoptr(GPtrArray) disks = xml_nodes(root, xpath);
    gboolean held = FALSE;
    for (guint i = 0; i < disks->len && !held; i++) {
        g_autofree char *target = xml_string(g_ptr_array_index(disks, i), "@name");
        xmlNode *then = target == NULL ? NULL : disk_then(root, target);
        g_autofree char *file = then == NULL ? NULL : xml_string(then, "source/@file");
        held = g_strcmp0(file, path) == 0;
    }
    return held;
}

/* Says the name of the first snapshot that holds the file. FALSE and an error where that is not to be told.
 */
static gboolean find_holder(virDomainPtr domain, const char *kind, const char *path, char **name,
                            GError **error) {
    *name = NULL;
    g_autoptr(GPtrArray) all = frozen_all(domain, error);
    gboolean well = all != NULL;
    for (guint i = 0; well && *name == NULL && i < all->len; i++) {
        virDomainSnapshotPtr snapshot = g_ptr_array_index(all, i);
        char *text = description(snapshot, error);
        g_autoptr(xmlDoc) document = text == NULL ? NULL : xml_parse(text, "snapshot", error);
        free(text);
        well = document != NULL;
        if (well && holds(xml_root(document), kind, path))
            *name = g_strdup(virDomainSnapshotGetName(snapshot));
    }
    return well;
}

gboolean frozen_file(virDomainPtr domain, const char *path) {
    g_autofree char *name = NULL;
    g_autoptr(GError) why = NULL;
    if (!find_holder(domain, "external", path, &name, &why))
        g_debug("%s counts as frozen: %s", path, why->message);
    return why != NULL || name != NULL;
}

gboolean frozen_inside(virDomainPtr domain, const char *path, char **name, GError **error) {
    return find_holder(domain, "internal", path, name, error);
}

static xmlDoc *definition(virDomainPtr domain, GError **error) {
    char *text = virDomainGetXMLDesc(domain, 0);
    g_autoptr(xmlDoc) document = text == NULL ? NULL : xml_parse(text, virDomainGetName(domain), error);
    if (text == NULL)
        libvirt_error_set(error, "cannot look at guest '%s'", virDomainGetName(domain));
    free(text);
    return g_steal_pointer(&document);
}

static gboolean elsewhere(virDomainPtr domain, const char *name, const char *target, const char *then,
                          const char *now, GError **error) {
    g_autofree char *by = NULL, *hint = NULL;
    if (!find_holder(domain, "external", then, &by, error))
        return FALSE;
    if (by != NULL)
        hint = g_strdup_printf("innkeep snapshot delete '%s' '%s'", virDomainGetName(domain), by);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint,
              "cannot take '%s' back to snapshot '%s': it lies inside %s, and disk %s goes on in %s now",
              virDomainGetName(domain), name, then, target, now);
    return FALSE;
}

gboolean frozen_none_between(virDomainPtr domain, const char *name, GError **error) {
    g_autoptr(virDomainSnapshot) snapshot = virDomainSnapshotLookupByName(domain, name, 0);
    char *text = snapshot == NULL ? NULL : description(snapshot, error);
    g_autoptr(xmlDoc) document = text == NULL ? NULL : xml_parse(text, "snapshot", error);
    g_autoptr(xmlDoc) now = document == NULL ? NULL : definition(domain, error);
    if (snapshot == NULL)
        libvirt_error_set(error, "'%s' has no snapshot '%s'", virDomainGetName(domain), name);
    free(text);
    g_autoptr(GPtrArray) disks =
        now == NULL ? g_ptr_array_new() : xml_nodes(xml_root(now), "devices/disk[source/@file]");
    gboolean none = now != NULL;
    for (guint i = 0; i < disks->len && none; i++) {
        g_autofree char *target = xml_string(g_ptr_array_index(disks, i), "target/@dev");
        g_autofree char *file = xml_string(g_ptr_array_index(disks, i), "source/@file");
        xmlNode *disk = target == NULL ? NULL : disk_then(xml_root(document), target);
        g_autofree char *then = disk == NULL ? NULL : xml_string(disk, "source/@file");
        if (then != NULL && strcmp(then, file) != 0 && holds(xml_root(document), "internal", then))
            none = elsewhere(domain, name, target, then, file, error);
    }
    return none;
}

/* Says again what the snapshot is. libvirt wants to be told of one without memory that it is so. */
static gboolean redefine(virDomainPtr domain, virDomainSnapshotPtr snapshot, xmlDoc *document,
                         gboolean current, GError **error) {
    g_autofree char *state = xml_string(xml_root(document), "state");
    g_autofree char *text = xml_text(document);
    guint flags = VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE | (current ? VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT : 0) |
                  (g_strcmp0(state, "disk-snapshot") == 0 ? VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY : 0);
    g_autoptr(virDomainSnapshot) again = virDomainSnapshotCreateXML(domain, text, flags);
    if (again == NULL)
        libvirt_error_set(error, "cannot change snapshot '%s'", virDomainSnapshotGetName(snapshot));
    return again != NULL;
}

static gboolean move_one(virDomainPtr domain, virDomainSnapshotPtr snapshot, const char *from, const char *to,
                         GError **error) {
    char *text = description(snapshot, error);
    g_autoptr(xmlDoc) document = text == NULL ? NULL : xml_parse(text, "snapshot", error);
    free(text);
    if (document == NULL)
        return FALSE;
    g_autoptr(GPtrArray) sources =
        xml_nodes(xml_root(document), "domain/devices/disk/source | inactiveDomain/devices/disk/source");
    gboolean moved = FALSE;
    for (guint i = 0; i < sources->len; i++) {
        g_autofree char *file = xml_attribute(g_ptr_array_index(sources, i), "file");
        if (g_strcmp0(file, from) != 0)
            continue;
        xml_set(g_ptr_array_index(sources, i), "file", to);
        moved = TRUE;
    }
    return !moved ||
           redefine(domain, snapshot, document, virDomainSnapshotIsCurrent(snapshot, 0) == 1, error);
}

gboolean frozen_move(virDomainPtr domain, const char *from, const char *to, GError **error) {
    g_autoptr(GPtrArray) all = frozen_all(domain, error);
    gboolean well = all != NULL;
    for (guint i = 0; well && i < all->len; i++)
        well = move_one(domain, g_ptr_array_index(all, i), from, to, error);
    return well;
}

gboolean frozen_set_current(virDomainPtr domain, const char *name, GError **error) {
    g_autoptr(virDomainSnapshot) snapshot = virDomainSnapshotLookupByName(domain, name, 0);
    char *text = snapshot == NULL ? NULL : description(snapshot, error);
    g_autoptr(xmlDoc) document = text == NULL ? NULL : xml_parse(text, "snapshot", error);
    free(text);
    return document != NULL && redefine(domain, snapshot, document, TRUE, error);
}
