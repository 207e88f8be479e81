/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/console_record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "config/error.h"
#include "config/paths.h"
#include "core/base/thread.h"
#include "core/guest/console_log.h"

/* What waits for the disk, and how long a line is before it is written as two. */
#define WAITING_MAX (4 * 1024 * 1024)
#define LINE_BYTES  4096

struct console_record {
    gatomicrefcount references; /* the owner, the thread, what is told */
    char *path;
    void (*ended)(const char *why, gpointer data); /* main thread */
    gpointer data;
    gboolean over; /* main thread: nothing is to be told */
    GThread *thread;
    GMutex lock;
    GCond wake;
    GByteArray *waiting;
    gboolean closing, dropped;
    char *why; /* set once, before it is told */
    /* the thread's */
    int file;
    GByteArray *line;
    gsize written;
};

static struct console_record *record_ref(struct console_record *record) {
    g_atomic_ref_count_inc(&record->references);
    return record;
}

static void record_unref(gpointer data) {
    struct console_record *record = data;
    if (!g_atomic_ref_count_dec(&record->references))
        return;
    g_byte_array_unref(record->waiting);
    g_byte_array_unref(record->line);
    g_mutex_clear(&record->lock);
    g_cond_clear(&record->wake);
    g_free(record->path);
    g_free(record->why);
    g_free(record);
}

static gboolean write_text(struct console_record *record, const char *text) {
    gsize length = strlen(text);
    record->written += length;
    while (length > 0) {
        ssize_t count = write(record->file, text, length);
        if (count < 0 && errno != EINTR)
            return FALSE;
        text += MAX(count, 0);
        length -= (gsize)MAX(count, 0);
    }
    return TRUE;
}

static gboolean write_line(struct console_record *record) {
    g_autofree char *safe = console_log_safe((const char *)record->line->data, record->line->len);
    g_byte_array_set_size(record->line, 0);
    return write_text(record, safe) && write_text(record, "\n");
}

static gboolean take(struct console_record *record, const GByteArray *bytes) {
    for (guint i = 0; i < bytes->len; i++) {
        if (bytes->data[i] != '\n')
            g_byte_array_append(record->line, &bytes->data[i], 1);
        if ((bytes->data[i] == '\n' || record->line->len >= LINE_BYTES) && !write_line(record))
            return FALSE;
    }
    return TRUE;
}

static gboolean tell_end(gpointer data) {
    struct console_record *record = data;
    if (!record->over)
        record->ended(record->why, record->data);
    return G_SOURCE_REMOVE;
}

static void give_up(struct console_record *record, char *why) {
    record->why = why;
    on_main_thread(tell_end, record_ref(record), record_unref);
}

/* FALSE: nothing more is to be written. */
static gboolean write_part(struct console_record *record, const GByteArray *part, gboolean dropped) {
    gboolean well = take(record, part) && (!dropped || write_text(record, "[output dropped]\n"));
    if (well && record->written < RECORD_BYTES)
        return TRUE;
    if (well)
        give_up(record, g_strdup_printf("%s is full, %u MiB", record->path, RECORD_BYTES >> 20));
    else
        give_up(record, g_strdup_printf("cannot write %s: %s", record->path, g_strerror(errno)));
    return FALSE;
}

static gpointer record_main(gpointer data) {
    struct console_record *record = data;
    gboolean goes_on = TRUE, closing = FALSE;
    while (goes_on && !closing) {
        g_mutex_lock(&record->lock);
        while (!record->closing && record->waiting->len == 0)
            g_cond_wait(&record->wake, &record->lock);
        g_autoptr(GByteArray) part = record->waiting;
        gboolean dropped = record->dropped;
        record->waiting = g_byte_array_new();
        record->dropped = FALSE;
        closing = record->closing;
        g_mutex_unlock(&record->lock);
        goes_on = write_part(record, part, dropped);
    }
    if (goes_on && record->line->len > 0 && !write_line(record))
        g_debug("%s: its last line is missing: %s", record->path, g_strerror(errno));
    close(record->file);
    record_unref(record);
    return NULL;
}

/* A guest's name as part of a file's: letters, digits, and what is harmless between them. */
static char *file_name(const char *guest) {
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = now == NULL ? g_strdup("log") : g_date_time_format(now, "%Y%m%d-%H%M%S");
    g_autofree char *name = g_strndup(guest, 60);
    for (char *at = name; *at != '\0'; at++)
        if (!g_ascii_isalnum(*at) && strchr("-_", *at) == NULL && (*at != '.' || at == name))
            *at = '_';
    return g_strdup_printf("%s-%s.log", name, time);
}

struct console_record *console_record_new(const char *guest, void (*ended)(const char *why, gpointer data),
                                          gpointer data, GError **error) {
    g_autofree char *directory = paths_state_directory("consoles", error);
    if (directory == NULL)
        return NULL;
    g_autofree char *name = file_name(guest);
    g_autofree char *path = g_build_filename(directory, name, NULL);
    int file = g_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot make %s: %s", path, g_strerror(errno));
        return NULL;
    }
    struct console_record *record = g_new0(struct console_record, 1);
    g_atomic_ref_count_init(&record->references);
    g_mutex_init(&record->lock);
    g_cond_init(&record->wake);
    record->path = g_steal_pointer(&path);
    record->ended = ended;
    record->data = data;
    record->file = file;
    record->waiting = g_byte_array_new();
    record->line = g_byte_array_new();
    record->thread = g_thread_new("console-record", record_main, record_ref(record));
    return record;
}

void console_record_add(struct console_record *record, const guint8 *bytes, gsize length) {
    g_mutex_lock(&record->lock);
    if (record->waiting->len + length <= WAITING_MAX)
        g_byte_array_append(record->waiting, bytes, (guint)length);
    else
        record->dropped = TRUE;
    g_cond_signal(&record->wake);
    g_mutex_unlock(&record->lock);
}

const char *console_record_path(const struct console_record *record) {
    return record->path;
}

void console_record_free(struct console_record *record) {
    if (record == NULL)
        return;
    record->over = TRUE;
    g_mutex_lock(&record->lock);
    record->closing = TRUE;
    g_cond_signal(&record->wake);
    g_mutex_unlock(&record->lock);
    g_thread_join(record->thread);
    record_unref(record);
}
