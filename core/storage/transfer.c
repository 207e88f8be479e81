/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/storage/transfer.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "core/storage/reflink.h"

/* libvirt's largest stream message carries 256 KiB (VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX and later protocol).
 */
#define MESSAGE_BYTES (256 * 1024)
/* One piece of a copy: held in memory, one stream each way. */
#define PIECE_BYTES (8 * 1024 * 1024)
#define POLL_MS     250

static gboolean goes_on(const struct transfer *transfer, GError **error) {
    return transfer == NULL || !g_cancellable_set_error_if_cancelled(transfer->cancellable, error);
}

static void tell(const struct transfer *transfer, guint64 done, guint64 total) {
    if (transfer != NULL && transfer->progress != NULL)
        transfer->progress(done, total, transfer->data);
}

/* ---- one stream ---- */

static virStreamPtr open_stream(virStorageVolPtr volume, GError **error) {
    virStreamPtr stream = virStreamNew(virStorageVolGetConnect(volume), 0);
    if (stream == NULL)
        libvirt_error_set(error, "cannot open a stream for volume '%s'", virStorageVolGetName(volume));
    return stream;
}

static gboolean send_all(virStreamPtr stream, const char *bytes, gsize length) {
    while (length > 0) {
        int sent = virStreamSend(stream, bytes, MIN(length, MESSAGE_BYTES));
        if (sent < 0)
            return FALSE;
        bytes += sent;
        length -= (gsize)sent;
    }
    return TRUE;
}

/* The bytes that came, fewer than length at the end; -1 on an error. */
static gssize receive(virStreamPtr stream, char *bytes, gsize length) {
    gsize got = 0;
    while (got < length) {
        int received = virStreamRecv(stream, bytes + got, MIN(length - got, MESSAGE_BYTES));
        if (received < 0)
            return -1;
        if (received == 0)
            break;
        got += (gsize)received;
    }
    return (gssize)got;
}

static gboolean upload_failed(virStorageVolPtr volume, virStreamPtr stream, GError **error) {
    libvirt_error_set(error, "cannot write to volume '%s'", virStorageVolGetName(volume));
    virStreamAbort(stream);
    return FALSE;
}

static gboolean upload_piece(virStorageVolPtr volume, guint64 offset, const char *bytes, gsize length,
                             GError **error) {
    g_autoptr(virStream) stream = open_stream(volume, error);
    if (stream == NULL)
        return FALSE;
    if (virStorageVolUpload(volume, stream, offset, length, 0) < 0 || !send_all(stream, bytes, length) ||
        virStreamFinish(stream) < 0)
        return upload_failed(volume, stream, error);
    return TRUE;
}

/* -1 on an error. */
static gssize download_piece(virStorageVolPtr volume, guint64 offset, char *bytes, gsize length,
                             GError **error) {
    g_autoptr(virStream) stream = open_stream(volume, error);
    if (stream == NULL)
        return -1;
    gssize got = -1;
    if (virStorageVolDownload(volume, stream, offset, length, 0) < 0 ||
        (got = receive(stream, bytes, length)) < 0) {
        libvirt_error_set(error, "cannot read volume '%s'", virStorageVolGetName(volume));
        virStreamAbort(stream);
        return -1;
    }
    /* At the end of the file there may be less than was asked for: not worth an error. */
    if (virStreamFinish(stream) < 0)
        virStreamAbort(stream);
    return got;
}

/* ---- upload and download ---- */

static gboolean upload_descriptor(virStorageVolPtr volume, int file, guint64 total,
                                  const struct transfer *transfer, GError **error) {
    g_autofree char *buffer = g_malloc(MESSAGE_BYTES);
    g_autoptr(virStream) stream = open_stream(volume, error);
    if (stream == NULL)
        return FALSE;
    if (virStorageVolUpload(volume, stream, 0, total, 0) < 0)
        return upload_failed(volume, stream, error);
    for (guint64 done = 0; done < total;) {
        gssize got = read(file, buffer, MIN(MESSAGE_BYTES, total - done));
        if (got <= 0 || !goes_on(transfer, error)) {
            virStreamAbort(stream);
            if (got <= 0)
                error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read what is put into volume '%s': %s",
                          virStorageVolGetName(volume),
                          got < 0 ? g_strerror(errno) : "the file became shorter");
            return FALSE;
        }
        if (!send_all(stream, buffer, (gsize)got))
            return upload_failed(volume, stream, error);
        if (transfer != NULL && transfer->checksum != NULL)
            g_checksum_update(transfer->checksum, (const guchar *)buffer, got);
        done += (guint64)got;
        tell(transfer, done, total);
    }
    return virStreamFinish(stream) == 0 || upload_failed(volume, stream, error);
}

gboolean transfer_upload_file(virStorageVolPtr volume, const char *path, const struct transfer *transfer,
                              GError **error) {
    GStatBuf status;
    int file = g_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0 || fstat(file, &status) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read %s: %s", path, g_strerror(errno));
        if (file >= 0)
            g_close(file, NULL);
        return FALSE;
    }
    gboolean uploaded = upload_descriptor(volume, file, (guint64)status.st_size, transfer, error);
    g_close(file, NULL);
    return uploaded;
}

gboolean transfer_upload_bytes(virStorageVolPtr volume, const void *bytes, gsize length, GError **error) {
    return upload_piece(volume, 0, bytes, length, error);
}

GBytes *transfer_head(virStorageVolPtr volume, gsize length, GError **error) {
    g_autofree char *bytes = g_malloc(length);
    gssize got = download_piece(volume, 0, bytes, length, error);
    return got < 0 ? NULL : g_bytes_new(bytes, (gsize)got);
}

char *transfer_download(virStorageVolPtr volume, gsize limit, gsize *length, GError **error) {
    g_autofree char *bytes = g_malloc(limit + 2);
    g_autoptr(virStream) stream = open_stream(volume, error);
    if (stream == NULL)
        return NULL;
    gssize got = -1;
    if (virStorageVolDownload(volume, stream, 0, 0, 0) < 0 || (got = receive(stream, bytes, limit + 1)) < 0) {
        libvirt_error_set(error, "cannot read volume '%s'", virStorageVolGetName(volume));
        virStreamAbort(stream);
        return NULL;
    }
    if ((gsize)got > limit) {
        virStreamAbort(stream);
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "volume '%s' is larger than %" G_GSIZE_FORMAT " bytes",
                  virStorageVolGetName(volume), limit);
        return NULL;
    }
    if (virStreamFinish(stream) < 0)
        virStreamAbort(stream);
    *length = (gsize)got;
    bytes[got] = '\0';
    return g_steal_pointer(&bytes);
}

char *transfer_sha256(virStorageVolPtr volume, guint64 length, const struct transfer *transfer,
                      GError **error) {
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *piece = g_malloc(PIECE_BYTES);
    for (guint64 done = 0; done < length;) {
        if (!goes_on(transfer, error))
            return NULL;
        gssize got = download_piece(volume, done, piece, MIN(PIECE_BYTES, length - done), error);
        if (got < 0)
            return NULL;
        if (got == 0) {
            error_set(error, INNKEEP_ERROR_WRONG, NULL,
                      "volume '%s' has %" G_GUINT64_FORMAT " bytes and not %" G_GUINT64_FORMAT,
                      virStorageVolGetName(volume), done, length);
            return NULL;
        }
        g_checksum_update(checksum, (const guchar *)piece, got);
        done += (guint64)got;
        tell(transfer, done, length);
    }
    return g_strdup(g_checksum_get_string(checksum));
}

/* ---- copies ---- */

gboolean transfer_copy_bytes(virStorageVolPtr from, virStorageVolPtr to, guint64 length,
                             const struct transfer *transfer, GError **error) {
    g_autofree char *piece = g_malloc(PIECE_BYTES);
    guint64 done = 0;
    while (done < length) {
        gsize wanted = MIN(PIECE_BYTES, length - done);
        if (!goes_on(transfer, error))
            return FALSE;
        gssize got = download_piece(from, done, piece, wanted, error);
        if (got < 0)
            return FALSE;
        if (got == 0)
            break;
        if (!upload_piece(to, done, piece, (gsize)got, error))
            return FALSE;
        done += (guint64)got;
        tell(transfer, done, length);
    }
    return TRUE;
}

struct copy {
    virStoragePoolPtr pool;
    const struct volume_spec *spec;
    virStorageVolPtr source, result;
    GError *error;
    GMutex mutex;
    GCond ended;
    gboolean done;
};

static gpointer copy_thread(gpointer data) {
    struct copy *copy = data;
    g_autofree char *text = volume_xml(copy->spec);
    copy->result = virStorageVolCreateXMLFrom(copy->pool, text, copy->source, 0);
    if (copy->result == NULL)
        libvirt_error_set(&copy->error, "cannot copy volume '%s' to '%s'", virStorageVolGetName(copy->source),
                          copy->spec->name);
    g_mutex_lock(&copy->mutex);
    copy->done = TRUE;
    g_cond_signal(&copy->ended);
    g_mutex_unlock(&copy->mutex);
    return NULL;
}

/* How far libvirt is: what the new volume takes by now. */
static void tell_copy(const struct copy *copy, const struct transfer *transfer, guint64 total) {
    g_autoptr(virStorageVol) target = virStorageVolLookupByName(copy->pool, copy->spec->name);
    virStorageVolInfo info;
    if (target != NULL && virStorageVolGetInfo(target, &info) == 0)
        tell(transfer, MIN(info.allocation, total), total);
}

/* An overlay is copied together with what it stands on. */
static guint64 copy_size(virStorageVolPtr source, const struct volume_spec *spec) {
    g_autoptr(volume_t) volume = volume_read(source, NULL);
    guint64 size = volume == NULL ? 0 : volume_whole_size(virStorageVolGetConnect(source), volume);
    return size > 0 ? size : spec->capacity;
}

virStorageVolPtr transfer_copy(virStoragePoolPtr pool, const struct volume_spec *spec,
                               virStorageVolPtr source, const struct transfer *transfer, GError **error) {
    struct copy copy = {.pool = pool, .spec = spec, .source = source};
    if (!goes_on(transfer, error))
        return NULL;
    GError *cause = NULL;
    virStorageVolPtr shared = reflink_copy(pool, spec, source, &cause);
    if (shared != NULL)
        return shared;
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return NULL;
    }
    guint64 total = copy_size(source, spec);
    g_mutex_init(&copy.mutex);
    g_cond_init(&copy.ended);
    GThread *thread = g_thread_new("copy", copy_thread, &copy);
    g_mutex_lock(&copy.mutex);
    while (!copy.done) {
        if (g_cond_wait_until(&copy.ended, &copy.mutex, g_get_monotonic_time() + POLL_MS * 1000) || copy.done)
            continue;
        g_mutex_unlock(&copy.mutex);
        tell_copy(&copy, transfer, total);
        g_mutex_lock(&copy.mutex);
    }
    g_mutex_unlock(&copy.mutex);
    g_thread_join(thread);
    g_mutex_clear(&copy.mutex);
    g_cond_clear(&copy.ended);
    g_autoptr(virStorageVol) result = copy.result;
    if (copy.error != NULL)
        g_propagate_error(error, copy.error);
    /* The caller removes what it sees: cancelled, the volume is there all the same. */
    return result != NULL && goes_on(transfer, error) ? g_steal_pointer(&result) : NULL;
}
