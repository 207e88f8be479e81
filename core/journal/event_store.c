/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/journal/event_store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "config/error.h"

#define SCHEMA_VERSION 1
#define BUSY_MS        5000
#define LEAVING_MS     1000 /* of that when the program is about to end */
#define LOOK_MS        20
#define ROOM_BYTES     (1 << 20) /* left free, and so many files: a journal takes some KB and two or three */
#define ROOM_FILES     16

#define COLUMNS "time, kind, guest, uuid, action, result, by, detail"

static const char schema[] = "CREATE TABLE IF NOT EXISTS event ("
                             "id INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, guest TEXT,"
                             "uuid TEXT, action TEXT NOT NULL, result TEXT, by TEXT, detail TEXT,"
                             "seen_by TEXT NOT NULL, host TEXT NOT NULL);"
                             "CREATE INDEX IF NOT EXISTS event_time ON event (host, time);"
                             "PRAGMA user_version = 1;";

/* The same process is told of each event once: only another's entry can be the same event. */
static const char insertion[] =
    "INSERT INTO event (" COLUMNS ", seen_by, host) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?11 "
    "WHERE ?2 = 'action' OR NOT EXISTS (SELECT 1 FROM event WHERE host = ?11 AND time BETWEEN ?1 - ?10 AND "
    "?1 + ?10 "
    "AND kind = ?2 AND uuid IS ?4 AND action = ?5 AND detail IS ?8 AND seen_by <> ?9)";

struct event_store {
    sqlite3 *database;
    sqlite3_stmt *insert;
    GThread *writer;
    char *path, *host, *self;
    guint days, entries;
    GMutex lock; /* guards what follows; GAsyncQueue's own lock is one that TSan cannot see */
    GCond wake;
    GQueue waiting; /* struct event_record */
    gboolean closing;
    /* the writer's own until it has ended */
    char *failure; /* why not all was kept */
};

void event_record_free(struct event_record *record) {
    g_free(record->kind);
    g_free(record->guest);
    g_free(record->uuid);
    g_free(record->action);
    g_free(record->result);
    g_free(record->by);
    g_free(record->detail);
    g_free(record);
}

static gboolean fail(sqlite3 *database, const char *path, GError **error) {
    error_set(error, INNKEEP_ERROR_FAILED, "what happens is not kept until it is mended or moved away",
              "%s: %s", path, database == NULL ? "no memory" : sqlite3_errmsg(database));
    return FALSE;
}

static gboolean is_closing(struct event_store *store) {
    g_mutex_lock(&store->lock);
    gboolean closing = store->closing;
    g_mutex_unlock(&store->lock);
    return closing;
}

/* Another process writes: whether to look again. */
static int wait_for_other(void *data, int tries) {
    struct event_store *store = data;
    if (tries * LOOK_MS >= (is_closing(store) ? LEAVING_MS : BUSY_MS))
        return 0;
    g_usleep(LOOK_MS * 1000);
    return 1;
}

static gboolean bring_up(sqlite3 *database, const char *path, GError **error) {
    sqlite3_stmt *statement = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(database, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    if (version < 0)
        return fail(database, path, error);
    if (version > SCHEMA_VERSION) {
        error_set(error, INNKEEP_ERROR_FAILED, "update innkeep", "%s: made by a newer innkeep", path);
        return FALSE;
    }
    if (sqlite3_exec(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", NULL, NULL, NULL) !=
        SQLITE_OK)
        return fail(database, path, error);
    if (version < SCHEMA_VERSION && sqlite3_exec(database, schema, NULL, NULL, NULL) != SQLITE_OK)
        return fail(database, path, error);
    return TRUE;
}

static void bind(sqlite3_stmt *statement, int index, const char *text) {
    if (text == NULL)
        sqlite3_bind_null(statement, index);
    else
        sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

/* Told once, at the end: until then the terminal may be a screen that is drawn. */
static void give_up(struct event_store *store, const char *why) {
    if (store->failure == NULL)
        store->failure = g_strdup(why);
}

/* The last of the room is the work's own: its journals lie in the same place. */
static gboolean has_room(const char *path) {
    g_autofree char *folder = g_path_get_dirname(path);
    struct statvfs room;
    if (statvfs(folder, &room) != 0)
        return TRUE; /* opening the file says more */
    return (guint64)room.f_bavail * room.f_frsize >= ROOM_BYTES &&
           (room.f_files == 0 || room.f_favail >= ROOM_FILES);
}

static void write_record(struct event_store *store, const struct event_record *record) {
    const char *texts[] = {record->kind,   record->guest, record->uuid,   record->action,
                           record->result, record->by,    record->detail, store->self};
    sqlite3_bind_int64(store->insert, 1, record->time);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        bind(store->insert, (int)i + 2, texts[i]);
    sqlite3_bind_int64(store->insert, 10, EVENT_SAME_US);
    bind(store->insert, 11, store->host);
    if (sqlite3_step(store->insert) != SQLITE_DONE) {
        g_autofree char *why = g_strdup_printf("%s: %s", store->path, sqlite3_errmsg(store->database));
        give_up(store, why);
    }
    sqlite3_reset(store->insert);
}

static void trim(struct event_store *store) {
    gint64 oldest = g_get_real_time() - (gint64)store->days * G_TIME_SPAN_DAY;
    char *sql = sqlite3_mprintf("DELETE FROM event WHERE time < %lld OR id <= "
                                "(SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET %u)",
                                (long long)oldest, store->entries);
    if (sqlite3_exec(store->database, sql, NULL, NULL, NULL) != SQLITE_OK)
        g_debug("%s: old events stay: %s", store->path, sqlite3_errmsg(store->database));
    sqlite3_free(sql);
}

/* What was done is nobody else's business; SQLite gives its other files the same mode. Only a new file is
 * opened here: closing one that SQLite has would take its locks. */
static void make_private(const char *path) {
    int file = g_open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file >= 0)
        close(file);
}

static gboolean open_database(struct event_store *store, GError **error) {
    make_private(store->path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    if (sqlite3_open_v2(store->path, &store->database, flags, NULL) != SQLITE_OK)
        return fail(store->database, store->path, error);
    sqlite3_busy_handler(store->database, wait_for_other, store);
    if (!bring_up(store->database, store->path, error))
        return FALSE;
    if (sqlite3_prepare_v2(store->database, insertion, -1, &store->insert, NULL) != SQLITE_OK)
        return fail(store->database, store->path, error);
    return TRUE;
}

/* The next to write; NULL: all is written, and no more comes. */
static struct event_record *take(struct event_store *store) {
    g_mutex_lock(&store->lock);
    while (!store->closing && g_queue_is_empty(&store->waiting))
        g_cond_wait(&store->wake, &store->lock);
    struct event_record *next = g_queue_pop_head(&store->waiting);
    g_mutex_unlock(&store->lock);
    return next;
}

static gpointer write_all(gpointer data) {
    struct event_store *store = data;
    struct event_record *next;
    while ((next = take(store)) != NULL) {
        g_autoptr(GError) error = NULL;
        gboolean hopeless = store->failure != NULL && is_closing(store);
        if (hopeless)
            g_debug("%s: not kept either", store->path);
        else if (!has_room(store->path))
            give_up(store, "hardly any room is left where it would be");
        else if (store->database == NULL && !open_database(store, &error))
            give_up(store, error->message);
        else if (store->insert != NULL)
            write_record(store, next);
        event_record_free(next);
    }
    if (store->insert != NULL && store->failure == NULL)
        trim(store);
    return NULL;
}

struct event_store *event_store_new(const char *path, const char *host, guint days, guint entries) {
    struct event_store *store = g_new0(struct event_store, 1);
    store->path = g_strdup(path);
    store->host = g_strdup(host);
    store->days = days;
    store->entries = entries;
    store->self = g_uuid_string_random();
    g_mutex_init(&store->lock);
    g_cond_init(&store->wake);
    g_queue_init(&store->waiting);
    store->writer = g_thread_new("events", write_all, store);
    return store;
}

void event_store_add(struct event_store *store, const struct event_record *record) {
    struct event_record *copy = g_new0(struct event_record, 1);
    copy->time = record->time;
    copy->kind = g_strdup(record->kind);
    copy->guest = g_strdup(record->guest);
    copy->uuid = g_strdup(record->uuid);
    copy->action = g_strdup(record->action);
    copy->result = g_strdup(record->result);
    copy->by = g_strdup(record->by);
    copy->detail = g_strdup(record->detail);
    g_mutex_lock(&store->lock);
    g_queue_push_tail(&store->waiting, copy);
    g_cond_signal(&store->wake);
    g_mutex_unlock(&store->lock);
}

gboolean event_store_close(struct event_store *store) {
    if (store == NULL)
        return TRUE;
    g_mutex_lock(&store->lock);
    store->closing = TRUE;
    g_cond_signal(&store->wake);
    g_mutex_unlock(&store->lock);
    g_thread_join(store->writer);
    gboolean kept = store->failure == NULL;
    if (!kept)
        g_printerr("warning: what happens is not kept: %s\n", store->failure);
    g_free(store->failure);
    g_mutex_clear(&store->lock);
    g_cond_clear(&store->wake);
    sqlite3_finalize(store->insert);
    sqlite3_close(store->database);
    g_free(store->path);
    g_free(store->host);
    g_free(store->self);
    g_free(store);
    return kept;
}

static char *text_at(sqlite3_stmt *statement, int column) {
    return g_strdup((const char *)sqlite3_column_text(statement, column));
}

static struct event_record *record_of(sqlite3_stmt *statement) {
    struct event_record *record = g_new0(struct event_record, 1);
    record->time = sqlite3_column_int64(statement, 0);
    record->kind = text_at(statement, 1);
    record->guest = text_at(statement, 2);
    record->uuid = text_at(statement, 3);
    record->action = text_at(statement, 4);
    record->result = text_at(statement, 5);
    record->by = text_at(statement, 6);
    record->detail = text_at(statement, 7);
    return record;
}

GPtrArray *event_store_read(const char *path, const char *host, gint64 since, guint limit, GError **error) {
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)event_record_free);
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    int step = SQLITE_ERROR;
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(database, BUSY_MS);
        sqlite3_prepare_v2(database,
                           "SELECT * FROM (SELECT " COLUMNS ", id FROM event WHERE host = ?3 AND time >= ?1 "
                           "ORDER BY time DESC, id DESC LIMIT ?2) ORDER BY time, id",
                           -1, &statement, NULL);
    }
    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, since);
        sqlite3_bind_int64(statement, 2, limit);
        bind(statement, 3, host);
        while ((step = sqlite3_step(statement)) == SQLITE_ROW)
            g_ptr_array_add(records, record_of(statement));
    }
    if (step != SQLITE_DONE)
        fail(database, path, error);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return step == SQLITE_DONE ? g_steal_pointer(&records) : NULL;
}
