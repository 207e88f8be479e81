/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tui/details/details-private.h"
#include "tui/pager.h"

static void add_disks(GArray *lines, const struct guest_facts *facts, GPtrArray *disks) {
    pager_add(lines, STYLE_COLUMNS, NULL, "%u DISK%s", disks->len, disks->len == 1 ? "" : "S");
    for (guint i = 0; i < disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(disks, i);
        const char *place = disk->path != NULL ? disk->path : disk->volume != NULL ? disk->volume : "empty";
        const char *const parts[] = {
            disk->format, disk->bus, g_strcmp0(disk->device, "disk") == 0 ? NULL : disk->device,
            disk->read_only ? "read-only" : NULL, disk->shareable ? "shareable" : NULL};
        g_autoptr(GString) text = g_string_new(NULL);
        for (gsize j = 0; j < G_N_ELEMENTS(parts); j++)
            if (parts[j] != NULL)
                g_string_append_printf(text, "%s%s", text->len == 0 ? "" : ", ", parts[j]);
        if (disk->pool != NULL)
            g_string_append_printf(text, ", pool %s", disk->pool);
        if (disk->backing != NULL)
            g_string_append_printf(text, ", on %s", disk->backing);
        if (disk->path != NULL && g_strv_contains((const char *const *)facts->volumes, disk->path))
            g_string_append(text, ", made by innkeep");
        g_autofree char *held = details_size(disk->allocation), *capacity = details_size(disk->capacity);
        pager_add(lines, STYLE_NORMAL, disk->target == NULL ? "-" : disk->target, "%s", place);
        pager_add(lines, STYLE_NORMAL, "", "%s", text->str);
        if (disk->capacity != UNKNOWN_SIZE)
            pager_add(lines, STYLE_NORMAL, "", "%s held of %s", held, capacity);
    }
}

GArray *disks_lines(const struct details *details) {
    const struct guest_facts *facts = details->guest->facts;
    GArray *lines = pager_lines();
    add_disks(lines, facts, details->disks != NULL ? details->disks : facts->disks);
    return lines;
}

static void add_nics(GArray *lines, const struct guest *guest) {
    const struct guest_facts *facts = guest->facts;
    pager_add(lines, STYLE_COLUMNS, NULL, "%u NETWORK INTERFACE%s", facts->nics->len,
              facts->nics->len == 1 ? "" : "S");
    for (guint i = 0; i < facts->nics->len; i++) {
        const struct guest_nic *nic = g_ptr_array_index(facts->nics, i);
        const char *where = nic->network != NULL ? nic->network : nic->bridge != NULL ? nic->bridge : "-";
        pager_add(lines, STYLE_NORMAL, nic->target == NULL ? "-" : nic->target, "%s %s%s, %s%s%s",
                  nic->mac == NULL ? "-" : nic->mac, nic->network != NULL ? "network " : "bridge ", where,
                  nic->model == NULL ? "-" : nic->model, nic->filter == NULL ? "" : ", filter ",
                  nic->filter == NULL ? "" : nic->filter);
        GPtrArray *known = nic->mac == NULL ? NULL : g_hash_table_lookup(guest->addresses, nic->mac);
        for (guint j = 0; known != NULL && j < known->len; j++) {
            const struct guest_address *address = g_ptr_array_index(known, j);
            pager_add(lines, STYLE_NORMAL, "", "%s/%u by %s", address->address, address->prefix,
                      address_source_word(address->source));
        }
    }
}

GArray *network_lines(const struct details *details) {
    GArray *lines = pager_lines();
    add_nics(lines, details->guest);
    return lines;
}

static void add_report(GArray *lines, const struct details *details) {
    g_auto(GStrv) told = details->report == NULL ? NULL : report_lines(details->report);
    if (!details->guest->facts->agent_channel)
        pager_add(lines, STYLE_NORMAL, "", "it has no channel for a guest agent");
    else if (details->report_problem != NULL)
        pager_add_wrapped(lines, STYLE_NORMAL, "", details->report_problem);
    else if (details->report_asked && told == NULL)
        pager_add(lines, STYLE_NORMAL, "", "being asked");
    for (char **at = told; at != NULL && *at != NULL; at += 2)
        pager_add(lines, STYLE_NORMAL, at[0], "%s", at[1]);
}

GArray *agent_lines(const struct details *details) {
    GArray *lines = pager_lines();
    add_report(lines, details);
    return lines;
}
