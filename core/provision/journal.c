/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "config/paths.h"
#include "core/provision/undo.h"

#define SUFFIX     ".journal"
#define SETTLE_MS  2000 /* far more than libvirtd takes to make or define anything: 3 to 300 ms, loaded */
#define FILE_LIMIT (16 * 1024 * 1024) /* bytes; a larger one is none of ours */

static const char *const kind_words[RECORD_COUNT] = {
    [RECORD_VOLUME] = "volume",   [RECORD_DOMAIN] = "domain", [RECORD_FOLDER] = "folder",
    [RECORD_REMOVAL] = "removal", [RECORD_BACKUP] = "backup", [RECORD_FREEZE] = "freeze",
    [RECORD_CONTENT] = "content", [RECORD_NOTE] = "note",     [RECORD_MERGE] = "merge",
};

struct journal {
    virConnectPtr connection;
    char *path;
    int file;    /* locked */
    GMutex lock; /* guards what follows, and writing */
    GPtrArray *records;
};

/* See the header: only the tests' environment makes these do anything. */
static void kill_at(const char *variable, gint *passed) {
    const char *at = g_getenv(variable);
    if (at != NULL && g_ascii_strtoll(at, NULL, 10) == g_atomic_int_add(passed, 1) + 1)
        raise(SIGKILL);
}

static void kill_point(void) {
    static gint passed;
    kill_at("INNKEEP_TEST_KILL_AT", &passed);
}

static void recovery_point(void) {
    static gint passed;
    kill_at("INNKEEP_TEST_KILL_RECOVERY_AT", &passed);
    kill_point();
}

/* ---- one line ---- */

static const struct {
    const char *name;
    gsize offset;
} members[] = {
    {"pool", G_STRUCT_OFFSET(struct record, pool)},
    {"name", G_STRUCT_OFFSET(struct record, name)},
    {"uuid", G_STRUCT_OFFSET(struct record, uuid)},
    {"path", G_STRUCT_OFFSET(struct record, path)},
    {"format", G_STRUCT_OFFSET(struct record, format)},
    {"backing", G_STRUCT_OFFSET(struct record, backing)},
    {"modified", G_STRUCT_OFFSET(struct record, modified)},
    {"text", G_STRUCT_OFFSET(struct record, text)},
};

static char **member_of(struct record *record, gsize i) {
    return (char **)((char *)record + members[i].offset);
}

static JsonObject *record_to_json(struct record *record) {
    JsonObject *object = json_object_new();
    json_object_set_string_member(object, "record", kind_words[record->kind]);
    for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
        if (*member_of(record, i) != NULL)
            json_object_set_string_member(object, members[i].name, *member_of(record, i));
    json_object_set_int_member(object, "capacity", (gint64)record->capacity);
    return object;
}

static struct record *record_from_json(JsonObject *object) {
    const char *word = json_object_get_string_member_with_default(object, "record", "");
    for (int kind = 0; kind < RECORD_COUNT; kind++) {
        if (strcmp(kind_words[kind], word) != 0)
            continue;
        struct record *record = g_new0(struct record, 1);
        record->kind = (enum record_kind)kind;
        for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
            *member_of(record, i) =
                g_strdup(json_object_get_string_member_with_default(object, members[i].name, NULL));
        record->capacity = (guint64)json_object_get_int_member_with_default(object, "capacity", 0);
        return record;
    }
    return NULL;
}

/* Takes object; the caller's. */
static char *line_of(JsonObject *object) {
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    json_node_take_object(node, object);
    g_autofree char *text = json_to_string(node, FALSE);
    return g_strconcat(text, "\n", NULL);
}

/* They have reached the disk when this returns TRUE. */
static gboolean write_text(struct journal *journal, const char *lines, GError **error) {
    gsize length = strlen(lines);
    kill_point();
    gssize written = write(journal->file, lines, length);
    if (written != (gssize)length || fsync(journal->file) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot write %s: %s", journal->path,
                  g_strerror(written >= 0 && written != (gssize)length ? ENOSPC : errno));
        return FALSE;
    }
    kill_point();
    return TRUE;
}

/* Takes object. */
static gboolean write_line(struct journal *journal, JsonObject *object, GError **error) {
    g_autofree char *line = line_of(object);
    return write_text(journal, line, error);
}

static gboolean add_record(struct journal *journal, struct record *record, GError **error) {
    g_mutex_lock(&journal->lock);
    g_ptr_array_add(journal->records, record);
    gboolean written = write_line(journal, record_to_json(record), error);
    g_mutex_unlock(&journal->lock);
    return written;
}

/* ---- the file ---- */

static void sync_directory(const char *path) {
    g_autofree char *directory = g_path_get_dirname(path);
    int file = g_open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (file < 0)
        return;
    if (fsync(file) < 0)
        g_debug("fsync %s: %s", directory, g_strerror(errno));
    g_close(file, NULL);
}

static struct journal *new_journal(virConnectPtr connection, char *path) {
    struct journal *journal = g_new0(struct journal, 1);
    journal->connection = connection;
    journal->path = path;
    journal->file = -1;
    g_mutex_init(&journal->lock);
    journal->records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    return journal;
}

void journal_free(struct journal *journal) {
    if (journal == NULL)
        return;
    if (journal->file >= 0)
        g_close(journal->file, NULL);
    g_ptr_array_unref(journal->records);
    g_mutex_clear(&journal->lock);
    g_free(journal->path);
    g_free(journal);
}

static gboolean remove_file(struct journal *journal, GError **error) {
    if (g_unlink(journal->path) < 0 && errno != ENOENT) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot remove %s: %s", journal->path,
                  g_strerror(errno));
        return FALSE;
    }
    sync_directory(journal->path);
    return TRUE;
}

/* The head: what it is about. It gets its real name only when it is locked, so that nobody recovers it
 * before. */
static gboolean write_head(struct journal *journal, const char *title, GError **error) {
    char *uri = virConnectGetURI(journal->connection);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format_iso8601(now);
    JsonObject *head = json_object_new();
    json_object_set_string_member(head, "uri", uri == NULL ? "" : uri);
    json_object_set_string_member(head, "title", title);
    json_object_set_string_member(head, "began", time);
    free(uri);
    return write_line(journal, head, error);
}

struct journal *journal_begin(virConnectPtr connection, const char *title, GError **error) {
    g_autofree char *directory = paths_state_directory("journal", error);
    if (directory == NULL)
        return NULL;
    g_autofree char *id = g_uuid_string_random();
    g_autofree char *nascent = g_strdup_printf("%s/.%s", directory, id);
    g_autoptr(journal_t) journal = new_journal(connection, g_strdup_printf("%s/%s" SUFFIX, directory, id));
    /* Should a recovery take the nascent file for a wreck before it is locked, the rename fails and all is
     * well. */
    journal->file = g_open(nascent, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (journal->file < 0 || flock(journal->file, LOCK_EX | LOCK_NB) < 0 ||
        g_rename(nascent, journal->path) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot make %s: %s", journal->path, g_strerror(errno));
        g_unlink(nascent);
        return NULL;
    }
    gboolean written = write_head(journal, title, error);
    sync_directory(journal->path);
    if (!written) {
        remove_file(journal, NULL);
        return NULL;
    }
    return g_steal_pointer(&journal);
}

/* ---- what will be done ---- */

gboolean journal_volume(struct journal *journal, virStoragePoolPtr pool, const struct volume_spec *spec,
                        GError **error) {
    GError *cause = NULL;
    const char *pool_name = virStoragePoolGetName(pool);
    g_autoptr(virStorageVol) there = volume_lookup(pool, spec->name, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    if (there != NULL) {
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "volume '%s' exists already in pool '%s'", spec->name,
                  pool_name);
        return FALSE;
    }
    struct record *record = g_new0(struct record, 1);
    *record = (struct record){.kind = RECORD_VOLUME,
                              .pool = g_strdup(pool_name),
                              .name = g_strdup(spec->name),
                              .format = g_strdup(spec->format),
                              .backing = g_strdup(spec->backing),
                              .capacity = spec->capacity};
    return add_record(journal, record, error);
}

gboolean journal_domain(struct journal *journal, const char *uuid, const char *name, GError **error) {
    g_autoptr(virDomain) there = virDomainLookupByName(journal->connection, name);
    if (there != NULL) {
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "guest '%s' exists already", name);
        return FALSE;
    }
    if (virGetLastErrorCode() != VIR_ERR_NO_DOMAIN) {
        libvirt_error_set(error, "cannot look for guest '%s'", name);
        return FALSE;
    }
    struct record *record = g_new0(struct record, 1);
    *record = (struct record){.kind = RECORD_DOMAIN, .uuid = g_strdup(uuid), .name = g_strdup(name)};
    return add_record(journal, record, error);
}

static gboolean add_of_guest(struct journal *journal, enum record_kind kind, virDomainPtr domain,
                             const char *path, GError **error) {
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    virDomainGetUUIDString(domain, uuid);
    struct record *record = g_new0(struct record, 1);
    *record = (struct record){.kind = kind,
                              .uuid = g_strdup(uuid),
                              .name = g_strdup(virDomainGetName(domain)),
                              .path = g_strdup(path)};
    return add_record(journal, record, error);
}

gboolean journal_backup(struct journal *journal, virDomainPtr domain, const char *path, GError **error) {
    return add_of_guest(journal, RECORD_BACKUP, domain, path, error);
}

gboolean journal_freeze(struct journal *journal, virDomainPtr domain, GError **error) {
    return add_of_guest(journal, RECORD_FREEZE, domain, NULL, error);
}

gboolean journal_note(struct journal *journal, virDomainPtr domain, const char *path, GError **error) {
    return add_of_guest(journal, RECORD_NOTE, domain, path, error);
}

gboolean journal_merge(struct journal *journal, virDomainPtr domain, const char *target, GError **error) {
    return add_of_guest(journal, RECORD_MERGE, domain, target, error);
}

gboolean journal_folder(struct journal *journal, const char *path, GError **error) {
    struct record *record = g_new0(struct record, 1);
    *record = (struct record){.kind = RECORD_FOLDER, .path = g_strdup(path)};
    return add_record(journal, record, error);
}

gboolean journal_content(struct journal *journal, virStoragePoolPtr pool, const char *name, const char *text,
                         GError **error) {
    struct record *record = g_new0(struct record, 1);
    *record = (struct record){.kind = RECORD_CONTENT,
                              .pool = g_strdup(virStoragePoolGetName(pool)),
                              .name = g_strdup(name),
                              .text = g_strdup(text),
                              .capacity = strlen(text)};
    return add_record(journal, record, error);
}

/* All lines in one writing: a removal is not begun in part. */
gboolean journal_removal(struct journal *journal, const char *uuid, const char *name,
                         const GPtrArray *volumes, GError **error) {
    g_autoptr(GString) lines = g_string_new(NULL);
    guint before = journal->records->len;
    for (guint i = 0; i < volumes->len; i++) {
        const struct volume *volume = g_ptr_array_index(volumes, i);
        struct record *record = g_new0(struct record, 1);
        *record = (struct record){.kind = RECORD_REMOVAL,
                                  .uuid = g_strdup(uuid),
                                  .name = g_strdup(name),
                                  .path = g_strdup(volume->path),
                                  .backing = g_strdup(volume->backing),
                                  .modified = g_strdup(volume->modified),
                                  .capacity = volume->capacity};
        g_autofree char *line = line_of(record_to_json(record));
        g_ptr_array_add(journal->records, record);
        g_string_append(lines, line);
    }
    if (volumes->len == 0 || write_text(journal, lines->str, error))
        return TRUE;
    g_ptr_array_set_size(journal->records, (int)before);
    return FALSE;
}

gboolean journal_commit(struct journal *journal, GError **error) {
    JsonObject *end = json_object_new();
    json_object_set_string_member(end, "record", "commit");
    return write_line(journal, end, error) && remove_file(journal, error);
}

static gboolean undo(struct journal *journal, void (*point)(void), GError **error) {
    return undo_records(journal->connection, journal->records, point, error) && remove_file(journal, error);
}

gboolean journal_undo(struct journal *journal, GError **error) {
    return undo(journal, kill_point, error);
}

void journal_undo_after(struct journal *journal, GError **error) {
    g_autoptr(GError) cause = NULL;
    if (journal_undo(journal, &cause) || error == NULL || *error == NULL)
        return;
    char *message = g_strdup_printf("%s; taking back what was begun failed (%s), the next start tries again",
                                    (*error)->message, cause->message);
    g_free((*error)->message);
    (*error)->message = message;
}

/* ---- recovery ---- */

/* Fills journal from its lines; a torn last line was never followed by its step. FALSE when it is committed,
 * or of another host (*foreign). */
static gboolean read_lines(struct journal *journal, const char *text, const char *uri, gboolean *foreign) {
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    *foreign = FALSE;
    for (guint i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++) {
        g_autoptr(JsonNode) node = json_from_string(lines[i], NULL);
        if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
            return TRUE;
        JsonObject *object = json_node_get_object(node);
        if (i == 0)
            *foreign = g_strcmp0(json_object_get_string_member_with_default(object, "uri", ""), uri) != 0;
        if (*foreign ||
            strcmp(json_object_get_string_member_with_default(object, "record", ""), "commit") == 0)
            return FALSE;
        struct record *record = record_from_json(object);
        if (record != NULL)
            g_ptr_array_add(journal->records, record);
    }
    return TRUE;
}

/* TRUE when this process holds it now and it is still the file of that name. */
static gboolean lock(struct journal *journal) {
    GStatBuf held, named;
    journal->file = g_open(journal->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0);
    return journal->file >= 0 && flock(journal->file, LOCK_EX | LOCK_NB) == 0 &&
           fstat(journal->file, &held) == 0 && g_lstat(journal->path, &named) == 0 &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev && held.st_size <= FILE_LIMIT;
}

/* A journal that was written just now may have left calls under way in the daemon. What was waited for once
 * is not waited for again: the file's time goes back. */
static void settle(virConnectPtr connection, struct journal *journal) {
    static const struct timespec long_ago[2] = {{.tv_sec = 0}, {.tv_sec = 0}};
    GStatBuf status;
    if (fstat(journal->file, &status) < 0)
        return;
    gint64 age_ms = (g_get_real_time() / G_USEC_PER_SEC - status.st_mtim.tv_sec) * 1000;
    if (age_ms > SETTLE_MS + 1000)
        return;
    undo_settle(connection, journal->records, SETTLE_MS);
    if (futimens(journal->file, long_ago) < 0)
        g_debug("%s: %s", journal->path, g_strerror(errno));
}

static gboolean recover_one(virConnectPtr connection, char *path, guint *ended, GError **error) {
    g_autoptr(journal_t) journal = new_journal(connection, path);
    g_autofree char *text = NULL;
    gboolean foreign = FALSE;
    if (!lock(journal) || !g_file_get_contents(path, &text, NULL, NULL))
        return TRUE;
    char *uri = virConnectGetURI(connection);
    gboolean open = read_lines(journal, text, uri == NULL ? "" : uri, &foreign);
    free(uri);
    if (foreign)
        return TRUE;
    if (open)
        settle(connection, journal);
    if (!(open ? undo(journal, recovery_point, error) : remove_file(journal, error)))
        return FALSE;
    if (ended != NULL)
        (*ended)++;
    return TRUE;
}

gboolean journal_recover_all(virConnectPtr connection, guint *ended, GError **error) {
    g_autofree char *directory = paths_state_directory("journal", error);
    g_autoptr(GDir) entries = directory == NULL ? NULL : g_dir_open(directory, 0, NULL);
    gboolean all = directory != NULL;
    if (ended != NULL)
        *ended = 0;
    for (const char *name; entries != NULL && (name = g_dir_read_name(entries)) != NULL;)
        if (g_str_has_suffix(name, SUFFIX) || *name == '.')
            all =
                recover_one(connection, g_build_filename(directory, name, NULL), ended, all ? error : NULL) &&
                all;
    return all;
}

gboolean journal_any(void) {
    g_autofree char *directory = paths_state_directory("journal", NULL);
    g_autoptr(GDir) entries = directory == NULL ? NULL : g_dir_open(directory, 0, NULL);
    for (const char *name; entries != NULL && (name = g_dir_read_name(entries)) != NULL;)
        if (g_str_has_suffix(name, SUFFIX))
            return TRUE;
    return FALSE;
}

/* Another process that would take it over now finds it locked for this moment, and leaves it for its next
 * start. */
static gboolean is_left(virConnectPtr connection, char *path, const char *uri) {
    g_autoptr(journal_t) journal = new_journal(connection, path);
    g_autofree char *text = NULL;
    gboolean foreign = FALSE;
    journal->file = g_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
    if (journal->file < 0 || flock(journal->file, LOCK_SH | LOCK_NB) < 0 ||
        !g_file_get_contents(path, &text, NULL, NULL))
        return FALSE;
    return read_lines(journal, text, uri, &foreign) && !foreign;
}

guint journal_left(virConnectPtr connection) {
    g_autofree char *directory = paths_state_directory("journal", NULL);
    g_autoptr(GDir) entries = directory == NULL ? NULL : g_dir_open(directory, 0, NULL);
    char *uri = virConnectGetURI(connection);
    guint count = 0;
    for (const char *name; entries != NULL && (name = g_dir_read_name(entries)) != NULL;)
        count += g_str_has_suffix(name, SUFFIX) &&
                 is_left(connection, g_build_filename(directory, name, NULL), uri == NULL ? "" : uri);
    free(uri);
    return count;
}
