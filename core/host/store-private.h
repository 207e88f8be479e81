/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/rates.h"
#include "core/host/store.h"

/* One guest as it is gathered. Fields of now are what the next snapshot's guest will be. */
struct record {
    struct guest now; /* uuid, name and facts owned here; addresses unused */
    GHashTable *addresses;
    gint64 started_at;
    struct rate cpu, rx, tx, read, write;
    struct guest *published; /* NULL: changed since */
};

struct store {
    GMutex lock;
    GHashTable *records; /* uuid -> struct record */
    struct snapshot *snapshot;
    struct snapshot next; /* link and host fields of the next one; its strings owned here */
    struct rate host_busy, host_total;
    void (*published)(gpointer data);
    gpointer data;
    GDestroyNotify free_data;
};

/* The record of a guest, to be changed, with the store locked; NULL where there is none, locked as well.
 * Unlock with store->lock. */
struct record *store_lock_record(struct store *store, const char *uuid);

/* Forgets why its disks stopped it where they do no more. With the store locked. */
void record_forget_trouble(struct record *record);
