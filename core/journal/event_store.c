/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/journal/event_store.h"

#include <sqlite3.h>

#include "config/error.h"

#define SCHEMA_VERSION 1
#define BUSY_MS        5000

#define COLUMNS "time, kind, guest, uuid, action, result, by, detail"

static const char schema[] = "CREATE TABLE IF NOT EXISTS event ("
                             "id INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, guest TEXT,"
                             "uuid TEXT, action TEXT NOT NULL, result TEXT, by TEXT, detail TEXT,"
                             "seen_by TEXT NOT NULL);"
                             "CREATE INDEX IF NOT EXISTS event_time ON event (time);"
                             "PRAGMA user_version = 1;";

/* The same process is told of each event once: only another's entry can be the same event. */
static const char insertion[] =
    "INSERT INTO event (" COLUMNS ", seen_by) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 "
    "WHERE ?2 = 'action' OR NOT EXISTS (SELECT 1 FROM event WHERE time BETWEEN ?1 - ?10 AND ?1 + ?10 "
    "AND kind = ?2 AND uuid IS ?4 AND action = ?5 AND detail IS ?8 AND seen_by <> ?9)";

struct event_store {
    sqlite3 *database;
    sqlite3_stmt *insert;
    GAsyncQueue *waiting; /* struct event_record; the store itself means: end */
    GThread *writer;
    char *path, *self;
    gboolean warned;
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

static gboolean bring_up(sqlite3 *database, const char *path, GError **error) {
    sqlite3_stmt *statement = NULL;
    int version = -1;
    sqlite3_busy_timeout(database, BUSY_MS);
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

static void write_record(struct event_store *store, const struct event_record *record) {
    const char *texts[] = {record->kind,   record->guest, record->uuid,   record->action,
                           record->result, record->by,    record->detail, store->self};
    sqlite3_bind_int64(store->insert, 1, record->time);
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        bind(store->insert, (int)i + 2, texts[i]);
    sqlite3_bind_int64(store->insert, 10, EVENT_SAME_US);
    if (sqlite3_step(store->insert) != SQLITE_DONE && !store->warned) {
        store->warned = TRUE;
        g_warning("%s: what happens is not kept: %s", store->path, sqlite3_errmsg(store->database));
    }
    sqlite3_reset(store->insert);
}

static gpointer write_all(gpointer data) {
    struct event_store *store = data;
    gpointer next;
    while ((next = g_async_queue_pop(store->waiting)) != store) {
        write_record(store, next);
        event_record_free(next);
    }
    return NULL;
}

struct event_store *event_store_open(const char *path, GError **error) {
    sqlite3 *database = NULL;
    sqlite3_stmt *insert = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    gboolean opened = sqlite3_open_v2(path, &database, flags, NULL) == SQLITE_OK;
    if (!opened)
        fail(database, path, error);
    if (!opened || !bring_up(database, path, error) ||
        (sqlite3_prepare_v2(database, insertion, -1, &insert, NULL) != SQLITE_OK &&
         !fail(database, path, error))) {
        sqlite3_close(database);
        return NULL;
    }
    struct event_store *store = g_new0(struct event_store, 1);
    store->database = database;
    store->insert = insert;
    store->path = g_strdup(path);
    store->self = g_uuid_string_random();
    store->waiting = g_async_queue_new_full((GDestroyNotify)event_record_free);
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
    g_async_queue_push(store->waiting, copy);
}

void event_store_close(struct event_store *store) {
    if (store == NULL)
        return;
    g_async_queue_push(store->waiting, store);
    g_thread_join(store->writer);
    g_async_queue_unref(store->waiting);
    sqlite3_finalize(store->insert);
    sqlite3_close(store->database);
    g_free(store->path);
    g_free(store->self);
    g_free(store);
}

void event_store_trim(struct event_store *store, guint days, guint entries) {
    gint64 oldest = g_get_real_time() - (gint64)days * G_TIME_SPAN_DAY;
    char *sql = sqlite3_mprintf("DELETE FROM event WHERE time < %lld OR id <= "
                                "(SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET %u)",
                                (long long)oldest, entries);
    if (sqlite3_exec(store->database, sql, NULL, NULL, NULL) != SQLITE_OK)
        g_warning("%s: old events stay: %s", store->path, sqlite3_errmsg(store->database));
    sqlite3_free(sql);
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

GPtrArray *event_store_read(const char *path, gint64 since, guint limit, GError **error) {
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)event_record_free);
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    int step = SQLITE_ERROR;
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(database, BUSY_MS);
        sqlite3_prepare_v2(database,
                           "SELECT * FROM (SELECT " COLUMNS ", id FROM event WHERE time >= ?1 "
                           "ORDER BY time DESC, id DESC LIMIT ?2) ORDER BY time, id",
                           -1, &statement, NULL);
    }
    if (statement != NULL) {
        sqlite3_bind_int64(statement, 1, since);
        sqlite3_bind_int64(statement, 2, limit);
        while ((step = sqlite3_step(statement)) == SQLITE_ROW)
            g_ptr_array_add(records, record_of(statement));
    }
    if (step != SQLITE_DONE)
        fail(database, path, error);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return step == SQLITE_DONE ? g_steal_pointer(&records) : NULL;
}
