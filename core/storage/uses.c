/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/storage/uses.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/xml.h"
#include "core/storage/pool.h"
#include "core/storage/volume.h"

struct uses {
    GPtrArray *all; /* struct use */
};

static void use_free(gpointer data) {
    struct use *use = data;
    g_free(use->path);
    g_free(use->by);
    g_free(use->uuid);
    g_free(use->via);
    g_free(use);
}

void uses_free(struct uses *uses) {
    if (uses == NULL)
        return;
    g_ptr_array_unref(uses->all);
    g_free(uses);
}

/* One spelling for a file: links resolved where it lies on this machine. */
static char *canonical(const char *path) {
    char *real = realpath(path, NULL);
    char *result = real != NULL ? g_strdup(real) : g_canonicalize_filename(path, "/");
    free(real);
    return result;
}

/* Borrowed, or NULL for what is no path. */
static struct use *add(struct uses *uses, const char *path, const char *by, const char *uuid,
                       gboolean read_only) {
    if (path == NULL || *path != '/')
        return NULL;
    struct use *use = g_new0(struct use, 1);
    use->path = canonical(path);
    use->by = g_strdup(by);
    use->uuid = g_strdup(uuid);
    use->read_only = read_only;
    g_ptr_array_add(uses->all, use);
    return use;
}

/* ---- volumes ---- */

static void read_volume(struct uses *uses, virStorageVolPtr handle) {
    g_autoptr(GError) error = NULL;
    g_autoptr(volume_t) volume = volume_read(handle, &error);
    if (volume == NULL) {
        g_debug("%s", error->message);
        return;
    }
    struct use *use = add(uses, volume->backing, volume->name, NULL, TRUE);
    if (use != NULL)
        use->via = g_strdup(volume->path);
}

static gboolean read_pools(struct uses *uses, virConnectPtr connection, GError **error) {
    virStoragePoolPtr *pools = NULL;
    int count = virConnectListAllStoragePools(connection, &pools, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE);
    if (count < 0) {
        libvirt_error_set(error, "cannot list storage pools");
        return FALSE;
    }
    for (int i = 0; i < count; i++) {
        virStorageVolPtr *volumes = NULL;
        pool_refresh(pools[i]);
        int found = virStoragePoolListAllVolumes(pools[i], &volumes, 0);
        if (found < 0)
            g_debug("volumes of pool %d: %s", i, virGetLastErrorMessage());
        for (int j = 0; j < found; j++) {
            read_volume(uses, volumes[j]);
            virStorageVolFree(volumes[j]);
        }
        free(volumes);
        virStoragePoolFree(pools[i]);
    }
    free(pools);
    return TRUE;
}

/* ---- domains ---- */

static gboolean disk_is_read_only(xmlNode *source) {
    for (xmlNode *up = source->parent; up != NULL; up = up->parent) {
        const char *name = (const char *)up->name;
        if (up->type == XML_ELEMENT_NODE && strcmp(name, "backingStore") == 0)
            return TRUE;
        if (up->type == XML_ELEMENT_NODE && strcmp(name, "disk") == 0)
            return xml_has(up, "readonly | self::*[@device='cdrom']");
    }
    return FALSE;
}

/* The path behind <source pool= volume=>, which a definition names without one; the caller's, or NULL. */
static char *volume_path(virConnectPtr connection, xmlNode *source) {
    g_autofree char *pool_name = xml_attribute(source, "pool");
    g_autofree char *volume_name = xml_attribute(source, "volume");
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(connection, pool_name);
    g_autoptr(virStorageVol) volume = pool == NULL ? NULL : virStorageVolLookupByName(pool, volume_name);
    char *found = volume == NULL ? NULL : virStorageVolGetPath(volume);
    char *path = g_strdup(found);
    free(found);
    return path;
}

/* Every attribute and text of a definition that may be a path. */
static void read_definition(struct uses *uses, virConnectPtr connection, xmlNode *root, const char *name,
                            const char *uuid) {
    g_autoptr(GPtrArray) plain =
        xml_nodes(root, "//@file | //@dev | //@dir | //@path | os/kernel | os/initrd | os/loader | os/nvram");
    for (guint i = 0; i < plain->len; i++) {
        xmlNode *node = g_ptr_array_index(plain, i);
        g_autofree char *path = xml_string(node, ".");
        gboolean file = node->type == XML_ATTRIBUTE_NODE;
        add(uses, path, name, uuid,
            file ? disk_is_read_only(node) : strcmp((const char *)node->name, "nvram") != 0);
    }
    g_autoptr(GPtrArray) named = xml_nodes(root, "//source[@pool and @volume]");
    for (guint i = 0; i < named->len; i++) {
        xmlNode *source = g_ptr_array_index(named, i);
        g_autofree char *path = volume_path(connection, source);
        add(uses, path, name, uuid, disk_is_read_only(source));
    }
}

static gboolean read_domain(struct uses *uses, virDomainPtr domain, guint flags, GError **error) {
    const char *name = virDomainGetName(domain);
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    virDomainGetUUIDString(domain, uuid);
    char *text = virDomainGetXMLDesc(domain, flags);
    if (text == NULL) {
        /* One that was removed a moment ago uses nothing; of any other it must be known. */
        if (virGetLastErrorCode() == VIR_ERR_NO_DOMAIN)
            return TRUE;
        libvirt_error_set(error, "cannot look at guest '%s'", name);
        return FALSE;
    }
    g_autoptr(xmlDoc) document = xml_parse(text, name, error);
    free(text);
    if (document == NULL)
        return FALSE;
    read_definition(uses, virDomainGetConnect(domain), xml_root(document), name, uuid);
    return TRUE;
}

static gboolean read_domains(struct uses *uses, virConnectPtr connection, GError **error) {
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(connection, &domains, 0);
    if (count < 0) {
        libvirt_error_set(error, "cannot list guests");
        return FALSE;
    }
    gboolean all_read = TRUE;
    for (int i = 0; i < count; i++) {
        /* A running guest's chain, and what it will use at its next start. */
        gboolean active = virDomainIsActive(domains[i]) == 1;
        all_read = all_read && read_domain(uses, domains[i], VIR_DOMAIN_XML_INACTIVE, error) &&
                   (!active || read_domain(uses, domains[i], 0, error));
        virDomainFree(domains[i]);
    }
    free(domains);
    return all_read;
}

struct uses *uses_read(virConnectPtr connection, gboolean volumes, GError **error) {
    g_autoptr(uses_t) uses = g_new0(struct uses, 1);
    uses->all = g_ptr_array_new_with_free_func(use_free);
    if ((volumes && !read_pools(uses, connection, error)) || !read_domains(uses, connection, error))
        return NULL;
    return g_steal_pointer(&uses);
}

/* ---- asking ---- */

GPtrArray *uses_by_others(const struct uses *uses, const char *path, const char *uuid) {
    g_autofree char *wanted = canonical(path);
    GPtrArray *found = g_ptr_array_new();
    for (guint i = 0; i < uses->all->len; i++) {
        struct use *use = g_ptr_array_index(uses->all, i);
        gboolean own = uuid != NULL && g_strcmp0(use->uuid, uuid) == 0;
        if (!own && strcmp(use->path, wanted) == 0)
            g_ptr_array_add(found, use);
    }
    return found;
}

const char *uses_writer(const struct uses *uses, const char *path, const char *uuid) {
    g_autoptr(GPtrArray) found = uses_by_others(uses, path, uuid);
    for (guint i = 0; i < found->len; i++) {
        const struct use *use = g_ptr_array_index(found, i);
        if (!use->read_only)
            return use->by;
    }
    return NULL;
}

char *uses_names(const GPtrArray *found) {
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < found->len; i++) {
        const struct use *use = g_ptr_array_index(found, i);
        if (g_hash_table_add(seen, use->by))
            g_string_append_printf(names, "%s%s", names->len == 0 ? "" : ", ", use->by);
    }
    return g_string_free(names, FALSE);
}

/* Chains are short; the depth ends a circle. */
#define DEPTH_MAX 32

static void add_name(GPtrArray *names, const char *name) {
    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, g_strdup(name));
}

/* FALSE when nothing uses the path. */
static gboolean add_dependants(const struct uses *uses, const char *path, gboolean volumes, GPtrArray *names,
                               guint depth) {
    g_autoptr(GPtrArray) found = uses_by_others(uses, path, NULL);
    for (guint i = 0; i < found->len; i++) {
        const struct use *use = g_ptr_array_index(found, i);
        gboolean further =
            use->via != NULL && depth > 0 && add_dependants(uses, use->via, volumes, names, depth - 1);
        if (!further && (volumes || use->uuid != NULL))
            add_name(names, use->by);
    }
    return found->len > 0;
}

void uses_add_dependants(const struct uses *uses, const char *path, gboolean volumes, GPtrArray *names) {
    add_dependants(uses, path, volumes, names, DEPTH_MAX);
}
