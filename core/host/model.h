/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>
#include <math.h>

/* What the host looks like at one moment. A snapshot and all it holds never change once published; views hold
 * a reference and draw without a lock. Unknown is NAN for a rate or percentage, UNKNOWN_SIZE for a size, -1
 * for a time, NULL for a text; it is never 0. */

#define UNKNOWN_SIZE    G_MAXUINT64
#define HISTORY_SECONDS 60

/* X(enumerator, word as in JSON, words on screen) */
#define GUEST_STATES(X)                                                                                      \
    X(RUNNING, "running", "running")                                                                         \
    X(PAUSED, "paused", "paused")                                                                            \
    X(SHUTTING_DOWN, "shutting-down", "shutting down")                                                       \
    X(SHUT_OFF, "shut-off", "shut off")                                                                      \
    X(CRASHED, "crashed", "crashed")                                                                         \
    X(PMSUSPENDED, "pmsuspended", "suspended")                                                               \
    X(SAVED, "saved", "saved")

enum guest_state {
#define X(id, word, screen) GUEST_##id,
    GUEST_STATES(X)
#undef X
        GUEST_STATE_COUNT
};

const char *guest_state_word(enum guest_state state);   /* "shut-off" */
const char *guest_state_screen(enum guest_state state); /* "shut off" */
gboolean guest_state_active(enum guest_state state);    /* has a QEMU process */

/* The reason of a guest that is paused by an error of a disk. */
#define REASON_IO_ERROR "I/O error"

enum address_source { ADDRESS_LEASE, ADDRESS_AGENT, ADDRESS_ARP };
const char *address_source_word(enum address_source source);

enum memory_source { MEMORY_UNKNOWN, MEMORY_BALLOON, MEMORY_RSS };
const char *memory_source_word(enum memory_source source); /* NULL for unknown */

struct guest_address {
    char *address;
    guint prefix;
    enum address_source source;
};

void guest_address_free(gpointer address);

struct guest_nic {
    char *mac, *network, *bridge, *model, *filter, *target;
};

struct guest_disk {
    char *target, *bus, *device /* disk, cdrom, floppy, lun */, *type /* file, block, volume, network */;
    char *path, *pool, *volume, *format, *backing;
    gboolean read_only, shareable;
    guint64 capacity, allocation; /* bytes; UNKNOWN_SIZE in facts: only a look at the volume tells */
};

void guest_disk_free(gpointer disk);
struct guest_disk *guest_disk_copy(const struct guest_disk *disk); /* the caller's */

/* What a guest's definition says: parsed when it changes, shared by all snapshots until then. Atomically
 * reference-counted. */
struct guest_facts {
    gatomicrefcount references;
    char *title, *description;
    guint vcpus;
    guint64 memory_max;
    GPtrArray *disks; /* struct guest_disk */
    GPtrArray *nics;  /* struct guest_nic */
    gboolean serial, agent_channel, agent_connected, balloon, hardware_virtualization;
    guint memory_period; /* seconds between balloon reports; 0: none */
    char *console_log;   /* file that takes what its serial console prints; NULL: none */
    char **consoles; /* names of its serial and virtio consoles that can be attached; none while it is off */
    char *graphics;  /* "vnc 127.0.0.1:5900", or NULL */
    char *graphics_host;
    int graphics_port; /* -1: none */
    /* innkeep's metadata; managed is true only when it names this very guest's UUID */
    gboolean managed, protected;
    char *template_name, *role, *service, *member, *created;
    char *user; /* whom cloud-init makes in it; NULL: it is not set up by cloud-init, or that is not known */
    guint replica;
    gboolean linked;
    char **tags;    /* never NULL */
    char **volumes; /* paths that innkeep made for this guest; never NULL */
};

struct history {
    gint64 at;                     /* monotonic second of the newest value; 0: none yet */
    float values[HISTORY_SECONDS]; /* one a second, oldest first; NAN where there is none */
};

/* One guest at one moment. Atomically reference-counted. */
struct guest {
    gatomicrefcount references;
    char *uuid, *name;
    int id; /* -1 while not active */
    enum guest_state state;
    const char *reason;  /* static: "booted", "user", … */
    const char *trouble; /* static: why its disks stopped it; NULL: they did not, or that is not known yet */
    gboolean responding; /* FALSE: QEMU does not answer its monitor */
    gboolean going_down; /* being powered off by this innkeep right now */
    gboolean frozen;     /* its file systems are, as far as this innkeep knows */
    gboolean persistent, autostart;
    guint vcpus;
    double cpu_percent;      /* of its own vCPUs */
    double host_cpu_percent; /* of the whole host */
    guint64 memory_max, memory_current, memory_used;
    enum memory_source memory_source;
    double read_rate, write_rate, rx_rate, tx_rate; /* bytes a second */
    guint64 block_capacity, block_allocation;       /* bytes, all its disks */
    gint64 uptime_s;
    GHashTable *addresses; /* MAC -> GPtrArray of struct guest_address; never NULL */
    struct guest_facts *facts;
    struct history cpu_history;                   /* per cent of its vCPUs */
    struct history memory_history;                /* per cent of its maximum */
    struct history disk_history, network_history; /* bytes a second, both directions together */
};

enum link_state { LINK_CONNECTING, LINK_UP, LINK_LOST };

struct host_state {
    char *hostname, *uri, *libvirt_version, *hypervisor_version;
    char *hypervisor; /* "QEMU", "TEST" */
    guint cpus;
    double cpu_percent;
    double load[3];
    guint64 memory_total, memory_used, memory_available;
    int hardware_virtualization; /* 1 works, 0 does not, -1 not known yet */
    struct history cpu_history;
};

struct snapshot {
    gatomicrefcount references;
    guint64 serial; /* grows with each one published */
    enum link_state link;
    char *link_error, *link_hint; /* why the link is not up, or NULL */
    int link_exit;                /* the error's exit status */
    gint64 stale_since;           /* monotonic µs when the link was lost; 0 while it is up */
    guint slow_rounds; /* rounds of the slow tier (memory, disks, addresses) since the link is up */
    gboolean listed;   /* the list of guests has been read at least once */
    struct host_state host;
    GPtrArray *guests; /* struct guest, by name */
};

gboolean guest_stopped_by_disk(const struct guest *guest);

struct guest_facts *guest_facts_ref(struct guest_facts *facts);
void guest_facts_unref(struct guest_facts *facts);
struct guest *guest_ref(struct guest *guest);
void guest_unref(struct guest *guest);
struct snapshot *snapshot_ref(struct snapshot *snapshot);
void snapshot_unref(struct snapshot *snapshot);

/* The guest of that UUID, or NULL; borrowed from the snapshot. */
const struct guest *snapshot_guest(const struct snapshot *snapshot, const char *uuid);

/* A guest by name, UUID or unique UUID prefix of 8 or more; NULL and an error (not found, ambiguous) with the
 * nearest name as a hint. Borrowed from the snapshot. */
const struct guest *snapshot_find(const struct snapshot *snapshot, const char *what, GError **error);

/* The address to show and to connect to: IPv4 before IPv6, no link-local if there is another; NULL if none is
 * known. Borrowed from the guest. */
const char *guest_address(const struct guest *guest);

/* All that are known, in that order. Texts are borrowed from the guest, the array is the caller's. */
GPtrArray *guest_addresses(const struct guest *guest);

/* Mean of the newest count seconds ending ago seconds back; NAN when none is known. */
double history_mean(const struct history *history, guint ago, guint count);

/* The largest value; NAN when none is known. */
double history_peak(const struct history *history);

typedef struct snapshot snapshot_t;
typedef struct guest guest_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(snapshot_t, snapshot_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(guest_t, guest_unref)
