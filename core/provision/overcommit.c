/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/overcommit.h"

#include "config/units.h"
#include "core/host/sight.h"
#include "core/storage/pool.h"

static char *of_disks(virStoragePoolPtr pool, guint64 disk) {
    g_autoptr(GError) unknown = NULL;
    guint64 available = 0;
    if (!pool_available(pool, &available, &unknown)) {
        g_debug("%s", unknown->message);
        return NULL;
    }
    if (disk <= available)
        return NULL;
    g_autofree char *free_size = units_format_size(available);
    g_autofree char *wanted = units_format_size(disk);
    return g_strdup_printf("pool '%s' has %s free and the disks may grow to %s", virStoragePoolGetName(pool),
                           free_size, wanted);
}

static char *of_memory(virConnectPtr connection, guint64 memory) {
    guint64 total, available;
    sight_host_memory(connection, &total, &available);
    if (memory <= available) /* or not known: no size is more */
        return NULL;
    g_autofree char *free_size = units_format_size(available);
    g_autofree char *wanted = units_format_size(memory);
    return g_strdup_printf("the host has %s of memory free and the guests have %s", free_size, wanted);
}

char *overcommit_note(virStoragePoolPtr pool, guint64 disk, guint64 memory) {
    g_autofree char *disks = of_disks(pool, disk);
    g_autofree char *memories = of_memory(virStoragePoolGetConnect(pool), memory);
    if (disks == NULL || memories == NULL)
        return disks != NULL ? g_steal_pointer(&disks) : g_steal_pointer(&memories);
    return g_strdup_printf("%s; %s", disks, memories);
}
