/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/disk_image.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "config/error.h"
#include "config/units.h"
#include "core/base/command.h"

#define VIRTUAL_MAX (G_GUINT64_CONSTANT(64) << 40)
#define SECTOR      512
#define HEAD        65536
#define RAW_MIN     65536 /* bytes; less is no disk */
#define JSON_MAX    (1024 * 1024)

/* ---- by content ---- */

/* Where each format has its mark: QEMU, docs/interop/qcow2 and block/{vmdk,vdi,vhdx,vpc}.c. */
static const struct {
    const char *format;
    gsize offset, length;
    const char *mark;
} marks[] = {
    {"qcow2", 0, 4, "QFI\373"}, {"vmdk", 0, 4, "KDMV"},    {"vdi", 64, 4, "\177\020\332\276"},
    {"vhdx", 0, 8, "vhdxfile"}, {"vpc", 0, 8, "conectix"},
};

static const struct {
    gsize offset, length;
    const char *mark, *what;
} not_disks[] = {
    {32769, 5, "CD001", "is an installation medium, not a disk"},
    {0, 20, "# Disk DescriptorFil", "is a descriptor that names other files"},
    {0, 9, "<!DOCTYPE", "is a page of HTML"},
    {0, 5, "<html", "is a page of HTML"},
};

static gboolean has(const guint8 *head, gsize got, gsize offset, const char *mark, gsize length) {
    return got >= offset + length && memcmp(head + offset, mark, length) == 0;
}

/* A fixed VHD has its mark in the last sector alone. */
static gboolean ends_as_vpc(FILE *file, guint64 size) {
    guint8 tail[8];
    return size > SECTOR && fseeko(file, (off_t)(size - SECTOR), SEEK_SET) == 0 &&
           fread(tail, 1, sizeof tail, file) == sizeof tail && memcmp(tail, "conectix", sizeof tail) == 0;
}

static const char *judge(FILE *file, const char *path, guint64 size, GError **error) {
    g_autofree guint8 *head = g_malloc(HEAD);
    gsize got = fread(head, 1, HEAD, file);
    const char *wrong = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(not_disks) && wrong == NULL; i++)
        if (has(head, got, not_disks[i].offset, not_disks[i].mark, not_disks[i].length))
            wrong = not_disks[i].what;
    for (gsize i = 0; i < G_N_ELEMENTS(marks) && wrong == NULL; i++)
        if (has(head, got, marks[i].offset, marks[i].mark, marks[i].length))
            return marks[i].format;
    if (wrong == NULL && ends_as_vpc(file, size))
        return "vpc";
    if (wrong == NULL && size % SECTOR == 0 && size >= RAW_MIN)
        return "raw";
    error_set(error, INNKEEP_ERROR_FAILED, "qcow2, raw, vmdk, vdi, vhdx and vhd images can be taken", "%s %s",
              path, wrong != NULL ? wrong : "is no disk image: it is not made of whole sectors");
    return NULL;
}

static FILE *open_image(const char *path, GStatBuf *status, GError **error) {
    FILE *file = g_fopen(path, "rbe");
    if (file == NULL || fstat(fileno(file), status) < 0) {
        error_set(error, errno == ENOENT ? INNKEEP_ERROR_NOT_FOUND : INNKEEP_ERROR_FAILED, NULL,
                  "cannot read %s: %s", path, g_strerror(errno));
    } else if (!S_ISREG(status->st_mode)) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s is not a regular file", path);
    } else {
        return file;
    }
    if (file != NULL)
        fclose(file);
    return NULL;
}

const char *disk_image_format(const char *path, GError **error) {
    GStatBuf status;
    FILE *file = open_image(path, &status, error);
    if (file == NULL)
        return NULL;
    const char *format = judge(file, path, (guint64)status.st_size, error);
    fclose(file);
    return format;
}

/* ---- what qemu-img says ---- */

void disk_facts_free(struct disk_facts *facts) {
    if (facts == NULL)
        return;
    g_free(facts->format);
    g_free(facts);
}

static const char *text(JsonObject *object, const char *name) {
    JsonNode *node = json_object_get_member(object, name);
    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}

static guint64 number(JsonObject *object, const char *name) {
    JsonNode *node = json_object_get_member(object, name);
    gint64 value = node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_int(node) : 0;
    return value < 0 ? 0 : (guint64)value;
}

static JsonObject *member_object(JsonObject *object, const char *name) {
    JsonNode *node = object == NULL ? NULL : json_object_get_member(object, name);
    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

/* A VMDK is in one file when its only extent is the file itself. */
static gboolean has_extents(JsonObject *data, const char *file) {
    JsonNode *node = data == NULL ? NULL : json_object_get_member(data, "extents");
    if (node == NULL)
        return FALSE;
    JsonArray *extents = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    JsonNode *first =
        extents != NULL && json_array_get_length(extents) == 1 ? json_array_get_element(extents, 0) : NULL;
    return first == NULL || !JSON_NODE_HOLDS_OBJECT(first) ||
           g_strcmp0(text(json_node_get_object(first), "filename"), file) != 0;
}

/* Why the image is not taken, or NULL; static. */
static const char *hostile(JsonObject *root, const char *format) {
    JsonObject *specific = member_object(root, "format-specific");
    JsonObject *data = member_object(specific, "data");
    if (g_strcmp0(text(root, "format"), format) != 0)
        return "qemu-img takes it for another format";
    if (json_object_has_member(root, "backing-filename") ||
        json_object_has_member(root, "full-backing-filename"))
        return "it stands on a backing file";
    if (data != NULL &&
        (json_object_has_member(data, "data-file") || json_object_has_member(data, "data-file-raw")))
        return "it keeps its data in another file";
    if (has_extents(data, text(root, "filename")))
        return "it keeps its data in other files";
    if (json_object_has_member(root, "encrypted") ||
        (data != NULL && json_object_has_member(data, "encrypt")))
        return "it is encrypted";
    if (data != NULL && json_object_get_boolean_member_with_default(data, "corrupt", FALSE))
        return "it is marked as corrupt";
    if (number(root, "virtual-size") == 0)
        return "it is empty";
    return number(root, "virtual-size") > VIRTUAL_MAX ? "its disk is larger than 64 TiB" : NULL;
}

struct disk_facts *disk_facts_parse(const char *json, const char *format, GError **error) {
    g_autoptr(JsonNode) node = strlen(json) > JSON_MAX ? NULL : json_from_string(json, NULL);
    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node)) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot understand what qemu-img says of the image");
        return NULL;
    }
    JsonObject *root = json_node_get_object(node);
    const char *wrong = hostile(root, format);
    if (wrong != NULL) {
        error_set(error, INNKEEP_ERROR_REFUSED, NULL, "the image is refused: %s", wrong);
        return NULL;
    }
    struct disk_facts *facts = g_new0(struct disk_facts, 1);
    facts->format = g_strdup(format);
    facts->virtual_size = number(root, "virtual-size");
    facts->actual_size = number(root, "actual-size");
    return facts;
}

struct disk_facts *disk_image_read(const char *path, GCancellable *cancellable, GError **error) {
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *folder = g_path_get_dirname(absolute);
    g_autofree char *json = NULL;
    const char *format = disk_image_format(absolute, error);
    if (format == NULL)
        return NULL;
    /* An absolute path is never taken for a protocol, and the format never guessed again. */
    const char *argv[] = {"qemu-img", "info", "--output=json", "-f", format, "--", absolute, NULL};
    if (!command_run(argv, folder, &json, cancellable, error))
        return NULL;
    return disk_facts_parse(json, format, error);
}

/* ---- conversion ---- */

gboolean disk_image_room(const char *path, guint64 *bytes, GError **error) {
    struct statvfs status;
    if (statvfs(path, &status) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot look at the file system of %s: %s", path,
                  g_strerror(errno));
        return FALSE;
    }
    *bytes = (guint64)status.f_bavail * status.f_frsize;
    return TRUE;
}

static gboolean enough(const char *folder, guint64 needed, GError **error) {
    guint64 there = 0;
    if (!disk_image_room(folder, &there, error))
        return FALSE;
    if (there >= needed)
        return TRUE;
    g_autofree char *first = units_format_size(there), *second = units_format_size(needed);
    error_set(error, INNKEEP_ERROR_FAILED, "free space there, or set $INNKEEP_STATEDIR",
              "%s has %s free and the conversion needs %s", folder, first, second);
    return FALSE;
}

gboolean disk_image_qcow2(const char *image, const char *folder, char **path, GCancellable *cancellable,
                          GError **error) {
    g_autofree char *absolute = g_canonicalize_filename(image, NULL);
    g_autoptr(disk_facts_t) facts = disk_image_read(absolute, cancellable, error);
    if (facts == NULL)
        return FALSE;
    if (strcmp(facts->format, "qcow2") == 0) {
        *path = g_steal_pointer(&absolute);
        return TRUE;
    }
    g_autofree char *made = g_build_filename(folder, "image.qcow2", NULL);
    const char *argv[] = {"qemu-img", "convert",    "-f", facts->format, "-O", "qcow2",
                          "-o",       "compat=1.1", "--", absolute,      made, NULL};
    if (!enough(folder, facts->actual_size, error) || !command_run(argv, folder, NULL, cancellable, error))
        return FALSE;
    *path = g_steal_pointer(&made);
    return TRUE;
}
