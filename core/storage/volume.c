/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/storage/volume.h"

#include <string.h>

#include <glib/gstdio.h>

#include "core/base/xml.h"
#include "core/host/connection.h"

#define BUSY_LIMIT_MS 30000
#define BUSY_POLL_MS  50
#define CHAIN_MAX     32
#define CHAIN_EXTRA   (1024 * 1024) /* bytes of a small qcow2 file's tables */

void volume_free(struct volume *volume) {
    if (volume == NULL)
        return;
    char *owned[] = {volume->pool,   volume->name,    volume->path,           volume->type,
                     volume->format, volume->backing, volume->backing_format, volume->modified};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_free(volume);
}

struct volume *volume_read(virStorageVolPtr volume, GError **error) {
    const char *name = virStorageVolGetName(volume);
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByVolume(volume);
    char *text = pool == NULL ? NULL : virStorageVolGetXMLDesc(volume, 0);
    if (pool == NULL || text == NULL) {
        libvirt_error_set(error, "cannot look at volume '%s'", name);
        free(text);
        return NULL;
    }
    g_autoptr(xmlDoc) document = xml_parse(text, name, error);
    free(text);
    if (document == NULL)
        return NULL;
    xmlNode *root = xml_root(document);
    struct volume *result = g_new0(struct volume, 1);
    result->pool = g_strdup(virStoragePoolGetName(pool));
    result->name = g_strdup(name);
    result->type = xml_attribute(root, "type");
    result->path = xml_string(root, "target/path");
    result->format = xml_string(root, "target/format/@type");
    result->backing = xml_string(root, "backingStore/path");
    result->backing_format = xml_string(root, "backingStore/format/@type");
    result->modified = xml_string(root, "target/timestamps/mtime");
    xml_number(root, "capacity", &result->capacity);
    xml_number(root, "allocation", &result->allocation);
    result->physical = result->allocation;
    xml_number(root, "physical", &result->physical);
    return result;
}

virStorageVolPtr volume_lookup(virStoragePoolPtr pool, const char *name, GError **error) {
    virStorageVolPtr volume = virStorageVolLookupByName(pool, name);
    if (volume == NULL && virGetLastErrorCode() != VIR_ERR_NO_STORAGE_VOL)
        libvirt_error_set(error, "cannot look for volume '%s'", name);
    return volume;
}

virStorageVolPtr volume_lookup_path(virConnectPtr connection, const char *path, GError **error) {
    virStorageVolPtr volume = virStorageVolLookupByPath(connection, path);
    if (volume == NULL && virGetLastErrorCode() != VIR_ERR_NO_STORAGE_VOL)
        libvirt_error_set(error, "cannot look for the volume %s", path);
    return volume;
}

char *volume_xml(const struct volume_spec *spec) {
    g_autoptr(xmlDoc) document = xml_new("volume");
    xmlNode *root = xml_root(document);
    g_autofree char *capacity = g_strdup_printf("%" G_GUINT64_FORMAT, spec->capacity);
    xml_add(root, "name", spec->name);
    xml_set(xml_add(root, "capacity", capacity), "unit", "bytes");
    /* Nothing is taken from the pool before a guest writes. */
    if (strcmp(spec->format, "raw") == 0 || spec->backing == NULL)
        xml_set(xml_add(root, "allocation", "0"), "unit", "bytes");
    xmlNode *target = xml_add(root, "target", NULL);
    xml_add_with(target, "format", "type", spec->format, NULL);
    if (spec->mode != NULL)
        xml_add(xml_add(target, "permissions", NULL), "mode", spec->mode);
    if (strcmp(spec->format, "qcow2") == 0)
        xml_add(target, "compat", "1.1");
    if (spec->backing != NULL) {
        xmlNode *backing = xml_add(root, "backingStore", NULL);
        xml_add(backing, "path", spec->backing);
        xml_add_with(backing, "format", "type", spec->backing_format, NULL);
    }
    return xml_text(document);
}

guint64 volume_whole_size(virConnectPtr connection, const struct volume *volume) {
    guint64 size = volume->allocation;
    g_autofree char *below = g_strdup(volume->backing);
    for (int depth = 0; below != NULL && depth < CHAIN_MAX; depth++) {
        g_autoptr(virStorageVol) handle = volume_lookup_path(connection, below, NULL);
        g_autoptr(volume_t) image = handle == NULL ? NULL : volume_read(handle, NULL);
        g_free(below);
        below = image == NULL ? NULL : g_strdup(image->backing);
        size += image == NULL ? 0 : image->allocation;
    }
    return MIN(size, volume->capacity + volume->capacity / 64 + CHAIN_EXTRA);
}

virStorageVolPtr volume_create(virStoragePoolPtr pool, const struct volume_spec *spec, GError **error) {
    g_autofree char *text = volume_xml(spec);
    virStorageVolPtr volume = virStorageVolCreateXML(pool, text, 0);
    if (volume == NULL)
        libvirt_error_set(error, "cannot make volume '%s'", spec->name);
    return volume;
}

/* libvirt says so while an upload or a copy is under way (storage driver, "is still in use" and "is still
 * being allocated"). */
static gboolean busy(void) {
    return virGetLastErrorCode() == VIR_ERR_OPERATION_INVALID;
}

gboolean volume_delete(virStorageVolPtr volume, GError **error) {
    gint64 limit = g_get_monotonic_time() + BUSY_LIMIT_MS * G_TIME_SPAN_MILLISECOND;
    GPollFD nothing = {.fd = -1};
    while (virStorageVolDelete(volume, 0) < 0) {
        if (virGetLastErrorCode() == VIR_ERR_NO_STORAGE_VOL)
            return TRUE;
        if (!busy() || g_get_monotonic_time() > limit) {
            libvirt_error_set(error, "cannot remove volume '%s'", virStorageVolGetName(volume));
            return FALSE;
        }
        g_poll(&nothing, 1, BUSY_POLL_MS);
    }
    return TRUE;
}

char *volume_folder(virStoragePoolPtr pool) {
    char *text = virStoragePoolGetXMLDesc(pool, 0);
    g_autoptr(xmlDoc) document = text == NULL ? NULL : xml_parse(text, "pool", NULL);
    free(text);
    return document == NULL ? NULL : xml_string(xml_root(document), "target/path");
}

gboolean volume_can_be_read_only(virConnectPtr connection) {
    return !connection_is_session(connection);
}

void volume_protect(virStorageVolPtr volume) {
    char *path = virStorageVolGetPath(volume);
    if (path != NULL && g_access(path, W_OK) == 0 && g_chmod(path, 0444) < 0)
        g_debug("%s stays writable", path);
    free(path);
}
