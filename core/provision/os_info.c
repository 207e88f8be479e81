/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/os_info.h"

#include <string.h>

#include <osinfo/osinfo.h>

#include "config/error.h"
#include "config/suggest.h"

#define ARCHITECTURE "x86_64"

/* What the database does not say. Microsoft, "Windows 11 requirements": UEFI, Secure Boot capable, TPM 2.0.
 */
static const struct {
    const char *id;
    enum firmware firmware;
    gboolean tpm;
} demands[] = {
    {"win11", FIRMWARE_UEFI_SECURE, TRUE},
};

/* By their names in the database: the first that a system has is taken. Model NULL: virtio. */
static const struct {
    const char *device, *model;
} cards[] = {
    {"virtio1.0-net", NULL}, {"virtio-net", NULL},   {"e1000e", "e1000e"},
    {"e1000", "e1000"},      {"rtl8139", "rtl8139"},
};

void os_info_free(struct os_info *os) {
    if (os == NULL)
        return;
    g_free(os->id);
    g_free(os->name);
    g_free(os);
}

gboolean os_info_available(void) {
    return TRUE;
}

/* ---- the database ---- */

/* libosinfo's objects are no two threads' at once. */
static GMutex lock;
static OsinfoLoader *loader;

/* libosinfo 1.10 loses some 200 bytes while it reads the database, which is once a process, and as many where
 * it identifies a medium (its copy of a list of install scripts): nothing that a search for leaks should stop
 * at. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#ifdef SANITIZED
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable()
#define __lsan_enable()
#endif

static OsinfoDb *database(void) {
    if (loader == NULL) {
        g_autoptr(GError) cause = NULL;
        loader = osinfo_loader_new();
        __lsan_disable();
        osinfo_loader_process_default_path(loader, &cause);
        __lsan_enable();
        if (cause != NULL)
            g_debug("osinfo-db: %s", cause->message);
    }
    return osinfo_loader_get_db(loader);
}

static const char *short_id(gpointer os) {
    return osinfo_product_get_short_id(OSINFO_PRODUCT(os));
}

static void take_resources(struct os_info *os, OsinfoResourcesList *list) {
    for (gint i = 0; list != NULL && i < osinfo_list_get_length(OSINFO_LIST(list)); i++) {
        OsinfoResources *resources = OSINFO_RESOURCES(osinfo_list_get_nth(OSINFO_LIST(list), i));
        const char *architecture = osinfo_resources_get_architecture(resources);
        if (g_strcmp0(architecture, ARCHITECTURE) != 0 && g_strcmp0(architecture, "all") != 0)
            continue;
        gint vcpus = osinfo_resources_get_n_cpus(resources);
        gint64 memory = osinfo_resources_get_ram(resources), disk = osinfo_resources_get_storage(resources);
        if (os->vcpus == 0 && vcpus > 0)
            os->vcpus = (guint)vcpus;
        if (os->memory == 0 && memory > 0)
            os->memory = (guint64)memory;
        if (os->disk == 0 && disk > 0)
            os->disk = (guint64)disk;
    }
    g_clear_object(&list);
}

static void take_devices(struct os_info *os, OsinfoOs *from) {
    g_autoptr(OsinfoDeviceList) devices = osinfo_os_get_all_devices(from, NULL);
    gsize best = G_N_ELEMENTS(cards);
    gint count = osinfo_list_get_length(OSINFO_LIST(devices));
    /* Of a system that the database knows no device of, nothing is said. */
    os->virtio_disk = count == 0;
    for (gint i = 0; i < count; i++) {
        OsinfoDevice *device = OSINFO_DEVICE(osinfo_list_get_nth(OSINFO_LIST(devices), i));
        const char *name = osinfo_device_get_name(device);
        if (g_strcmp0(name, "virtio1.0-block") == 0 || g_strcmp0(name, "virtio-block") == 0)
            os->virtio_disk = TRUE;
        for (gsize card = 0; card < best; card++)
            if (g_strcmp0(name, cards[card].device) == 0)
                best = card;
    }
    os->nic = best < G_N_ELEMENTS(cards) ? cards[best].model : NULL;
}

static void take_firmware(struct os_info *os, OsinfoOs *from) {
    g_autoptr(OsinfoFirmwareList) list = osinfo_os_get_complete_firmware_list(from, NULL);
    for (gint i = 0; list != NULL && i < osinfo_list_get_length(OSINFO_LIST(list)); i++) {
        OsinfoFirmware *firmware = OSINFO_FIRMWARE(osinfo_list_get_nth(OSINFO_LIST(list), i));
        if (g_strcmp0(osinfo_firmware_get_architecture(firmware), ARCHITECTURE) == 0 &&
            g_strcmp0(osinfo_firmware_get_firmware_type(firmware), "bios") == 0 &&
            !osinfo_firmware_is_supported(firmware))
            os->firmware = FIRMWARE_UEFI;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(demands); i++)
        if (g_strcmp0(os->id, demands[i].id) == 0) {
            os->firmware = demands[i].firmware;
            os->tpm = demands[i].tpm;
        }
}

static struct os_info *describe(OsinfoOs *from) {
    struct os_info *os = g_new0(struct os_info, 1);
    os->id = g_strdup(short_id(from));
    os->name = g_strdup(osinfo_product_get_name(OSINFO_PRODUCT(from)));
    take_resources(os, osinfo_os_get_recommended_resources(from));
    take_resources(os, osinfo_os_get_minimum_resources(from));
    take_devices(os, from);
    take_firmware(os, from);
    os->local_clock = g_strcmp0(osinfo_os_get_family(from), "winnt") == 0;
    return os;
}

/* ---- finding one ---- */

static void not_known(GError **error, const char *id, OsinfoOsList *list) {
    gint count = osinfo_list_get_length(OSINFO_LIST(list));
    g_autofree const char **ids = g_new0(const char *, (gsize)count + 1);
    gsize known = 0;
    for (gint i = 0; i < count; i++) {
        const char *one = short_id(osinfo_list_get_nth(OSINFO_LIST(list), i));
        if (one != NULL)
            ids[known++] = one;
    }
    const char *near = suggest_nearest(id, ids);
    g_autofree char *hint = near != NULL ? g_strdup_printf("did you mean '%s'?", near)
                            : count == 0 ? g_strdup("install the package osinfo-db")
                                         : g_strdup("osinfo-query os lists them");
    error_set(error, INNKEEP_ERROR_NOT_FOUND, hint, "no operating system '%s' is known", id);
}

struct os_info *os_info_find(const char *id, GError **error) {
    g_autoptr(GMutexLocker) G_GNUC_UNUSED locker = g_mutex_locker_new(&lock);
    g_autoptr(OsinfoOsList) list = osinfo_db_get_os_list(database());
    for (gint i = 0; i < osinfo_list_get_length(OSINFO_LIST(list)); i++) {
        OsinfoOs *os = OSINFO_OS(osinfo_list_get_nth(OSINFO_LIST(list), i));
        if (g_strcmp0(short_id(os), id) == 0)
            return describe(os);
    }
    not_known(error, id, list);
    return NULL;
}

GPtrArray *os_info_ids(const char *prefix) {
    g_autoptr(GMutexLocker) G_GNUC_UNUSED locker = g_mutex_locker_new(&lock);
    g_autoptr(OsinfoOsList) list = osinfo_db_get_os_list(database());
    GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
    for (gint i = 0; i < osinfo_list_get_length(OSINFO_LIST(list)); i++) {
        const char *id = short_id(osinfo_list_get_nth(OSINFO_LIST(list), i));
        if (id != NULL && g_str_has_prefix(id, prefix))
            g_ptr_array_add(ids, g_strdup(id));
    }
    return ids;
}

/* ---- a medium ---- */

/* The primary volume descriptor, ECMA-119, 8.4: texts padded with spaces, numbers also in little-endian. */
#define DESCRIPTOR       (16 * 2048)
#define DESCRIPTOR_BYTES 2048
#define BLOCKS           80
#define BLOCK_BYTES      128

static const struct {
    const char *parameter;
    gsize offset, length;
} texts[] = {
    {OSINFO_MEDIA_PROP_SYSTEM_ID, 8, 32},
    {OSINFO_MEDIA_PROP_VOLUME_ID, 40, 32},
    {OSINFO_MEDIA_PROP_PUBLISHER_ID, 318, 128},
    {OSINFO_MEDIA_PROP_APPLICATION_ID, 574, 128},
};

/* Not by libosinfo's own reader, which takes a file of this machine alone. */
static OsinfoMedia *read_medium(GBytes *head) {
    gsize size = 0;
    const guint8 *bytes = g_bytes_get_data(head, &size);
    if (size < DESCRIPTOR + DESCRIPTOR_BYTES || memcmp(bytes + DESCRIPTOR, "\1CD001", 6) != 0)
        return NULL;
    const guint8 *descriptor = bytes + DESCRIPTOR;
    OsinfoMedia *medium = osinfo_media_new("medium", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *raw = g_strndup((const char *)descriptor + texts[i].offset, texts[i].length);
        g_autofree char *text = g_utf8_make_valid(g_strchomp(raw), -1);
        if (*text != '\0')
            osinfo_entity_set_param(OSINFO_ENTITY(medium), texts[i].parameter, text);
    }
    guint32 blocks = 0;
    guint16 block = 0;
    memcpy(&blocks, descriptor + BLOCKS, sizeof blocks);
    memcpy(&block, descriptor + BLOCK_BYTES, sizeof block);
    osinfo_entity_set_param_int64(OSINFO_ENTITY(medium), OSINFO_MEDIA_PROP_VOLUME_SIZE,
                                  (gint64)GUINT32_FROM_LE(blocks) * GUINT16_FROM_LE(block));
    return medium;
}

struct os_info *os_info_detect(GBytes *head) {
    g_autoptr(GMutexLocker) G_GNUC_UNUSED locker = g_mutex_locker_new(&lock);
    g_autoptr(OsinfoMedia) medium = read_medium(head);
    if (medium == NULL)
        return NULL;
    OsinfoDb *db = database();
    __lsan_disable();
    gboolean known = osinfo_db_identify_media(db, medium);
    __lsan_enable();
    if (!known)
        return NULL;
    g_autoptr(OsinfoOs) os = osinfo_media_get_os(medium);
    return os == NULL ? NULL : describe(os);
}
