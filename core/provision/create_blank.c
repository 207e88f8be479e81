/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/create_blank.h"

#include <string.h>

#include "core/guest/console_log_file.h"
#include "core/template/disk_image.h"
#include "core/template/image.h"
#include "core/provision/name.h"
#include "core/provision/foreign_file.h"

/* The descriptors of a medium begin at 32 KiB (ECMA-119, 8.1); a page more holds those that matter. */
#define HEAD_BYTES   (64 * 1024)
#define DESCRIPTOR   2048
#define FIRST_VOLUME (16 * DESCRIPTOR)
/* QEMU, docs/interop/qcow2: incompatible features, big-endian; its last byte's bit 2: data in another file.
 */
#define QCOW2_FEATURES_END 79
#define QCOW2_DATA_FILE    4

struct blank {
    struct machine machine;
    struct foreign_file medium, disk, kernel, initrd;
    const char *disk_format; /* of the disk that is there; static */
    gboolean network_boot;
    char *cmdline, *from;
    const char *note; /* static */
};

void blank_free(struct blank *blank) {
    if (blank == NULL)
        return;
    machine_clear(&blank->machine);
    foreign_file_clear(&blank->medium);
    foreign_file_clear(&blank->disk);
    foreign_file_clear(&blank->kernel);
    foreign_file_clear(&blank->initrd);
    g_free(blank->cmdline);
    g_free(blank->from);
    g_free(blank);
}

const char *blank_from(const struct blank *blank) {
    return blank->from;
}

const char *blank_note(const struct blank *blank) {
    return blank->note;
}

const struct machine *blank_machine(const struct blank *blank) {
    return &blank->machine;
}

/* ---- a medium ---- */

static gboolean has(const guint8 *bytes, gsize size, gsize offset, const char *mark) {
    return size >= offset + strlen(mark) && memcmp(bytes + offset, mark, strlen(mark)) == 0;
}

/* ISO 9660 has CD001 in each descriptor (ECMA-119, 8.1.2), UDF alone has BEA01 (ECMA-167, 2/9.2); what can be
 * booted names El Torito in the second one (El Torito 1.0, figure 7). */
static gboolean read_medium(struct blank *blank, GBytes *head, GError **error) {
    gsize size = 0;
    const guint8 *bytes = g_bytes_get_data(head, &size);
    gboolean iso = has(bytes, size, FIRST_VOLUME + 1, "CD001");
    if (!iso && !has(bytes, size, FIRST_VOLUME + 1, "BEA01")) {
        error_set(error, INNKEEP_ERROR_USAGE, "a disk image is taken by --import",
                  "%s is no installation medium: no ISO image", blank->medium.path);
        return FALSE;
    }
    gboolean boots = has(bytes, size, FIRST_VOLUME + DESCRIPTOR + 7, "EL TORITO SPECIFICATION");
    blank->machine.os = os_info_detect(head);
    if (iso && !boots)
        blank->note = "nothing on that medium says that it can be booted";
    else if (!os_info_available())
        blank->note = "this innkeep was built without libosinfo: sizes and devices do not follow the system";
    else if (blank->machine.os == NULL)
        blank->note = "the system on that medium is not known to libosinfo: --os ID makes it fit better";
    return TRUE;
}

static gboolean prepare_medium(struct blank *blank, virConnectPtr connection, const struct request *request,
                               GError **error) {
    if (!foreign_file_find(connection, request->iso, "medium", &blank->medium, error))
        return FALSE;
    g_autoptr(GBytes) head = foreign_file_head(&blank->medium, HEAD_BYTES, error);
    return head != NULL && read_medium(blank, head, error);
}

/* ---- a disk that is there ---- */

/* What libvirt says of a volume that this process cannot read; nothing of it is opened here. */
static gboolean judge_volume(struct blank *blank, GError **error) {
    g_autoptr(volume_t) volume = volume_read(blank->disk.volume, error);
    g_autoptr(GBytes) head = volume == NULL ? NULL : foreign_file_head(&blank->disk, DESCRIPTOR, error);
    gsize size = 0;
    const guint8 *bytes = head == NULL ? NULL : g_bytes_get_data(head, &size);
    if (bytes == NULL)
        return FALSE;
    gboolean qcow2 = g_strcmp0(volume->format, "qcow2") == 0;
    gboolean elsewhere =
        volume->backing != NULL ||
        (qcow2 && (size <= QCOW2_FEATURES_END || (bytes[QCOW2_FEATURES_END] & QCOW2_DATA_FILE) != 0));
    blank->disk_format = qcow2 ? "qcow2" : "raw";
    if (!elsewhere && (qcow2 || g_strcmp0(volume->format, "raw") == 0))
        return TRUE;
    error_set(error, INNKEEP_ERROR_REFUSED, NULL, "volume '%s' is refused: %s", volume->name,
              elsewhere ? "it names another file" : "a guest's disk is qcow2 or raw here");
    return FALSE;
}

static gboolean judge_file(struct blank *blank, GCancellable *cancellable, GError **error) {
    const char *path = blank->disk.path;
    g_autoptr(disk_facts_t) facts = disk_image_read(path, cancellable, error);
    if (facts == NULL)
        return FALSE;
    blank->disk_format = strcmp(facts->format, "qcow2") == 0 ? "qcow2" : "raw";
    if (strcmp(facts->format, blank->disk_format) == 0)
        return TRUE;
    g_autofree char *hint = g_strdup_printf("qemu-img convert -O qcow2 '%s' disk.qcow2", path);
    error_set(error, INNKEEP_ERROR_REFUSED, hint, "%s is %s; a guest's disk is qcow2 or raw here", path,
              facts->format);
    return FALSE;
}

/* A template's image must stay as it is, though no guest may stand on it yet. */
static gboolean is_free(const struct blank *blank, struct operation *operation, virStoragePoolPtr pool,
                        GError **error) {
    const char *path = blank->disk.path;
    g_autoptr(uses_t) uses = uses_read(operation->connection, TRUE, error);
    if (uses == NULL)
        return FALSE;
    g_autoptr(GPtrArray) others = uses_by_others(uses, path, NULL);
    g_autofree char *names = uses_names(others);
    if (others->len > 0) {
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "%s is in use by %s", path, names);
        return FALSE;
    }
    g_auto(GStrv) templates = image_names(pool, error);
    for (char **name = templates; name != NULL && *name != NULL; name++) {
        g_autoptr(image_t) image = image_read(operation->connection, pool, *name, NULL);
        if (image == NULL || g_strcmp0(image->path, path) != 0)
            continue;
        g_autofree char *hint = g_strdup_printf("innkeep create -t %s", *name);
        error_set(error, INNKEEP_ERROR_CONFLICT, hint, "%s is the image of template '%s'", path, *name);
        return FALSE;
    }
    return templates != NULL;
}

static gboolean prepare_disk(struct blank *blank, struct operation *operation, const struct request *request,
                             virStoragePoolPtr pool, GError **error) {
    if (!foreign_file_find(operation->connection, request->import, "disk", &blank->disk, error) ||
        !is_free(blank, operation, pool, error))
        return FALSE;
    return blank->disk.here || blank->disk.volume == NULL
               ? judge_file(blank, work_cancellable(operation), error)
               : judge_volume(blank, error);
}

/* ---- a kernel ---- */

static gboolean prepare_kernel(struct blank *blank, virConnectPtr connection, const struct request *request,
                               GError **error) {
    blank->cmdline = g_strdup(request->cmdline);
    return foreign_file_find(connection, request->kernel, "kernel", &blank->kernel, error) &&
           (request->initrd == NULL ||
            foreign_file_find(connection, request->initrd, "initrd", &blank->initrd, error));
}

/* ---- all of it ---- */

static gboolean prepare_source(struct blank *blank, struct operation *operation,
                               const struct request *request, virStoragePoolPtr pool, GError **error) {
    virConnectPtr connection = operation->connection;
    blank->network_boot = request->pxe;
    if (request->iso != NULL)
        return prepare_medium(blank, connection, request, error);
    if (request->import != NULL)
        return prepare_disk(blank, operation, request, pool, error);
    return request->pxe || prepare_kernel(blank, connection, request, error);
}

static gboolean all_reachable(const struct blank *blank, virConnectPtr connection, GError **error) {
    const struct foreign_file *all[] = {&blank->medium, &blank->disk, &blank->kernel, &blank->initrd};
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i]->path != NULL && !foreign_file_reachable(connection, all[i], blank->machine.type, error))
            return FALSE;
    return TRUE;
}

static void describe(struct blank *blank, const struct request *request) {
    const struct foreign_file *source = request->iso != NULL      ? &blank->medium
                                        : request->import != NULL ? &blank->disk
                                                                  : &blank->kernel;
    g_autofree char *file =
        source->path == NULL ? g_strdup("the network") : g_path_get_basename(source->path);
    blank->from =
        blank->machine.os == NULL ? g_strdup(file) : g_strdup_printf("%s, %s", file, blank->machine.os->name);
}

struct blank *blank_prepare(struct operation *operation, const struct request *request,
                            virStoragePoolPtr pool, GError **error) {
    g_autoptr(blank_t) blank = g_new0(struct blank, 1);
    if (!prepare_source(blank, operation, request, pool, error) ||
        !machine_choose(&blank->machine, operation, request, NULL, 0, error) ||
        (request->kernel != NULL && !machine_takes_kernel(&blank->machine, error)) ||
        !all_reachable(blank, operation->connection, error))
        return NULL;
    if (request->pxe && blank->machine.network == NULL) {
        error_set(error, INNKEEP_ERROR_USAGE, "give it one: --network NET, or --network bridge:br0",
                  "--pxe: this host has no network that an installation could come over");
        return NULL;
    }
    if (request->import != NULL)
        blank->machine.disk = 0;
    if (request->os != NULL)
        blank->note = NULL;
    describe(blank, request);
    return g_steal_pointer(&blank);
}

/* ---- making one ---- */

static xmlDoc *define_spec(const struct blank *blank, const struct work *work, const struct made *made,
                           char *made_disk) {
    g_autofree char *created = work_now();
    g_autofree char *log = console_log_new(work->operation, made->uuid, TRUE);
    g_autofree char *mac = domain_xml_mac();
    gboolean there = blank->disk.path != NULL;
    struct metadata metadata = {.uuid = made->uuid,
                                .created = created,
                                .tags = work->request->tags,
                                .volumes = (char *[]){made_disk, NULL}};
    struct domain_spec spec = {.name = made->name,
                               .uuid = made->uuid,
                               .kernel = blank->kernel.path,
                               .initrd = blank->initrd.path,
                               .cmdline = blank->cmdline,
                               .disk_path = there ? blank->disk.path : made_disk,
                               .disk_format = there ? blank->disk_format : "qcow2",
                               .medium_path = blank->medium.path,
                               .network_boot = blank->network_boot,
                               .pointer = blank->medium.path != NULL || blank->network_boot,
                               .mac = mac,
                               .console_log = log,
                               .metadata = &metadata};
    machine_apply(&blank->machine, &spec);
    return domain_xml_new(&spec);
}

/* Its path; NULL and an error; the caller's. */
static char *make_disk(struct work *work, struct made *made, const struct blank *blank,
                       virStoragePoolPtr pool, GError **error) {
    g_autofree char *file = name_volume(made->name, NULL);
    struct volume_spec spec = {.name = file, .format = "qcow2", .capacity = blank->machine.disk};
    g_autoptr(virStorageVol) disk = work_volume(work, made, pool, &spec, NULL, error);
    char *path = disk == NULL ? NULL : virStorageVolGetPath(disk);
    char *copy = g_strdup(path);
    if (disk != NULL && path == NULL)
        libvirt_error_set(error, "cannot look at volume '%s'", file);
    free(path);
    return copy;
}

gboolean blank_make(struct work *work, const struct blank *blank, virStoragePoolPtr pool, struct made *made,
                    GError **error) {
    g_autofree char *disk = NULL;
    if (blank->machine.disk != 0 && (disk = make_disk(work, made, blank, pool, error)) == NULL)
        return FALSE;
    g_autoptr(xmlDoc) domain = define_spec(blank, work, made, disk);
    return work_define(work, made, domain, work->request->start != 0, error);
}

void blank_plan(struct work *work, const struct blank *blank, const char *name) {
    g_autofree char *file = name_volume(name, NULL);
    if (blank->machine.disk != 0)
        work_plan(work, "volume", file, "create", blank->machine.disk);
    work_plan(work, "define", name, "define", UNKNOWN_SIZE);
    if (work->request->start != 0)
        work_plan(work, "start", name, "start", UNKNOWN_SIZE);
}
