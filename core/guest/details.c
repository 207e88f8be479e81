/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/details.h"

#include "core/base/libvirt.h"
#include "core/host/connection.h"
#include "core/storage/volume.h"

#define DEADLINE_S 20

struct look {
    struct engine *engine;
    struct guest_facts *facts;
    GPtrArray *disks;
    details_done done;
    gpointer data;
};

static void look_free(gpointer data) {
    struct look *look = data;
    guest_facts_unref(look->facts);
    g_ptr_array_unref(look->disks);
    g_free(look);
}

static void replace(char **field, const char *value) {
    if (value == NULL)
        return;
    g_free(*field);
    *field = g_strdup(value);
}

static virStorageVolPtr find_volume(virConnectPtr connection, const struct guest_disk *disk) {
    if (disk->path != NULL)
        return volume_lookup_path(connection, disk->path, NULL);
    if (disk->pool == NULL || disk->volume == NULL)
        return NULL;
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(connection, disk->pool);
    return pool == NULL ? NULL : volume_lookup(pool, disk->volume, NULL);
}

/* A disk in no pool (a raw device, a network disk) keeps what the definition says of it. */
static void look_at(virConnectPtr connection, struct guest_disk *disk) {
    g_autoptr(virStorageVol) found = find_volume(connection, disk);
    g_autoptr(volume_t) volume = found == NULL ? NULL : volume_read(found, NULL);
    if (volume == NULL)
        return;
    replace(&disk->pool, volume->pool);
    replace(&disk->volume, volume->name);
    replace(&disk->path, volume->path);
    replace(&disk->format, volume->format);
    if (volume->backing != NULL) {
        g_autofree char *base = g_path_get_basename(volume->backing);
        replace(&disk->backing, base);
    }
    disk->capacity = volume->capacity;
    disk->allocation = volume->allocation;
}

static gboolean work(struct job *job, gpointer data, GError **error) {
    struct look *look = data;
    virConnectPtr connection = host_take_connection(look->engine->host, error);
    if (connection == NULL)
        return FALSE;
    for (guint i = 0; i < look->facts->disks->len; i++) {
        struct guest_disk *disk = guest_disk_copy(g_ptr_array_index(look->facts->disks, i));
        look_at(connection, disk);
        g_ptr_array_add(look->disks, disk);
    }
    host_return_connection(look->engine->host, connection);
    return TRUE;
}

static void tell(struct job *job, const GError *error, gpointer data) {
    struct look *look = data;
    look->done(error == NULL ? look->disks : NULL, error, look->data);
}

void details_request(struct engine *engine, const struct guest *guest, details_done done, gpointer data) {
    struct look *look = g_new0(struct look, 1);
    look->engine = engine;
    look->facts = guest_facts_ref(guest->facts);
    look->disks = g_ptr_array_new_with_free_func(guest_disk_free);
    look->done = done;
    look->data = data;
    struct job_spec spec = {.title = "look at the disks",
                            .lane = LANE_QUIET,
                            .deadline_s = DEADLINE_S,
                            .work = work,
                            .done = tell,
                            .data = look,
                            .free_data = look_free};
    jobs_submit(engine->jobs, &spec);
}
