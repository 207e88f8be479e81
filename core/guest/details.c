/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/details.h"

#include "core/action/operation.h"
#include "core/action/reading.h"
#include "core/storage/volume.h"

#define DEADLINE_S 20

struct look {
    struct guest_facts *facts;
    details_done done;
    gpointer data;
};

static void look_free(gpointer data) {
    struct look *look = data;
    guest_facts_unref(look->facts);
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

static gpointer read_disks(struct operation *operation, gpointer about, GError **error) {
    (void)error;
    const struct look *look = about;
    GPtrArray *disks = g_ptr_array_new_with_free_func(guest_disk_free);
    for (guint i = 0; i < look->facts->disks->len; i++) {
        struct guest_disk *disk = guest_disk_copy(g_ptr_array_index(look->facts->disks, i));
        look_at(operation->connection, disk);
        g_ptr_array_add(disks, disk);
    }
    return disks;
}

static void tell(gpointer disks, const GError *error, gpointer about) {
    const struct look *look = about;
    look->done(disks, error, look->data);
}

void details_request(struct engine *engine, const struct guest *guest, details_done done, gpointer data) {
    struct look *look = g_new0(struct look, 1);
    look->facts = guest_facts_ref(guest->facts);
    look->done = done;
    look->data = data;
    const struct reading reading = {.title = "look at the disks",
                                    .deadline_s = DEADLINE_S,
                                    .read = read_disks,
                                    .told = tell,
                                    .free_result = (GDestroyNotify)g_ptr_array_unref,
                                    .about = look,
                                    .free_about = look_free};
    reading_request(engine, &reading);
}
