/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

static void users(JsonBuilder *builder, const GPtrArray *list) {
    json_builder_set_member_name(builder, "users");
    json_builder_begin_array(builder);
    for (guint i = 0; i < list->len; i++) {
        const struct report_user *user = g_ptr_array_index(list, i);
        g_autoptr(GDateTime) since = user->since < 0 ? NULL : g_date_time_new_from_unix_utc(user->since);
        g_autofree char *text = since == NULL ? NULL : g_date_time_format(since, "%FT%TZ");
        json_builder_begin_object(builder);
        member_string(builder, "name", user->name);
        member_string(builder, "since", text);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void file_systems(JsonBuilder *builder, const GPtrArray *list) {
    json_builder_set_member_name(builder, "filesystems");
    json_builder_begin_array(builder);
    for (guint i = 0; i < list->len; i++) {
        const struct report_file_system *one = g_ptr_array_index(list, i);
        json_builder_begin_object(builder);
        member_string(builder, "mount_point", one->mount_point);
        member_string(builder, "type", one->type);
        member_string(builder, "device", one->device);
        member_size(builder, "total_bytes", one->total);
        member_size(builder, "used_bytes", one->used);
        member_strings(builder, "disks", one->disks);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

/* Milliseconds are what asking over a network tells. */
static void seconds(JsonBuilder *builder, const char *name, double value) {
    json_builder_set_member_name(builder, name);
    if (isnan(value))
        json_builder_add_null_value(builder);
    else
        json_builder_add_double_value(builder, round(value * 1000) / 1000);
}

void json_report(JsonBuilder *builder, const struct report *report, const char *problem) {
    member_string(builder, "agent_problem", report == NULL ? problem : NULL);
    json_builder_set_member_name(builder, "agent");
    if (report == NULL) {
        json_builder_add_null_value(builder);
        return;
    }
    json_builder_begin_object(builder);
    member_boolean(builder, "frozen", report->frozen);
    member_string(builder, "os", report->os);
    member_string(builder, "kernel", report->kernel);
    member_string(builder, "hostname", report->hostname);
    member_string(builder, "timezone", report->timezone);
    json_builder_set_member_name(builder, "utc_offset_s");
    if (report->timezone == NULL)
        json_builder_add_null_value(builder);
    else
        json_builder_add_int_value(builder, report->utc_offset_s);
    seconds(builder, "clock_skew_s", report->skew_s);
    seconds(builder, "clock_skew_error_s", ceil(report->skew_error_s * 1000) / 1000);
    users(builder, report->users);
    file_systems(builder, report->file_systems);
    json_builder_end_object(builder);
}
