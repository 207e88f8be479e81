/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/stats.h"

#include <stddef.h>
#include <string.h>

#include "core/host/sight.h"

/* Statistics that stand once in a record; sizes are told in KiB. */
static const struct {
    const char *name;
    gsize offset;
    guint64 unit;
} singles[] = {
    {"cpu.time", offsetof(struct guest_sample, cpu_time), 1},
    {"balloon.current", offsetof(struct guest_sample, memory_current), 1024},
    {"balloon.maximum", offsetof(struct guest_sample, memory_maximum), 1024},
    {"balloon.available", offsetof(struct guest_sample, memory_available), 1024},
    {"balloon.usable", offsetof(struct guest_sample, memory_usable), 1024},
    {"balloon.unused", offsetof(struct guest_sample, memory_unused), 1024},
    {"balloon.disk_caches", offsetof(struct guest_sample, memory_caches), 1024},
    {"balloon.rss", offsetof(struct guest_sample, rss), 1024},
};

/* Statistics that stand once for each device and are added up. */
static const struct {
    const char *prefix, *suffix;
    gsize offset;
} sums[] = {
    {"net.", ".rx.bytes", offsetof(struct guest_sample, rx)},
    {"net.", ".tx.bytes", offsetof(struct guest_sample, tx)},
    {"block.", ".rd.bytes", offsetof(struct guest_sample, read)},
    {"block.", ".wr.bytes", offsetof(struct guest_sample, written)},
    {"block.", ".capacity", offsetof(struct guest_sample, block_capacity)},
};

static guint64 *field(struct guest_sample *sample, gsize offset) {
    return (guint64 *)(gpointer)((char *)sample + offset);
}

static void take_sum(const virTypedParameter *parameter, struct guest_sample *sample) {
    for (gsize i = 0; i < G_N_ELEMENTS(sums); i++) {
        if (!g_str_has_prefix(parameter->field, sums[i].prefix) ||
            !g_str_has_suffix(parameter->field, sums[i].suffix))
            continue;
        guint64 *sum = field(sample, sums[i].offset);
        *sum = (*sum == UNKNOWN_SIZE ? 0 : *sum) + parameter->value.ul;
        return;
    }
}

/* What one disk takes of its storage. */
struct disk {
    guint64 capacity, allocation, physical; /* bytes; 0: not told */
};

/* Of a running guest's file libvirt tells as allocation only how far QEMU has written since it started, and
 * as physical the length of the file: the size of a qcow2 image, and of a sparse raw file nothing but its
 * capacity. */
static guint64 disk_held(const struct disk *disk) {
    return disk->physical < disk->capacity ? MAX(disk->allocation, disk->physical) : disk->allocation;
}

static void take_disk(struct disk *disk, struct guest_sample *sample) {
    guint64 held = disk_held(disk);
    if (held > 0)
        sample->block_allocation =
            (sample->block_allocation == UNKNOWN_SIZE ? 0 : sample->block_allocation) + held;
    *disk = (struct disk){0};
}

/* The statistics of a disk stand together and begin with its name. */
static void take_block(const virTypedParameter *parameter, struct disk *disk, struct guest_sample *sample) {
    if (!g_str_has_prefix(parameter->field, "block."))
        return;
    if (g_str_has_suffix(parameter->field, ".name"))
        take_disk(disk, sample);
    if (parameter->type != VIR_TYPED_PARAM_ULLONG)
        return;
    if (g_str_has_suffix(parameter->field, ".capacity"))
        disk->capacity = parameter->value.ul;
    else if (g_str_has_suffix(parameter->field, ".allocation"))
        disk->allocation = parameter->value.ul;
    else if (g_str_has_suffix(parameter->field, ".physical"))
        disk->physical = parameter->value.ul;
}

static void take_single(const virTypedParameter *parameter, struct guest_sample *sample) {
    for (gsize i = 0; i < G_N_ELEMENTS(singles); i++)
        if (strcmp(parameter->field, singles[i].name) == 0)
            *field(sample, singles[i].offset) = parameter->value.ul * singles[i].unit;
}

void stats_sample(const virDomainStatsRecord *record, gint64 at, struct guest_sample *sample) {
    int state = -1, reason = 0;
    gint64 updated = -1;
    struct disk disk = {0};
    guest_sample_clear(sample);
    sample->at = at;
    for (int i = 0; i < record->nparams; i++) {
        const virTypedParameter *parameter = &record->params[i];
        take_block(parameter, &disk, sample);
        if (parameter->type == VIR_TYPED_PARAM_ULLONG) {
            take_single(parameter, sample);
            take_sum(parameter, sample);
            if (strcmp(parameter->field, "balloon.last-update") == 0)
                updated = (gint64)parameter->value.ul;
        } else if (strcmp(parameter->field, "state.state") == 0) {
            state = parameter->value.i;
        } else if (strcmp(parameter->field, "state.reason") == 0) {
            reason = parameter->value.i;
        } else if (strcmp(parameter->field, "vcpu.current") == 0) {
            sample->vcpus = parameter->value.ui;
        }
    }
    take_disk(&disk, sample);
    if (state >= 0)
        sample->state = (int)sight_state(state, reason, &sample->reason);
    /* Never updated: the guest's balloon driver has not told anything yet, the figures are of nobody. */
    if (updated == 0)
        sample->memory_available = sample->memory_usable = sample->memory_unused = UNKNOWN_SIZE;
}

gboolean stats_answered(const virDomainStatsRecord *record) {
    for (int i = 0; i < record->nparams; i++)
        if (strcmp(record->params[i].field, "balloon.rss") == 0)
            return TRUE;
    return FALSE;
}
