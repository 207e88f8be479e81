/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>

#include "config/error.h"
#include "config/units.h"
#include "core/base/text.h"
#include "core/host/filter.h"

/* CPU rates want two polls, half a second apart; a hung guest is told from a slow one within a second. */
#define FIGURES_LIMIT_MS 3000
#define PLAIN_LIMIT_MS   1500

#define STATE_COLUMN 1

static char *percent_text(double percent) {
    return isnan(percent) ? g_strdup("-") : g_strdup_printf("%.1f", percent);
}

static const char *state_text(const struct guest *guest) {
    return guest->responding ? guest_state_screen(guest->state) : "no answer";
}

static enum paint state_paint(const struct guest *guest) {
    static const enum paint paints[GUEST_STATE_COUNT] = {
        [GUEST_RUNNING] = PAINT_GOOD,           [GUEST_PAUSED] = PAINT_MIDDLING,
        [GUEST_SHUTTING_DOWN] = PAINT_MIDDLING, [GUEST_PMSUSPENDED] = PAINT_MIDDLING,
        [GUEST_SAVED] = PAINT_MIDDLING,         [GUEST_CRASHED] = PAINT_BAD};
    return guest->responding && guest->trouble == NULL ? paints[guest->state] : PAINT_BAD;
}

static void add_row(struct table *table, const struct guest *guest, gboolean rates) {
    g_autofree char *cpu = percent_text(guest->cpu_percent), *memory = output_memory(guest);
    g_autofree char *vcpus = g_strdup_printf("%u", guest->vcpus);
    const char *address = guest_address(guest), *made_from = guest->facts->template_name;
    const char *cells[] = {guest->name,
                           state_text(guest),
                           rates ? cpu : vcpus,
                           memory,
                           address == NULL ? "-" : address,
                           made_from == NULL ? "-" : made_from};
    table_add(table, cells);
    table_paint(table, STATE_COLUMN, state_paint(guest));
}

static struct table *guest_table(gboolean rates) {
    static const char *const with_rates[] = {"NAME", "STATE", "CPU%", "MEMORY", "ADDRESS", "TEMPLATE", NULL};
    static const char *const without[] = {"NAME", "STATE", "VCPUS", "MEMORY", "ADDRESS", "TEMPLATE", NULL};
    return table_new(rates ? with_rates : without, "llrrll");
}

static GPtrArray *chosen(struct cli *cli, const struct filter *filter) {
    g_autoptr(snapshot_t) snapshot = host_snapshot(cli->engine.host);
    GPtrArray *guests = g_ptr_array_new_with_free_func((GDestroyNotify)guest_unref);
    for (guint i = 0; i < snapshot->guests->len; i++) {
        struct guest *guest = g_ptr_array_index(snapshot->guests, i);
        if (filter == NULL || filter_matches(filter, guest))
            g_ptr_array_add(guests, guest_ref(guest));
    }
    return guests;
}

static void add_guests(JsonBuilder *builder, GPtrArray *guests) {
    json_builder_begin_array(builder);
    for (guint i = 0; i < guests->len; i++)
        json_guest(builder, g_ptr_array_index(guests, i), NULL);
    json_builder_end_array(builder);
}

static void print_json(GPtrArray *guests) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    add_guests(builder, guests);
    output_builder(builder, FALSE);
}

/* One refresh of top: an object on a line. */
static void print_moment(const struct snapshot *snapshot, GPtrArray *guests) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
    json_builder_begin_object(builder);
    member_string(builder, "time", time);
    member_number(builder, "cpu_percent", snapshot->host.cpu_percent);
    json_builder_set_member_name(builder, "guests");
    add_guests(builder, guests);
    json_builder_end_object(builder);
    output_builder(builder, TRUE);
}

static void print_table(const struct cli *cli, GPtrArray *guests, gboolean rates, gboolean headers) {
    struct table *table = guest_table(rates);
    for (guint i = 0; i < guests->len; i++)
        add_row(table, g_ptr_array_index(guests, i), rates);
    table_print(cli, table, headers);
    table_free(table);
}

static gboolean asks_for_cpu(char *const *words) {
    for (gsize i = 0; words[i] != NULL; i++)
        if (g_str_has_prefix(words[i], "cpu"))
            return TRUE;
    return FALSE;
}

int command_list(struct cli *cli) {
    GError *error = NULL;
    g_autoptr(filter_t) filter = filter_parse((const char *const *)cli->operands, &error);
    gboolean cpu = cli->json || asks_for_cpu(cli->operands);
    if (filter == NULL || !cli_connect(cli, &error))
        return output_fail(cli, error);
    cli_wait_figures(cli, cpu, cpu ? FIGURES_LIMIT_MS : PLAIN_LIMIT_MS);
    g_autoptr(GPtrArray) guests = chosen(cli, filter);
    if (cli->json)
        print_json(guests);
    else if (guests->len > 0 || cli_given(cli, PARAM_no_headers))
        print_table(cli, guests, cpu, !cli_given(cli, PARAM_no_headers));
    else
        fprintf(stderr,
                cli->operands[0] == NULL
                    ? "no guests; make one with: innkeep create -t tiny (innkeep template list shows which "
                      "templates are ready)\n"
                    : "no guest matches\n");
    return 0;
}

static void print_top(struct cli *cli) {
    g_autoptr(GPtrArray) guests = chosen(cli, NULL);
    g_autoptr(snapshot_t) snapshot = host_snapshot(cli->engine.host);
    if (cli->json) {
        print_moment(snapshot, guests);
        return;
    }
    g_autofree char *cpu = percent_text(snapshot->host.cpu_percent);
    g_autofree char *host = text_safe(snapshot->host.hostname, 40, FALSE);
    printf("%s  CPU %s%%\n", host, cpu);
    print_table(cli, guests, TRUE, TRUE);
    printf("\n");
}

int command_top(struct cli *cli) {
    GError *error = NULL;
    guint64 count = cli_given(cli, PARAM_count) ? cli->numbers[PARAM_count] : G_MAXUINT64;
    guint64 interval_ms = cli_given(cli, PARAM_interval) ? cli->numbers[PARAM_interval] : 2000;
    gboolean never = FALSE;
    if (interval_ms < 500 || interval_ms > 60000) {
        error_set(&error, INNKEEP_ERROR_USAGE, NULL, "--interval: not between 500ms and 60s");
        return output_fail(cli, error);
    }
    if (!cli_connect(cli, &error))
        return output_fail(cli, error);
    cli_wait_figures(cli, TRUE, FIGURES_LIMIT_MS);
    for (guint64 i = 0; i < count && !cli_interrupted(); i++) {
        if (i > 0)
            cli_wait(&never, (guint)interval_ms);
        if (cli_interrupted())
            break;
        print_top(cli);
        if (fflush(stdout) != 0)
            return 0; /* whoever read has gone */
    }
    return cli_interrupted_status();
}
