/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>

#include "config/error.h"
#include "config/units.h"
#include "core/base/text.h"
#include "core/doctor/doctor.h"

#define FIGURES_LIMIT_MS 4000
#define CHECK_INDENT     9

static gboolean host_told(const struct snapshot *snapshot) {
    const struct host_state *host = &snapshot->host;
    if (g_strcmp0(host->hypervisor, "TEST") == 0)
        return TRUE; /* libvirt's test driver never has these figures */
    gboolean qemu = g_strcmp0(host->hypervisor, "QEMU") == 0;
    return !isnan(host->cpu_percent) && (!qemu || host->hardware_virtualization >= 0);
}

struct facts {
    struct cli *cli;
    gboolean there;
};

static void look(gpointer data) {
    struct facts *facts = data;
    g_autoptr(snapshot_t) snapshot = host_snapshot(facts->cli->engine.host);
    facts->there = host_told(snapshot);
}

static guint running(const struct snapshot *snapshot) {
    guint count = 0;
    for (guint i = 0; i < snapshot->guests->len; i++)
        count += guest_state_active(((struct guest *)g_ptr_array_index(snapshot->guests, i))->state);
    return count;
}

static void print_json(const struct snapshot *snapshot) {
    const struct host_state *host = &snapshot->host;
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    member_string(builder, "hostname", host->hostname);
    member_string(builder, "uri", host->uri);
    member_string(builder, "libvirt_version", host->libvirt_version);
    member_string(builder, "hypervisor_version", host->hypervisor_version);
    member_count(builder, "cpus", host->cpus);
    member_number(builder, "cpu_percent", host->cpu_percent);
    json_builder_set_member_name(builder, "load");
    json_builder_begin_array(builder);
    for (int i = 0; i < 3; i++)
        if (isnan(host->load[i]))
            json_builder_add_null_value(builder);
        else
            json_builder_add_double_value(builder, round(host->load[i] * 100) / 100);
    json_builder_end_array(builder);
    json_builder_set_member_name(builder, "memory");
    json_builder_begin_object(builder);
    member_size(builder, "total_bytes", host->memory_total);
    member_size(builder, "used_bytes", host->memory_used);
    member_size(builder, "available_bytes", host->memory_available);
    json_builder_end_object(builder);
    json_builder_set_member_name(builder, "hardware_virtualization");
    if (host->hardware_virtualization < 0)
        json_builder_add_null_value(builder);
    else
        json_builder_add_boolean_value(builder, host->hardware_virtualization == 1);
    json_builder_set_member_name(builder, "guests");
    json_builder_begin_object(builder);
    member_count(builder, "running", running(snapshot));
    member_count(builder, "total", snapshot->guests->len);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    output_builder(builder, FALSE);
}

static void print_words(const struct snapshot *snapshot) {
    const struct host_state *host = &snapshot->host;
    g_autofree char *name = text_safe(host->hostname, 60, FALSE);
    g_autofree char *used =
        host->memory_used == UNKNOWN_SIZE ? g_strdup("-") : units_format_size(host->memory_used);
    g_autofree char *total =
        host->memory_total == UNKNOWN_SIZE ? g_strdup("-") : units_format_size(host->memory_total);
    const char *virtualization = host->hardware_virtualization < 0    ? "not known"
                                 : host->hardware_virtualization == 1 ? "yes"
                                                                      : "no, guests run by emulation";
    printf("host          %s\nuri           %s\n", name, host->uri);
    printf("libvirt       %s\n", host->libvirt_version == NULL ? "-" : host->libvirt_version);
    printf("hypervisor    %s %s\n", host->hypervisor,
           host->hypervisor_version == NULL ? "-" : host->hypervisor_version);
    printf("cpus          %u", host->cpus);
    if (!isnan(host->cpu_percent))
        printf(", %.1f%% busy", host->cpu_percent);
    if (!isnan(host->load[0]))
        printf(", load %.2f %.2f %.2f", host->load[0], host->load[1], host->load[2]);
    printf("\nmemory        %s/%s\n", used, total);
    printf("hardware virtualization  %s\n", virtualization);
    printf("guests        %u running of %u\n", running(snapshot), snapshot->guests->len);
}

int command_host(struct cli *cli) {
    GError *error = NULL;
    struct facts facts = {.cli = cli};
    if (!cli_connect(cli, &error))
        return output_fail(cli, error);
    look(&facts);
    host_subscribe(cli->engine.host, look, &facts);
    if (!facts.there)
        cli_wait(&facts.there, FIGURES_LIMIT_MS);
    host_unsubscribe(cli->engine.host, &facts);
    g_autoptr(snapshot_t) snapshot = host_snapshot(cli->engine.host);
    if (cli->json)
        print_json(snapshot);
    else
        print_words(snapshot);
    return 0;
}

struct visit {
    struct cli *cli;
    gboolean ended;
    int status;
};

void json_checks(JsonBuilder *builder, GPtrArray *checks) {
    json_builder_set_member_name(builder, "checks");
    json_builder_begin_array(builder);
    for (guint i = 0; i < checks->len; i++) {
        const struct check *check = g_ptr_array_index(checks, i);
        json_builder_begin_object(builder);
        member_string(builder, "id", check->kind->id);
        member_string(builder, "title", check->kind->title);
        member_string(builder, "status", check_status_word(check->status));
        member_string(builder, "detail", check->detail);
        member_string(builder, "fix", check->fix);
        member_string(builder, "see", check->kind->see);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void checks_json(GPtrArray *checks) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_checks(builder, checks);
    json_builder_end_object(builder);
    output_builder(builder, FALSE);
}

static const enum paint status_paints[] = {[CHECK_OK] = PAINT_GOOD,
                                           [CHECK_WARNING] = PAINT_MIDDLING,
                                           [CHECK_FAILURE] = PAINT_BAD,
                                           [CHECK_SKIPPED] = PAINT_NONE};

static void print_check(const struct cli *cli, const struct check *check) {
    g_autofree char *detail = text_safe(check->detail, 1000, FALSE);
    g_autofree char *line = g_strdup_printf("%s: %s", check->kind->title, detail);
    output_wrapped(cli, CHECK_INDENT, check_status_word(check->status), status_paints[check->status], line);
    if (check->fix == NULL)
        return;
    g_autofree char *fix = text_safe(check->fix, 1000, FALSE);
    g_autofree char *how = g_strdup_printf("fix: %s", fix),
                    *see = g_strdup_printf("see: %s", check->kind->see);
    output_wrapped(cli, CHECK_INDENT, "", PAINT_NONE, how);
    output_wrapped(cli, CHECK_INDENT, "", PAINT_NONE, see);
}

static void checks_words(const struct cli *cli, GPtrArray *checks) {
    guint counts[CHECK_SKIPPED + 1] = {0};
    for (guint i = 0; i < checks->len; i++) {
        const struct check *check = g_ptr_array_index(checks, i);
        print_check(cli, check);
        counts[check->status]++;
    }
    printf("%u checks: %u ok, %u warnings, %u failures, %u skipped\n", checks->len, counts[CHECK_OK],
           counts[CHECK_WARNING], counts[CHECK_FAILURE], counts[CHECK_SKIPPED]);
}

static void checks_told(GPtrArray *checks, gpointer data) {
    struct visit *visit = data;
    visit->ended = TRUE;
    for (guint i = 0; i < checks->len; i++)
        if (((struct check *)g_ptr_array_index(checks, i))->status == CHECK_FAILURE)
            visit->status = INNKEEP_ERROR_WRONG;
    if (visit->cli->json)
        checks_json(checks);
    else
        checks_words(visit->cli, checks);
}

int command_doctor(struct cli *cli) {
    struct visit visit = {.cli = cli};
    cli_engine(cli);
    doctor_request(&cli->engine, FALSE, checks_told, &visit);
    return cli_wait(&visit.ended, 0) ? visit.status : INNKEEP_ERROR_INTERRUPTED;
}
