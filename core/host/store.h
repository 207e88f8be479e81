/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/model.h"

/* What is known of the host, gathered from the tiers of the poller and from events, and published as
 * snapshots. All functions may be called on any thread; times are monotonic µs. */
struct store;

struct store *store_new(const char *uri);
void store_free(struct store *store);

/* Called after each published snapshot, on the thread that published; data is freed with the store. Once,
 * before any other thread knows the store. */
void store_set_listener(struct store *store, void (*published)(gpointer data), gpointer data,
                        GDestroyNotify free_data);

struct snapshot *store_snapshot(struct store *store);

/* Makes the next snapshot of what was told since the last. */
void store_publish(struct store *store);

void store_set_link(struct store *store, enum link_state link, const GError *error);

/* A round of the slow tier has ended. */
void store_end_slow_round(struct store *store);

/* What a look at one guest found; strings are copied, facts taken over. */
struct guest_sighting {
    const char *uuid, *name;
    int id;
    enum guest_state state;
    const char *reason;
    gboolean persistent, autostart;
    struct guest_facts *facts;
    gint64 started_at; /* Unix seconds, -1 unknown */
};

void store_see_guest(struct store *store, struct guest_sighting *sighting);
void store_forget_guest(struct store *store, const char *uuid);

/* Guests not named in uuids (a set of strings) are gone. The list has been read. */
void store_keep_only(struct store *store, GHashTable *uuids);

/* One poll's figures of one guest; UNKNOWN_SIZE for what was not told. */
struct guest_sample {
    gint64 at;
    int state; /* enum guest_state or -1 */
    const char *reason;
    guint64 cpu_time;              /* ns */
    guint64 rx, tx, read, written; /* bytes since it started */
    guint64 block_capacity, block_allocation;
    guint vcpus; /* 0: not told */
    guint64 memory_current, memory_maximum, memory_available, memory_usable, memory_unused, memory_caches,
        rss;
};

void guest_sample_clear(struct guest_sample *sample);
void store_sample(struct store *store, const char *uuid, const struct guest_sample *sample);

struct host_sample {
    gint64 at;
    guint64 cpu_busy, cpu_total; /* ns since boot, all CPUs; UNKNOWN_SIZE */
    double load[3];
    guint64 memory_total, memory_available;
};

void store_sample_host(struct store *store, const struct host_sample *sample);
void store_set_host_facts(struct store *store, const char *hostname, const char *hypervisor,
                          unsigned long libvirt_version, unsigned long hypervisor_version, guint cpus);
void store_set_hardware_virtualization(struct store *store, int works);

/* by_mac: MAC -> GPtrArray of struct guest_address. Guests' addresses from that source are replaced. */
void store_set_leases(struct store *store, GHashTable *by_mac);
void store_set_addresses(struct store *store, const char *uuid, GHashTable *by_mac);

void store_set_responding(struct store *store, const char *uuid, gboolean responding);

/* Why its disks stopped it, static text; forgotten when it is no longer paused by them. */
void store_set_trouble(struct store *store, const char *uuid, const char *trouble);
void store_set_going_down(struct store *store, const char *uuid, gboolean going_down);
void store_set_frozen(struct store *store, const char *uuid, gboolean frozen);

/* Guests the poller may ask; the caller's array of UUIDs. */
enum store_which {
    WHICH_ACTIVE,        /* run or are paused, answer, are not going down */
    WHICH_SILENT,        /* the same, but do not answer */
    WHICH_ADDRESSLESS,   /* run, answer, no address known */
    WHICH_AGENT,         /* those of them whose agent is connected */
    WHICH_NO_STATISTICS, /* run, answer, have a balloon that reports nothing yet */
    WHICH_IO_ERROR       /* answer, and are paused by an error of a disk */
};
GPtrArray *store_uuids(struct store *store, enum store_which which);
