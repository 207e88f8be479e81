/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* What happened on a host and who did it, kept in one SQLite file that several processes write to at once.
 * Losing it loses the story, never a guest: nothing that is done waits for it or fails with it. */
struct event_store;

struct event_record {
    gint64 time;  /* microseconds since 1970, UTC */
    char *kind;   /* "action", "lifecycle", … */
    char *guest;  /* its name then; untrusted text; NULL: none */
    char *uuid;   /* NULL: none */
    char *action; /* "start", "stopped" */
    char *result; /* "done", "failed", "cancelled"; NULL: an event has none */
    char *by;     /* NULL: not known */
    char *detail; /* untrusted text; NULL: none */
};

/* Opens or makes the file at once, and starts the thread that writes. NULL and an error when it is no such
 * file, is damaged, or cannot be written. Blocks for at most a few seconds. Any thread. */
struct event_store *event_store_open(const char *path, GError **error);

/* Copies the record and returns without waiting for the disk. What another process saw within
 * EVENT_SAME_US of it is the same event and is kept once; actions are always kept. Any thread. */
void event_store_add(struct event_store *store, const struct event_record *record);

/* Writes what waits, and ends; fine with NULL. */
void event_store_close(struct event_store *store);

/* Entries older than this many days go, and so do the oldest beyond as many entries. */
void event_store_trim(struct event_store *store, guint days, guint entries);

/* The last limit entries since that time (microseconds), oldest first: struct event_record, the caller's.
 * NULL and an error when there is no such file or it cannot be read. Blocks. Any thread. */
GPtrArray *event_store_read(const char *path, gint64 since, guint limit, GError **error);

void event_record_free(struct event_record *record);

/* Two processes are told of one event within this time. */
#define EVENT_SAME_US (2 * G_TIME_SPAN_SECOND)
