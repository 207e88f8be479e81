/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/model.h"

#include <string.h>

#include "config/error.h"
#include "config/suggest.h"
#include "core/base/text.h"

#define NAME_COLUMNS 300

static const struct {
    const char *word, *screen;
} state_words[GUEST_STATE_COUNT] = {
#define X(id, word_, screen_) [GUEST_##id] = {word_, screen_},
    GUEST_STATES(X)
#undef X
};

const char *guest_state_word(enum guest_state state) {
    return state_words[state].word;
}

const char *guest_state_screen(enum guest_state state) {
    return state_words[state].screen;
}

gboolean guest_state_active(enum guest_state state) {
    return state != GUEST_SHUT_OFF && state != GUEST_SAVED;
}

gboolean guest_stopped_by_disk(const struct guest *guest) {
    return guest->state == GUEST_PAUSED && g_strcmp0(guest->reason, REASON_IO_ERROR) == 0;
}

const char *address_source_word(enum address_source source) {
    static const char *words[] = {"lease", "agent", "arp"};
    return words[source];
}

const char *memory_source_word(enum memory_source source) {
    static const char *words[] = {NULL, "balloon", "rss"};
    return words[source];
}

void guest_address_free(gpointer data) {
    struct guest_address *address = data;
    g_free(address->address);
    g_free(address);
}

void guest_disk_free(gpointer data) {
    struct guest_disk *disk = data;
    char *owned[] = {disk->target, disk->bus,    disk->device, disk->type,   disk->path,
                     disk->pool,   disk->volume, disk->format, disk->backing};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_free(disk);
}

struct guest_disk *guest_disk_copy(const struct guest_disk *disk) {
    struct guest_disk *copy = g_new(struct guest_disk, 1);
    *copy = *disk;
    char **owned[] = {&copy->target, &copy->bus,    &copy->device, &copy->type,   &copy->path,
                      &copy->pool,   &copy->volume, &copy->format, &copy->backing};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        *owned[i] = g_strdup(*owned[i]);
    return copy;
}

struct guest_facts *guest_facts_ref(struct guest_facts *facts) {
    g_atomic_ref_count_inc(&facts->references);
    return facts;
}

void guest_facts_unref(struct guest_facts *facts) {
    if (facts == NULL || !g_atomic_ref_count_dec(&facts->references))
        return;
    g_clear_pointer(&facts->disks, g_ptr_array_unref);
    g_clear_pointer(&facts->nics, g_ptr_array_unref);
    g_strfreev(facts->tags);
    g_strfreev(facts->consoles);
    g_strfreev(facts->volumes);
    char **owned[] = {&facts->title,         &facts->description, &facts->graphics,   &facts->graphics_host,
                      &facts->template_name, &facts->role,        &facts->service,    &facts->member,
                      &facts->created,       &facts->user,        &facts->console_log};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(*owned[i]);
    g_free(facts);
}

struct guest *guest_ref(struct guest *guest) {
    g_atomic_ref_count_inc(&guest->references);
    return guest;
}

void guest_unref(struct guest *guest) {
    if (guest == NULL || !g_atomic_ref_count_dec(&guest->references))
        return;
    g_free(guest->uuid);
    g_free(guest->name);
    g_clear_pointer(&guest->addresses, g_hash_table_unref);
    guest_facts_unref(guest->facts);
    g_free(guest);
}

struct snapshot *snapshot_ref(struct snapshot *snapshot) {
    g_atomic_ref_count_inc(&snapshot->references);
    return snapshot;
}

void snapshot_unref(struct snapshot *snapshot) {
    if (snapshot == NULL || !g_atomic_ref_count_dec(&snapshot->references))
        return;
    g_ptr_array_unref(snapshot->guests);
    g_free(snapshot->link_error);
    g_free(snapshot->link_hint);
    g_free(snapshot->host.hostname);
    g_free(snapshot->host.uri);
    g_free(snapshot->host.libvirt_version);
    g_free(snapshot->host.hypervisor_version);
    g_free(snapshot->host.hypervisor);
    g_free(snapshot);
}

const struct guest *snapshot_guest(const struct snapshot *snapshot, const char *uuid) {
    for (guint i = 0; uuid != NULL && i < snapshot->guests->len; i++) {
        const struct guest *guest = g_ptr_array_index(snapshot->guests, i);
        if (strcmp(guest->uuid, uuid) == 0)
            return guest;
    }
    return NULL;
}

static const char *uuid_of(const struct snapshot *snapshot, const char *name) {
    for (guint i = 0; i < snapshot->guests->len; i++) {
        const struct guest *guest = g_ptr_array_index(snapshot->guests, i);
        if (strcmp(guest->name, name) == 0)
            return guest->uuid;
    }
    return "";
}

static void not_found(const struct snapshot *snapshot, const char *what, GError **error) {
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < snapshot->guests->len; i++)
        g_ptr_array_add(names, ((struct guest *)g_ptr_array_index(snapshot->guests, i))->name);
    g_ptr_array_add(names, NULL);
    const char *near = suggest_nearest(what, (const char *const *)names->pdata);
    g_autofree char *shown = near == NULL ? NULL : text_safe(near, NAME_COLUMNS, FALSE);
    g_autofree char *hint = near == NULL ? NULL : g_strdup_printf("did you mean '%s'?", near);
    if (near != NULL && strcmp(shown, near) != 0) { /* nobody can type what is shown in its place */
        g_free(hint);
        hint = g_strdup_printf("did you mean '%s'? Its UUID is %s", shown, uuid_of(snapshot, near));
    }
    error_set(error, INNKEEP_ERROR_NOT_FOUND, hint, "no guest '%s'", what);
}

#define UUID_PREFIX_MIN 8

const struct guest *snapshot_find(const struct snapshot *snapshot, const char *what, GError **error) {
    const struct guest *by_prefix = NULL;
    guint prefixes = 0;
    gsize length = strlen(what);
    for (guint i = 0; i < snapshot->guests->len; i++) {
        const struct guest *guest = g_ptr_array_index(snapshot->guests, i);
        if (strcmp(guest->name, what) == 0)
            return guest;
        if (length >= UUID_PREFIX_MIN && g_ascii_strncasecmp(guest->uuid, what, length) == 0) {
            by_prefix = guest;
            prefixes++;
        }
    }
    if (prefixes == 1)
        return by_prefix;
    if (prefixes > 1)
        error_set(error, INNKEEP_ERROR_USAGE, "give more of the UUID", "'%s' begins the UUID of %u guests",
                  what, prefixes);
    else
        not_found(snapshot, what, error);
    return NULL;
}

/* The better of two addresses: IPv4, then global IPv6, then link-local. */
static int address_rank(const char *address) {
    if (strchr(address, ':') == NULL)
        return 2;
    return g_ascii_strncasecmp(address, "fe80:", 5) == 0 ? 0 : 1;
}

static int better_first(gconstpointer a, gconstpointer b) {
    return address_rank(*(const char *const *)b) - address_rank(*(const char *const *)a);
}

GPtrArray *guest_addresses(const struct guest *guest) {
    GPtrArray *all = g_ptr_array_new();
    for (guint i = 0; i < guest->facts->nics->len; i++) {
        const struct guest_nic *nic = g_ptr_array_index(guest->facts->nics, i);
        GPtrArray *addresses = nic->mac == NULL ? NULL : g_hash_table_lookup(guest->addresses, nic->mac);
        for (guint j = 0; addresses != NULL && j < addresses->len; j++)
            g_ptr_array_add(all, ((struct guest_address *)g_ptr_array_index(addresses, j))->address);
    }
    /* GLib's sort is stable: of equals the first interface's comes first. */
    g_ptr_array_sort(all, better_first);
    return all;
}

const char *guest_address(const struct guest *guest) {
    g_autoptr(GPtrArray) all = guest_addresses(guest);
    return all->len == 0 ? NULL : g_ptr_array_index(all, 0);
}

double history_mean(const struct history *history, guint ago, guint count) {
    double sum = 0;
    guint known = 0;
    for (guint i = 0; i < count; i++) {
        guint back = ago + i + 1;
        if (back > HISTORY_SECONDS)
            break;
        float value = history->values[HISTORY_SECONDS - back];
        if (isnan(value))
            continue;
        sum += (double)value;
        known++;
    }
    return known == 0 ? NAN : sum / known;
}

double history_peak(const struct history *history) {
    double peak = NAN;
    for (guint i = 0; i < HISTORY_SECONDS; i++)
        if (!isnan(history->values[i]) && !(history->values[i] < peak))
            peak = history->values[i];
    return peak;
}
