/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#include "config/error.h"
#include "config/suggest.h"
#include "config/units.h"
#include "core/base/text.h"
#include "core/template/catalogue.h"

struct listing {
    struct cli *cli;
    gboolean ended;
    int status;
};

static void add_json(JsonBuilder *builder, const struct template_info *info) {
    json_builder_begin_object(builder);
    member_string(builder, "name", info->name);
    member_string(builder, "description", info->description);
    member_string(builder, "os", info->os);
    member_boolean(builder, "ready", info->ready);
    member_string(builder, "pool", info->pool);
    member_string(builder, "volume", info->volume);
    member_size(builder, "size_bytes", info->size);
    member_size(builder, "virtual_size_bytes", info->virtual_size);
    member_string(builder, "source", info->source);
    g_autoptr(GDateTime) fetched =
        info->fetched_at < 0 ? NULL : g_date_time_new_from_unix_utc(info->fetched_at);
    g_autofree char *time = fetched == NULL ? NULL : g_date_time_format_iso8601(fetched);
    member_string(builder, "fetched_at", time);
    json_builder_set_member_name(builder, "dependants");
    json_builder_begin_array(builder);
    for (guint i = 0; i < info->dependants->len; i++)
        json_builder_add_string_value(builder, g_ptr_array_index(info->dependants, i));
    json_builder_end_array(builder);
    member_string(builder, "path_of_definition", info->path_of_definition);
    json_builder_end_object(builder);
}

static void list_json(GPtrArray *templates) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < templates->len; i++)
        add_json(builder, g_ptr_array_index(templates, i));
    json_builder_end_array(builder);
    output_builder(builder, FALSE);
}

static void list_words(const struct cli *cli, GPtrArray *templates) {
    static const char *const headers[] = {"NAME", "STATE", "SIZE", "AGE", "GUESTS", "DESCRIPTION", NULL};
    struct table *table = table_new(headers, "llrrrl");
    for (guint i = 0; i < templates->len; i++) {
        const struct template_info *info = g_ptr_array_index(templates, i);
        g_autofree char *size = info->size == UNKNOWN_SIZE ? g_strdup("-") : units_format_size(info->size);
        g_autofree char *guests = g_strdup_printf("%u", info->dependants->len);
        g_autofree char *old = template_info_age(info);
        const char *cells[] = {info->name, info->state, size, old, guests, info->description};
        table_add(table, cells);
    }
    table_print(cli, table, !cli_given(cli, PARAM_no_headers));
    table_free(table);
}

static void list_told(GPtrArray *templates, const GError *error, gpointer data) {
    struct listing *listing = data;
    listing->ended = TRUE;
    if (error != NULL)
        listing->status = output_error(listing->cli, error);
    else if (listing->cli->json)
        list_json(templates);
    else
        list_words(listing->cli, templates);
}

static const struct template_info *find(GPtrArray *templates, const char *name, GError **error) {
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < templates->len; i++) {
        const struct template_info *info = g_ptr_array_index(templates, i);
        if (strcmp(info->name, name) == 0)
            return info;
        g_ptr_array_add(names, info->name);
    }
    g_ptr_array_add(names, NULL);
    const char *near = suggest_nearest(name, (const char *const *)names->pdata);
    g_autofree char *hint =
        near == NULL ? g_strdup("innkeep template list") : g_strdup_printf("did you mean '%s'?", near);
    error_set(error, INNKEEP_ERROR_NOT_FOUND, hint, "no template '%s'", name);
    return NULL;
}

static void line(const char *label, const char *value) {
    g_autofree char *safe = text_safe(value, 1000, FALSE);
    if (value != NULL)
        printf("%-12s %s\n", label, safe);
}

static void show_words(const struct template_info *info) {
    g_autofree char *size = info->size == UNKNOWN_SIZE ? NULL : units_format_size(info->size);
    g_autofree char *virtual_size =
        info->virtual_size == UNKNOWN_SIZE ? NULL : units_format_size(info->virtual_size);
    g_autofree char *vcpus = g_strdup_printf("%u", info->vcpus),
                    *memory = info->memory == 0 ? NULL : units_format_size(info->memory);
    g_autofree char *old = template_info_age(info);
    g_ptr_array_add(info->dependants, NULL);
    g_autofree char *guests = g_strjoinv(", ", (char **)info->dependants->pdata);
    g_ptr_array_remove_index(info->dependants, info->dependants->len - 1);
    line("name", info->name);
    line("description", info->description);
    line("os", info->os);
    line("state", info->state);
    line("pool", info->pool);
    line("volume", info->volume);
    line("size", size);
    line("disk", virtual_size);
    line("vcpus", vcpus);
    line("memory", memory);
    line("network", info->network);
    line("source", info->source);
    if (info->fetched_at >= 0)
        line("age", old);
    line("definition", info->path_of_definition);
    line("guests", *guests == '\0' ? "none" : guests);
}

static void show_told(GPtrArray *templates, const GError *error, gpointer data) {
    struct listing *listing = data;
    struct cli *cli = listing->cli;
    g_autoptr(GError) missing = NULL;
    listing->ended = TRUE;
    const struct template_info *info = error != NULL ? NULL : find(templates, cli->operands[0], &missing);
    if (info == NULL) {
        listing->status = output_error(cli, error != NULL ? error : missing);
    } else if (cli->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        add_json(builder, info);
        output_builder(builder, FALSE);
    } else {
        show_words(info);
    }
}

static int ask(struct cli *cli, catalogue_done done) {
    GError *error = NULL;
    struct listing listing = {.cli = cli};
    if (!cli_connect(cli, &error))
        return output_fail(cli, error);
    catalogue_request(&cli->engine, TRUE, done, &listing);
    return cli_wait(&listing.ended, 0) ? listing.status : INNKEEP_ERROR_INTERRUPTED;
}

int command_template_list(struct cli *cli) {
    return ask(cli, list_told);
}

int command_template_show(struct cli *cli) {
    GError *error = NULL;
    return cli_one_operand(cli, &error) ? ask(cli, show_told) : output_fail(cli, error);
}
