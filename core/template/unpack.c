/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/disk_image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>

#include "config/error.h"
#include "config/units.h"

#define BLOCK 65536
/* Images of mostly empty disks shrink a hundredfold; what grows a thousandfold and above a size that every
 * host can bear was made to fill a disk. */
#define GROWTH_MAX   1000
#define ALWAYS_TAKEN (G_GUINT64_CONSTANT(1) << 30) /* bytes */

static const struct {
    gsize length;
    const char *mark;
} packings[] = {
    {2, "\037\213"},
    {6, "\3757zXZ"}, /* and its NUL */
    {4, "(\265/\375"},
    {3, "BZh"},
};

typedef struct archive reader;

static void reader_free(reader *archive) {
    archive_read_free(archive);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(reader, reader_free)

/* FALSE with an error when it cannot be read. */
static gboolean look(const char *path, gboolean *packed, guint64 *size, GError **error) {
    char head[8] = "";
    GStatBuf status;
    FILE *file = g_fopen(path, "rbe");
    gboolean well = file != NULL && fstat(fileno(file), &status) == 0;
    if (well) {
        gsize got = fread(head, 1, sizeof head, file);
        *packed = FALSE;
        for (gsize i = 0; i < G_N_ELEMENTS(packings); i++)
            *packed = *packed ||
                      (got >= packings[i].length && memcmp(head, packings[i].mark, packings[i].length) == 0);
        *size = (guint64)status.st_size;
    } else {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read %s: %s", path, g_strerror(errno));
    }
    if (file != NULL)
        fclose(file);
    return well;
}

static reader *open_reader(const char *path, GError **error) {
    g_autoptr(reader) archive = archive_read_new();
    struct archive_entry *header;
    /* Only filters that are libraries: no other program is run. */
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_format_raw(archive);
    if (archive_read_open_filename(archive, path, BLOCK) == ARCHIVE_OK &&
        archive_read_next_header(archive, &header) == ARCHIVE_OK)
        return g_steal_pointer(&archive);
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot unpack the image: %s",
              archive_error_string(archive));
    return NULL;
}

static gboolean is_empty(const guint8 *block, gsize length) {
    return length == 0 || (*block == 0 && memcmp(block, block + 1, length - 1) == 0);
}

/* What is empty becomes a hole. */
static gboolean write_block(int file, const guint8 *block, gsize length, guint64 offset) {
    if (is_empty(block, length))
        return TRUE;
    while (length > 0) {
        gssize written = pwrite(file, block, length, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return FALSE;
        block += written;
        length -= (gsize)written;
        offset += (guint64)written;
    }
    return TRUE;
}

static gboolean too_much(guint64 limit, GError **error) {
    g_autofree char *most = units_format_size(limit);
    error_set(error, INNKEEP_ERROR_REFUSED, NULL,
              "the image is refused: unpacked it is larger than %s, the most that is taken of it here", most);
    return FALSE;
}

static gboolean copy(reader *archive, int file, guint64 limit, GCancellable *cancellable, GError **error) {
    g_autofree guint8 *block = g_malloc(BLOCK);
    guint64 done = 0;
    la_ssize_t got;
    while ((got = archive_read_data(archive, block, BLOCK)) > 0) {
        if (g_cancellable_set_error_if_cancelled(cancellable, error))
            return FALSE;
        if (done + (guint64)got > limit)
            return too_much(limit, error);
        if (!write_block(file, block, (gsize)got, done)) {
            error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot unpack the image: %s", g_strerror(errno));
            return FALSE;
        }
        done += (guint64)got;
    }
    if (got == 0 && ftruncate(file, (off_t)done) == 0)
        return TRUE;
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot unpack the image: %s",
              got < 0 ? archive_error_string(archive) : g_strerror(errno));
    return FALSE;
}

gboolean disk_image_unpack(const char *from, const char *to, gboolean *packed, GCancellable *cancellable,
                           GError **error) {
    guint64 size = 0, room = 0;
    g_autofree char *folder = g_path_get_dirname(to);
    if (!look(from, packed, &size, error) || !disk_image_room(folder, &room, error))
        return FALSE;
    if (!*packed)
        return TRUE;
    guint64 limit = MIN(MIN(room, DISK_IMAGE_MAX), MAX(ALWAYS_TAKEN, MIN(size, DISK_IMAGE_MAX) * GROWTH_MAX));
    g_autoptr(reader) archive = open_reader(from, error);
    if (archive == NULL)
        return FALSE;
    int file = g_open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot make %s: %s", to, g_strerror(errno));
        return FALSE;
    }
    gboolean well = copy(archive, file, limit, cancellable, error);
    g_close(file, NULL);
    return well;
}
