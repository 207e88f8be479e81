/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "config/units.h"
#include "core/base/command.h"
#include "core/doctor/examine.h"
#include "core/host/model.h"
#include "core/storage/pool.h"
#include "core/storage/reach.h"
#include "core/storage/volume.h"

#define POOL_DEFAULT "default"

/* Shares of a pool that are free, in hundredths: the usual marks of file-system monitors. */
#define FREE_LOW  10
#define FREE_NONE 1

static struct seen_pool *pool_of(struct examination *examination, const char *name) {
    GPtrArray *pools = examine_pools(examination);
    for (guint i = 0; i < pools->len; i++) {
        struct seen_pool *pool = g_ptr_array_index(pools, i);
        if (g_strcmp0(pool->name, name) == 0)
            return pool;
    }
    return NULL;
}

/* A pool where libvirt itself would keep images. */
static void make_pool(struct examination *examination, struct check *check) {
    g_autofree char *folder = examination->system
                                  ? g_strdup("/var/lib/libvirt/images")
                                  : g_build_filename(g_get_user_data_dir(), "libvirt", "images", NULL);
    check_command(check, "virsh", "-c", examination->uri, "pool-define-as", POOL_DEFAULT, "dir", "--target",
                  folder, NULL);
    check_virsh(examination, check, "pool-build", POOL_DEFAULT);
    check_virsh(examination, check, "pool-start", POOL_DEFAULT);
    check_virsh(examination, check, "pool-autostart", POOL_DEFAULT);
}

static void start_pool(struct examination *examination, struct check *check, const struct seen_pool *pool) {
    if (pool->path != NULL && g_strcmp0(pool->type, "dir") == 0 && examination->here &&
        g_access(pool->path, F_OK) < 0)
        check_virsh(examination, check, "pool-build", pool->name);
    check_virsh(examination, check, "pool-start", pool->name);
}

void probe_pool(struct examination *examination, struct check *check) {
    g_autoptr(GError) error = NULL;
    guint64 available = 0;
    const char *wanted = examination->engine->settings->host_storage_pool;
    g_autoptr(virStoragePool) chosen =
        pool_choose(examination->connection, examination->engine->settings, &error);
    if (chosen != NULL && pool_available(chosen, &available, &error)) {
        g_autofree char *size = units_format_size(available);
        check_say(check, CHECK_OK, "pool '%s' is active, %s free", virStoragePoolGetName(chosen), size);
        return;
    }
    check_say(check, CHECK_FAILURE, "%s", error->message);
    struct seen_pool *pool = pool_of(examination, wanted != NULL ? wanted : POOL_DEFAULT);
    if (pool != NULL && !pool->active)
        start_pool(examination, check, pool);
    else if (pool == NULL && wanted != NULL)
        check_fix(check, "name a pool that is there in innkeep.ini: [host] storage-pool");
    else if (g_error_matches(error, INNKEEP_ERROR, INNKEEP_ERROR_NOT_FOUND))
        make_pool(examination, check);
    else if (error_hint(error) != NULL)
        check_fix(check, "%s", error_hint(error));
}

/* Pools whose volumes are files in a folder of this machine's own. */
static gboolean is_folder(const struct seen_pool *pool) {
    return pool->path != NULL && *pool->path == '/' &&
           (g_strcmp0(pool->type, "dir") == 0 || g_strcmp0(pool->type, "fs") == 0 ||
            g_strcmp0(pool->type, "netfs") == 0);
}

void probe_pool_path(struct examination *examination, struct check *check) {
    GPtrArray *pools = examine_pools(examination);
    guint looked_at = 0;
    for (guint i = 0; i < pools->len; i++) {
        struct seen_pool *pool = g_ptr_array_index(pools, i);
        if (!is_folder(pool))
            continue;
        looked_at++;
        if (g_access(pool->path, F_OK) == 0 || errno != ENOENT)
            continue;
        check_say(check, CHECK_FAILURE, "pool '%s' has no folder %s", pool->name, pool->path);
        if (g_strcmp0(pool->type, "dir") != 0)
            check_fix(check, "mount what belongs there");
        else if (pool->active)
            check_root_command(check, "mkdir", "-p", "-m", "0711", pool->path, NULL);
        else
            start_pool(examination, check, pool);
        if (g_strcmp0(pool->type, "dir") == 0)
            check_fix(check,
                      "put the images back that were in it; if it lies on a disk of its own, mount that "
                      "instead");
        return;
    }
    check_say(check, CHECK_OK, "%u folder%s", looked_at, looked_at == 1 ? "" : "s");
}

void probe_pool_permission(struct examination *examination, struct check *check) {
    struct reach reach = {0};
    GPtrArray *pools = examine_pools(examination);
    if (!reach_emulator(examination->connection, "kvm", &reach)) {
        check_say(check, CHECK_SKIPPED, "libvirt does not tell as whom it runs QEMU");
        return;
    }
    for (guint i = 0; i < pools->len; i++) {
        struct seen_pool *pool = g_ptr_array_index(pools, i);
        g_autofree char *closed = is_folder(pool) ? reach_closed(&reach, pool->path) : NULL;
        if (closed == NULL)
            continue;
        g_autofree char *entry = g_strdup_printf("u:%u:x", reach.user), *acl = command_find("setfacl");
        check_say(check, CHECK_FAILURE,
                  "QEMU runs as user %u and cannot come to pool '%s': folder %s is closed to it", reach.user,
                  pool->name, closed);
        if (acl != NULL)
            check_root_command(check, "setfacl", "-m", entry, closed, NULL);
        else
            check_root_command(check, "chmod", "o+x", closed, NULL);
        return;
    }
    check_say(check, CHECK_OK, "QEMU runs as user %u", reach.user);
}

void probe_pool_autostart(struct examination *examination, struct check *check) {
    GPtrArray *pools = examine_pools(examination);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < pools->len; i++) {
        struct seen_pool *pool = g_ptr_array_index(pools, i);
        if (!pool->persistent || pool->autostart)
            continue;
        g_ptr_array_add(names, pool->name);
        check_virsh(examination, check, "pool-autostart", pool->name);
    }
    g_autofree char *text = examine_names(names);
    if (names->len == 0)
        check_say(check, CHECK_OK, "%u pool%s", pools->len, pools->len == 1 ? "" : "s");
    else
        check_say(check, CHECK_WARNING, "not after the next boot: %s", text);
}

void probe_pool_space(struct examination *examination, struct check *check) {
    GPtrArray *pools = examine_pools(examination);
    const struct seen_pool *worst = NULL;
    double least = 101;
    for (guint i = 0; i < pools->len; i++) {
        struct seen_pool *pool = g_ptr_array_index(pools, i);
        double share = pool->capacity == 0 ? 101 : 100.0 * (double)pool->available / (double)pool->capacity;
        if (pool->active && share < least) {
            least = share;
            worst = pool;
        }
    }
    if (worst == NULL) {
        check_say(check, CHECK_SKIPPED, "no pool is active");
        return;
    }
    g_autofree char *free_size = units_format_size(worst->available);
    g_autofree char *size = units_format_size(worst->capacity);
    enum check_status status = least < FREE_NONE  ? CHECK_FAILURE
                               : least < FREE_LOW ? CHECK_WARNING
                                                  : CHECK_OK;
    check_say(check, status, "libvirt: pool '%s' has %s free of %s (%.0f%%)", worst->name, free_size, size,
              least);
    g_autofree char *uri = command_word(examination->uri), *name = command_word(worst->name);
    check_fix(check,
              "make room: `virsh -c %s vol-list %s --details` tells what is large; snapshots and images of "
              "earlier versions go first",
              uri, name);
}

void probe_thin(struct examination *examination, struct check *check) {
    GPtrArray *pools = examine_pools(examination);
    for (guint i = 0; i < pools->len; i++) {
        struct seen_pool *pool = g_ptr_array_index(pools, i);
        guint64 growth = 0;
        for (guint j = 0; j < pool->volumes->len; j++) {
            const struct volume *volume = g_ptr_array_index(pool->volumes, j);
            if (volume->capacity > volume->allocation && g_strcmp0(volume->format, "iso") != 0)
                growth += volume->capacity - volume->allocation;
        }
        if (!pool->active || growth <= pool->available)
            continue;
        g_autofree char *grown = units_format_size(growth), *size = units_format_size(pool->available);
        check_say(check, CHECK_WARNING, "the disks of pool '%s' may grow by %s, and %s is free", pool->name,
                  grown, size);
        check_fix(check, "keep an eye on what is free, or enlarge the file system below it");
        return;
    }
    check_say(check, CHECK_OK, "every pool has room for what its disks may grow to");
}
