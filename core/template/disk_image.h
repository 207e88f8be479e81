/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

/* A disk image in a file of this machine, which may have been made to do harm: what it is, by its content and
 * never by its name, unpacked and converted to qcow2 within limits. */

#define DISK_IMAGE_MAX                                                                                       \
    (G_GUINT64_CONSTANT(256) << 30) /* bytes of a file, and of what is unpacked from it                      \
                                     */

/* What `qemu-img info --output=json` says. Plain data. */
struct disk_facts {
    char *format;
    guint64 virtual_size, actual_size; /* bytes */
};

/* The word by which qemu-img knows the format of the file: "qcow2", "vmdk", "vdi", "vhdx", "vpc", else "raw";
 * static. NULL and an error for what is no disk: an installation medium, a descriptor that names other files,
 * a page of HTML, a fraction of a sector. Blocks. */
const char *disk_image_format(const char *path, GError **error);

/* Reads qemu-img's answer about a file that was opened as that format. An image that names another file
 * (backing, data, extents), is encrypted, or is larger than a disk can be here is refused. NULL and an error;
 * the caller frees. Any thread. */
struct disk_facts *disk_facts_parse(const char *json, const char *format, GError **error);
void disk_facts_free(struct disk_facts *facts);

/* What the image is, by disk_image_format() and qemu-img. Blocks: a worker. */
struct disk_facts *disk_image_read(const char *path, GCancellable *cancellable, GError **error);

/* Makes the file to from that is packed by gzip, xz, zstd or bzip2, found by its content: at most as much as
 * fits on its file system, DISK_IMAGE_MAX, and a thousand times what it was. *packed is FALSE, and nothing is
 * made, where it is not packed. Blocks: a worker. */
gboolean disk_image_unpack(const char *from, const char *to, gboolean *packed, GCancellable *cancellable,
                           GError **error);

/* A qcow2 file with what a guest sees in the image; folder is where this is made. *path is the image itself
 * where it is qcow2 already, else a new file in the folder; the caller's. Refuses what disk_facts_parse()
 * refuses. Blocks: a worker. */
gboolean disk_image_qcow2(const char *image, const char *folder, char **path, GCancellable *cancellable,
                          GError **error);

/* Bytes free for this user on the file system of a path; FALSE with an error. Blocks. */
gboolean disk_image_room(const char *path, guint64 *bytes, GError **error);

typedef struct disk_facts disk_facts_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(disk_facts_t, disk_facts_free)
