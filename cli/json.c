/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <string.h>

void member_string(JsonBuilder *builder, const char *name, const char *value) {
    json_builder_set_member_name(builder, name);
    if (value == NULL) {
        json_builder_add_null_value(builder);
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    json_builder_add_string_value(builder, valid);
}

void member_size(JsonBuilder *builder, const char *name, guint64 value) {
    json_builder_set_member_name(builder, name);
    if (value == UNKNOWN_SIZE)
        json_builder_add_null_value(builder);
    else
        json_builder_add_int_value(builder, (gint64)value);
}

/* One digit behind the point is what the figures are good for. */
void member_number(JsonBuilder *builder, const char *name, double value) {
    json_builder_set_member_name(builder, name);
    if (isnan(value))
        json_builder_add_null_value(builder);
    else
        json_builder_add_double_value(builder, round(value * 10) / 10);
}

void member_count(JsonBuilder *builder, const char *name, gint64 value) {
    json_builder_set_member_name(builder, name);
    if (value < 0)
        json_builder_add_null_value(builder);
    else
        json_builder_add_int_value(builder, value);
}

void member_boolean(JsonBuilder *builder, const char *name, gboolean value) {
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, value);
}

void member_strings(JsonBuilder *builder, const char *name, char *const *values) {
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (gsize i = 0; values != NULL && values[i] != NULL; i++)
        json_builder_add_string_value(builder, values[i]);
    json_builder_end_array(builder);
}

static void begin(JsonBuilder *builder, const char *name) {
    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
}

static GPtrArray *addresses_of(const struct guest *guest, const struct guest_nic *nic) {
    return nic->mac == NULL ? NULL : g_hash_table_lookup(guest->addresses, nic->mac);
}

static void memory(JsonBuilder *builder, const struct guest *guest) {
    begin(builder, "memory");
    member_size(builder, "max_bytes", guest->memory_max);
    member_size(builder, "current_bytes", guest->memory_current);
    member_size(builder, "used_bytes", guest->memory_used);
    member_string(builder, "source", memory_source_word(guest->memory_source));
    json_builder_end_object(builder);
}

static void rates(JsonBuilder *builder, const struct guest *guest) {
    begin(builder, "block");
    member_number(builder, "read_bytes_per_s", guest->read_rate);
    member_number(builder, "write_bytes_per_s", guest->write_rate);
    member_size(builder, "capacity_bytes", guest->block_capacity);
    member_size(builder, "allocation_bytes", guest->block_allocation);
    json_builder_end_object(builder);
    begin(builder, "net");
    member_number(builder, "rx_bytes_per_s", guest->rx_rate);
    member_number(builder, "tx_bytes_per_s", guest->tx_rate);
    json_builder_end_object(builder);
}

static void short_addresses(JsonBuilder *builder, const struct guest *guest) {
    json_builder_set_member_name(builder, "addresses");
    json_builder_begin_array(builder);
    for (guint i = 0; i < guest->facts->nics->len; i++) {
        GPtrArray *list = addresses_of(guest, g_ptr_array_index(guest->facts->nics, i));
        for (guint j = 0; list != NULL && j < list->len; j++)
            json_builder_add_string_value(builder,
                                          ((struct guest_address *)g_ptr_array_index(list, j))->address);
    }
    json_builder_end_array(builder);
}

static void provenance(JsonBuilder *builder, const struct guest_facts *facts) {
    member_string(builder, "template", facts->template_name);
    member_string(builder, "role", facts->role);
    member_string(builder, "service", facts->service);
    member_string(builder, "member", facts->member);
    member_count(builder, "replica", facts->replica == 0 ? -1 : (gint64)facts->replica);
    member_strings(builder, "tags", facts->tags);
    member_boolean(builder, "protected", facts->protected);
}

static void disk(JsonBuilder *builder, const struct guest *guest, const struct guest_disk *item) {
    json_builder_begin_object(builder);
    member_string(builder, "target", item->target);
    member_string(builder, "bus", item->bus);
    member_string(builder, "device", item->device);
    member_string(builder, "volume", item->volume);
    member_string(builder, "pool", item->pool);
    member_string(builder, "path", item->path);
    member_string(builder, "format", item->format);
    member_string(builder, "backing", item->backing);
    member_size(builder, "capacity_bytes", item->capacity);
    member_size(builder, "allocation_bytes", item->allocation);
    gboolean ours =
        item->path != NULL && g_strv_contains((const char *const *)guest->facts->volumes, item->path);
    member_boolean(builder, "made_by_innkeep", ours);
    member_boolean(builder, "read_only", item->read_only);
    member_boolean(builder, "shareable", item->shareable);
    json_builder_end_object(builder);
}

static void address(JsonBuilder *builder, const struct guest_address *item, const char *mac) {
    json_builder_begin_object(builder);
    member_string(builder, "address", item->address);
    member_count(builder, "prefix", item->prefix);
    member_string(builder, "source", address_source_word(item->source));
    if (mac != NULL)
        member_string(builder, "mac", mac);
    json_builder_end_object(builder);
}

static void nic(JsonBuilder *builder, const struct guest *guest, const struct guest_nic *item) {
    json_builder_begin_object(builder);
    member_string(builder, "mac", item->mac);
    member_string(builder, "network", item->network);
    member_string(builder, "bridge", item->bridge);
    member_string(builder, "model", item->model);
    member_string(builder, "filter", item->filter);
    json_builder_set_member_name(builder, "addresses");
    json_builder_begin_array(builder);
    GPtrArray *list = addresses_of(guest, item);
    for (guint i = 0; list != NULL && i < list->len; i++)
        address(builder, g_ptr_array_index(list, i), NULL);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
}

static void details_of(JsonBuilder *builder, const struct guest *guest, const struct guest_more *more) {
    const struct guest_facts *facts = guest->facts;
    GPtrArray *disks = more->disks == NULL ? facts->disks : more->disks;
    member_string(builder, "title", facts->title);
    member_string(builder, "description", facts->description);
    member_boolean(builder, "linked", facts->linked);
    member_string(builder, "created", facts->created);
    member_boolean(builder, "serial_console", facts->serial);
    member_string(builder, "console_log", facts->console_log);
    member_boolean(builder, "guest_agent", facts->agent_connected);
    member_string(builder, "graphics", facts->graphics);
    member_boolean(builder, "hardware_virtualization", facts->hardware_virtualization);
    json_builder_set_member_name(builder, "disks");
    json_builder_begin_array(builder);
    for (guint i = 0; i < disks->len; i++)
        disk(builder, guest, g_ptr_array_index(disks, i));
    json_builder_end_array(builder);
    json_builder_set_member_name(builder, "nics");
    json_builder_begin_array(builder);
    for (guint i = 0; i < facts->nics->len; i++)
        nic(builder, guest, g_ptr_array_index(facts->nics, i));
    json_builder_end_array(builder);
    json_report(builder, more->report, more->report_problem);
}

void json_guest(JsonBuilder *builder, const struct guest *guest, const struct guest_more *more) {
    json_builder_begin_object(builder);
    member_string(builder, "name", guest->name);
    member_string(builder, "uuid", guest->uuid);
    member_count(builder, "id", guest->id);
    member_string(builder, "state", guest_state_word(guest->state));
    member_string(builder, "reason", guest->reason);
    member_string(builder, "trouble", guest->trouble);
    member_boolean(builder, "responding", guest->responding);
    member_boolean(builder, "persistent", guest->persistent);
    member_boolean(builder, "autostart", guest->autostart);
    member_count(builder, "vcpus", guest->vcpus);
    member_number(builder, "cpu_percent", guest->cpu_percent);
    member_number(builder, "host_cpu_percent", guest->host_cpu_percent);
    memory(builder, guest);
    member_boolean(builder, "managed", guest->facts->managed);
    rates(builder, guest);
    short_addresses(builder, guest);
    member_count(builder, "uptime_s", guest->uptime_s);
    provenance(builder, guest->facts);
    if (more != NULL)
        details_of(builder, guest, more);
    json_builder_end_object(builder);
}

void json_addresses(JsonBuilder *builder, const struct guest *guest) {
    json_builder_begin_array(builder);
    for (guint i = 0; i < guest->facts->nics->len; i++) {
        const struct guest_nic *item = g_ptr_array_index(guest->facts->nics, i);
        GPtrArray *list = addresses_of(guest, item);
        for (guint j = 0; list != NULL && j < list->len; j++)
            address(builder, g_ptr_array_index(list, j), item->mac);
    }
    json_builder_end_array(builder);
}
