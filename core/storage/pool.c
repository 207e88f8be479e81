/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/storage/pool.h"

#include "core/host/connection.h"

#define POOL_DEFAULT "default"

/* FALSE and an error when nothing can be made in it now. */
static gboolean usable(virStoragePoolPtr pool, GError **error) {
    const char *name = virStoragePoolGetName(pool);
    int active = virStoragePoolIsActive(pool);
    if (active == 1)
        return TRUE;
    if (active < 0) {
        libvirt_error_set(error, "cannot look at storage pool '%s'", name);
        return FALSE;
    }
    g_autofree char *hint = g_strdup_printf("virsh pool-start '%s'", name);
    error_set(error, INNKEEP_ERROR_CONFLICT, hint, "storage pool '%s' is not active", name);
    return FALSE;
}

/* Where libvirt itself would keep images: a session's user cannot write below /var. */
static void no_pool(virConnectPtr connection, GError **error) {
    gboolean session = connection_is_session(connection);
    g_autofree char *images = session ? g_build_filename(g_get_user_data_dir(), "libvirt", "images", NULL)
                                      : g_strdup("/var/lib/libvirt/images");
    const char *with = session ? "virsh -c qemu:///session" : "virsh";
    g_autofree char *hint =
        g_strdup_printf("make one: %s pool-define-as default dir --target '%s', then %s pool-build default, "
                        "%s pool-start default",
                        with, images, with, with);
    error_set(error, INNKEEP_ERROR_NOT_FOUND, hint, "no storage pool is active");
}

static virStoragePoolPtr only_active(virConnectPtr connection, GError **error) {
    virStoragePoolPtr *pools = NULL;
    int count = virConnectListAllStoragePools(connection, &pools, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE);
    if (count < 0) {
        libvirt_error_set(error, "cannot list storage pools");
        return NULL;
    }
    virStoragePoolPtr only = count == 1 ? pools[0] : NULL;
    for (int i = only == NULL ? 0 : 1; i < count; i++)
        virStoragePoolFree(pools[i]);
    free(pools);
    if (count == 0)
        no_pool(connection, error);
    else if (count > 1)
        error_set(error, INNKEEP_ERROR_USAGE, "name it in innkeep.ini: [host] storage-pool = NAME",
                  "%d storage pools are active and none is called '" POOL_DEFAULT "'", count);
    return only;
}

virStoragePoolPtr pool_choose(virConnectPtr connection, const struct settings *settings, GError **error) {
    const char *wanted = settings->host_storage_pool;
    g_autoptr(virStoragePool) pool =
        virStoragePoolLookupByName(connection, wanted != NULL ? wanted : POOL_DEFAULT);
    if (pool == NULL && wanted != NULL) {
        libvirt_error_set(error, "cannot use storage pool '%s'", wanted);
        return NULL;
    }
    if (pool == NULL)
        pool = only_active(connection, error);
    if (pool == NULL || !usable(pool, error))
        return NULL;
    return g_steal_pointer(&pool);
}

void pool_refresh(virStoragePoolPtr pool) {
    const char *name = virStoragePoolGetName(pool);
    if (virStoragePoolRefresh(pool, 0) < 0)
        g_debug("pool '%s' is not refreshed: %s", name, virGetLastErrorMessage());
}

gboolean pool_available(virStoragePoolPtr pool, guint64 *bytes, GError **error) {
    virStoragePoolInfo info;
    if (virStoragePoolGetInfo(pool, &info) < 0) {
        libvirt_error_set(error, "cannot look at storage pool '%s'", virStoragePoolGetName(pool));
        return FALSE;
    }
    *bytes = info.available;
    return TRUE;
}
