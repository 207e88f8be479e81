/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/download.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "config/paths.h"
#include "config/units.h"
#include "core/template/disk_image.h"
#include "core/template/http.h"

/* How often a server that cuts off is asked again: without a byte more in between, and in all. */
#define TRIES_IN_VAIN 3
#define TRIES_MAX     20
#define PAUSE_MS      1000
#define GROUP         "download"
#define PART          ".part"
#define NOTE          ".note"
/* A download that nobody continued for so long is given up. */
#define FORGOTTEN_S (30 * 24 * 60 * 60)

struct download {
    char *address, *path, *note; /* the file, and what is known of it */
    int file;                    /* locked */
    char *validator;             /* of what has come; NULL: it cannot be continued */
    guint64 size;                /* bytes that have come */
    gboolean whole;
    /* of the run */
    guint64 most;
    const char *place;
    const struct transfer *transfer;
};

/* ---- what is known of it ---- */

static void read_note(struct download *download) {
    g_autoptr(GKeyFile) note = g_key_file_new();
    if (!g_key_file_load_from_file(note, download->note, G_KEY_FILE_NONE, NULL))
        return;
    g_autofree char *address = g_key_file_get_string(note, GROUP, "address", NULL);
    if (g_strcmp0(address, download->address) != 0)
        return;
    download->validator = g_key_file_get_string(note, GROUP, "validator", NULL);
    download->whole = g_key_file_get_boolean(note, GROUP, "whole", NULL);
}

/* One that cannot be written means that the next time begins anew. */
static void write_note(const struct download *download) {
    g_autoptr(GKeyFile) note = g_key_file_new();
    g_autoptr(GError) error = NULL;
    g_key_file_set_string(note, GROUP, "address", download->address);
    if (download->validator != NULL)
        g_key_file_set_string(note, GROUP, "validator", download->validator);
    g_key_file_set_boolean(note, GROUP, "whole", download->whole);
    if (!g_key_file_save_to_file(note, download->note, &error))
        g_debug("%s", error->message);
}

static gboolean start_anew(struct download *download) {
    g_clear_pointer(&download->validator, g_free);
    download->whole = FALSE;
    download->size = 0;
    return ftruncate(download->file, 0) == 0;
}

/* TRUE when this process has it now. */
static gboolean lock(struct download *download, GError **error) {
    GStatBuf held, named;
    download->file = g_open(download->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (download->file < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot make %s: %s", download->path, g_strerror(errno));
        return FALSE;
    }
    if (flock(download->file, LOCK_EX | LOCK_NB) == 0 && fstat(download->file, &held) == 0 &&
        g_lstat(download->path, &named) == 0 && held.st_ino == named.st_ino) {
        download->size = (guint64)held.st_size;
        return TRUE;
    }
    error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "%s is being fetched by another innkeep",
              download->address);
    return FALSE;
}

/* Removes downloads that were cut off long ago; one that is worked on is locked. */
static void remove_forgotten(const char *folder) {
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    gint64 limit = g_get_real_time() / G_USEC_PER_SEC - FORGOTTEN_S;
    for (const char *name; entries != NULL && (name = g_dir_read_name(entries)) != NULL;) {
        GStatBuf status;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (!g_str_has_suffix(name, PART) || g_lstat(path, &status) < 0 || status.st_mtime > limit)
            continue;
        g_autofree char *stem = g_strndup(path, strlen(path) - strlen(PART));
        g_autofree char *note = g_strconcat(stem, NOTE, NULL);
        int file = g_open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0);
        if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0 && (g_unlink(path) < 0 || g_unlink(note) < 0))
            g_debug("%s: %s", path, g_strerror(errno));
        if (file >= 0)
            g_close(file, NULL);
    }
}

struct download *download_open(const char *address, GError **error) {
    g_autofree char *folder = paths_state_directory("download", error);
    if (folder == NULL)
        return NULL;
    g_autoptr(download_t) download = g_new0(struct download, 1);
    g_autofree char *id = g_compute_checksum_for_string(G_CHECKSUM_SHA256, address, -1);
    download->address = g_strdup(address);
    download->path = g_strdup_printf("%s/%s" PART, folder, id);
    download->note = g_strdup_printf("%s/%s" NOTE, folder, id);
    download->file = -1;
    remove_forgotten(folder);
    if (!lock(download, error))
        return NULL;
    if (download->size > 0)
        read_note(download);
    return g_steal_pointer(&download);
}

void download_free(struct download *download) {
    if (download == NULL)
        return;
    if (download->file >= 0)
        g_close(download->file, NULL);
    g_free(download->address);
    g_free(download->path);
    g_free(download->note);
    g_free(download->validator);
    g_free(download);
}

gboolean download_whole(const struct download *download) {
    return download->whole;
}

const char *download_path(const struct download *download) {
    return download->path;
}

void download_remove(struct download *download) {
    if (!start_anew(download) || g_unlink(download->path) < 0)
        g_debug("%s: %s", download->path, g_strerror(errno));
    if (g_unlink(download->note) < 0 && errno != ENOENT)
        g_debug("%s: %s", download->note, g_strerror(errno));
}

/* ---- the body ---- */

static gboolean too_large(struct http *http, const char *what, guint64 bytes, guint64 most,
                          const char *place) {
    g_autofree char *size = units_format_size(bytes), *room = units_format_size(most);
    error_set(&http->error, INNKEEP_ERROR_FAILED, NULL, "cannot fetch %s: %s%s, and %s %s", http->address,
              what, size, place, room);
    return FALSE;
}

/* bytes: how large it is, or will be at least. */
static gboolean fits(struct http *http, guint64 bytes, gboolean told) {
    struct download *download = http->data;
    const char *what = told ? "it has " : "it has more than ";
    guint64 room = 0;
    if (bytes > DOWNLOAD_MAX)
        return too_large(http, what, bytes, DOWNLOAD_MAX, "the most that is taken is");
    if (bytes > download->most) {
        g_autofree char *place = g_strdup_printf("%s has room for", download->place);
        return too_large(http, what, bytes, download->most, place);
    }
    if (!told || !disk_image_room(download->path, &room, NULL) || bytes - download->size <= room)
        return TRUE;
    g_autofree char *folder = g_path_get_dirname(download->path);
    g_autofree char *place = g_strdup_printf("%s has room for", folder);
    return too_large(http, what, bytes, room, place);
}

static gboolean disk_failed(struct http *http) {
    const struct download *download = http->data;
    error_set(&http->error, INNKEEP_ERROR_FAILED, NULL, "cannot write %s: %s", download->path,
              g_strerror(errno));
    return FALSE;
}

static gboolean begin(struct http *http, long status, gint64 start, gint64 length) {
    struct download *download = http->data;
    if (status == 206 && (guint64)start != download->size) {
        error_set(&http->error, INNKEEP_ERROR_FAILED, NULL,
                  "cannot fetch %s: the server sends another part than asked", http->address);
        return FALSE;
    }
    if (status != 206 && !start_anew(download))
        return disk_failed(http);
    if (length >= 0 && !fits(http, download->size + (guint64)length, TRUE))
        return FALSE;
    if (status != 206) {
        g_free(download->validator);
        download->validator = g_strdup(http->validator);
        write_note(download);
    }
    return TRUE;
}

static gboolean body(struct http *http, const char *bytes, gsize length) {
    struct download *download = http->data;
    if (!fits(http, download->size + length, FALSE))
        return FALSE;
    while (length > 0) {
        gssize written = pwrite(download->file, bytes, length, (off_t)download->size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return disk_failed(http);
        bytes += written;
        length -= (gsize)written;
        download->size += (guint64)written;
    }
    return TRUE;
}

static void progress(struct http *http, guint64 done, guint64 total) {
    struct download *download = http->data;
    const struct transfer *transfer = download->transfer;
    if (transfer->progress != NULL)
        transfer->progress(download->size,
                           total == 0 ? 0 : MAX(download->size - done + total, download->size),
                           transfer->data);
}

/* ---- again and again ---- */

static enum http_failure ask(struct download *download, GError **error) {
    if (download->validator == NULL && !start_anew(download)) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot write %s: %s", download->path,
                  g_strerror(errno));
        return HTTP_REFUSED;
    }
    g_autofree char *range = g_strdup_printf("%" G_GUINT64_FORMAT "-", download->size);
    g_autofree char *condition = g_strdup(download->validator);
    struct http http = {.address = download->address,
                        .range = download->size > 0 ? range : NULL,
                        .only_if = download->size > 0 ? condition : NULL,
                        .cancellable = download->transfer->cancellable,
                        .begin = begin,
                        .body = body,
                        .progress = progress,
                        .data = download};
    enum http_failure failure = http_get(&http, error);
    http_clear(&http);
    return failure;
}

static void pause_before(GCancellable *cancellable) {
    GPollFD wake = {.fd = -1};
    gboolean pollable = g_cancellable_make_pollfd(cancellable, &wake);
    g_poll(&wake, pollable ? 1 : 0, PAUSE_MS);
    if (pollable)
        g_cancellable_release_fd(cancellable);
}

/* Asks until it is there, or there is no sense in asking. */
static enum http_failure ask_on(struct download *download, GError **error) {
    guint vain = 0;
    for (guint tries = 1;; tries++) {
        GError *cause = NULL;
        guint64 before = download->size;
        enum http_failure failure = ask(download, &cause);
        vain = download->size > before ? 0 : vain + 1;
        gboolean again = failure == HTTP_RANGE && before > 0 && start_anew(download);
        again = (again || failure == HTTP_CUT) && vain < TRIES_IN_VAIN && tries < TRIES_MAX &&
                !g_cancellable_is_cancelled(download->transfer->cancellable);
        if (!again) {
            if (cause != NULL)
                g_propagate_error(error, cause);
            return failure;
        }
        g_debug("asking again: %s", cause->message);
        g_error_free(cause);
        pause_before(download->transfer->cancellable);
    }
}

gboolean download_run(struct download *download, guint64 most, const char *place,
                      const struct transfer *transfer, GError **error) {
    download->most = most;
    download->place = place;
    download->transfer = transfer;
    enum http_failure failure = ask_on(download, error);
    download->whole = failure == HTTP_DONE;
    if (failure == HTTP_DONE || (failure == HTTP_CUT && download->validator != NULL && download->size > 0))
        write_note(download);
    else
        download_remove(download);
    return failure == HTTP_DONE;
}

/* ---- small files ---- */

struct text {
    GByteArray *bytes;
    gsize limit;
};

static gboolean take_text(struct http *http, const char *bytes, gsize length) {
    struct text *text = http->data;
    if (text->bytes->len + length > text->limit) {
        error_set(&http->error, INNKEEP_ERROR_FAILED, NULL,
                  "cannot fetch %s: it has more than %" G_GSIZE_FORMAT " bytes", http->address, text->limit);
        return FALSE;
    }
    g_byte_array_append(text->bytes, (const guint8 *)bytes, (guint)length);
    return TRUE;
}

GBytes *download_text(const char *address, gsize limit, gboolean *absent, GCancellable *cancellable,
                      GError **error) {
    GError *cause = NULL;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    struct text text = {.bytes = bytes, .limit = limit};
    struct http http = {.address = address,
                        .secure_only = TRUE,
                        .cancellable = cancellable,
                        .body = take_text,
                        .data = &text};
    enum http_failure failure = http_get(&http, &cause);
    http_clear(&http);
    if (failure == HTTP_DONE)
        return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    if (absent != NULL && failure == HTTP_ABSENT) {
        *absent = TRUE;
        g_error_free(cause);
    } else {
        g_propagate_error(error, cause);
    }
    return NULL;
}
