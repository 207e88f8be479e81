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

/* Names the file and starts the thread that writes; returns at once. The thread opens or makes the file, for
 * its owner alone, when there is something to write, and at its end lets entries go that are older than that
 * many days or beyond as many entries. A file that cannot be written is warned of once, at the end, and
 * nothing is kept. Any thread.
 */
struct event_store *event_store_new(const char *path, const char *host, guint days, guint entries);

/* Copies the record and returns without waiting for the disk. What another process saw within
 * EVENT_SAME_US of it is the same event and is kept once; actions are always kept. Any thread. */
void event_store_add(struct event_store *store, const struct event_record *record);

/* Writes what waits, and ends; fine with NULL. Blocks for as long as that takes; another process that writes
 * all the time is waited for a second, then what is left is not kept. TRUE when all was kept. */
gboolean event_store_close(struct event_store *store);

/* The last limit entries of that host since that time (microseconds), oldest first: struct event_record, the
 * caller's. NULL and an error when there is no such file or it cannot be read. Blocks. Any thread. */
GPtrArray *event_store_read(const char *path, const char *host, gint64 since, guint limit, GError **error);

void event_record_free(struct event_record *record);

/* Two processes are told of one event within this time. */
#define EVENT_SAME_US (2 * G_TIME_SPAN_SECOND)
