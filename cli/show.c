/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>

#include "config/error.h"
#include "config/units.h"
#include "core/base/text.h"
#include "core/guest/details.h"

#define FIGURES_LIMIT_MS 3000
#define DETAILS_LIMIT_MS 20000

/* What is asked at the same time. Whoever may still tell holds a reference: at Ctrl-C that comes when nobody
 * listens any more. */
struct shown {
    guint references, awaited;
    struct guest_more more;
    gboolean ended;
};

static void shown_unref(struct shown *shown) {
    if (--shown->references > 0)
        return;
    g_clear_pointer(&shown->more.disks, g_ptr_array_unref);
    g_clear_pointer(&shown->more.report, report_unref);
    g_free(shown->more.report_problem);
    g_free(shown);
}

static void one_told(struct shown *shown) {
    shown->ended = --shown->awaited == 0;
    shown_unref(shown);
}

static struct shown *await(struct shown *shown) {
    shown->references++;
    shown->awaited++;
    return shown;
}

/* Where the storage does not answer, the definition's own words are shown. */
static void disks_told(GPtrArray *disks, const GError *error, gpointer data) {
    struct shown *shown = data;
    shown->more.disks = disks == NULL ? NULL : g_ptr_array_ref(disks);
    if (error != NULL)
        g_debug("disks: %s", error->message);
    one_told(shown);
}

static void report_told(struct report *report, const GError *error, gpointer data) {
    struct shown *shown = data;
    shown->more.report = report == NULL ? NULL : report_ref(report);
    shown->more.report_problem = error == NULL ? NULL : g_strdup(error->message);
    one_told(shown);
}

/* Both at once, and no longer than the slower takes. The caller's reference. */
static struct shown *ask(struct cli *cli, const struct guest *guest) {
    struct shown *shown = g_new0(struct shown, 1);
    const char *why = NULL;
    shown->references = 1;
    details_request(&cli->engine, guest, disks_told, await(shown));
    if (report_possible(guest, host_read_only(cli->engine.host), &why))
        report_request(&cli->engine, guest, report_told, await(shown));
    else
        shown->more.report_problem = g_strdup(why);
    cli_wait(&shown->ended, DETAILS_LIMIT_MS);
    return shown;
}

static void line(const char *label, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void line(const char *label, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *raw = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *safe = text_safe(raw, 2000, FALSE);
    printf("%-13s %s\n", label, safe);
}

static void optional(const char *label, const char *value) {
    if (value != NULL && *value != '\0')
        line(label, "%s", value);
}

static void print_disk(const struct guest *guest, const struct guest_disk *disk) {
    g_autofree char *size =
        disk->capacity == UNKNOWN_SIZE ? g_strdup("-") : units_format_size(disk->capacity);
    g_autofree char *held =
        disk->allocation == UNKNOWN_SIZE ? g_strdup("-") : units_format_size(disk->allocation);
    gboolean ours =
        disk->path != NULL && g_strv_contains((const char *const *)guest->facts->volumes, disk->path);
    line("disk", "%s %s %s, %s of %s%s%s%s%s", disk->target == NULL ? "?" : disk->target,
         disk->format == NULL ? disk->device : disk->format, disk->path == NULL ? "(empty)" : disk->path,
         held, size, disk->backing == NULL ? "" : ", on ", disk->backing == NULL ? "" : disk->backing,
         disk->read_only ? ", read-only" : "", ours ? ", made by innkeep" : "");
}

static void print_nic(const struct guest *guest, const struct guest_nic *nic) {
    g_autoptr(GString) text = g_string_new(nic->mac == NULL ? "?" : nic->mac);
    if (nic->network != NULL)
        g_string_append_printf(text, ", network %s", nic->network);
    else if (nic->bridge != NULL)
        g_string_append_printf(text, ", bridge %s", nic->bridge);
    if (nic->filter != NULL)
        g_string_append_printf(text, ", filter %s", nic->filter);
    GPtrArray *list = nic->mac == NULL ? NULL : g_hash_table_lookup(guest->addresses, nic->mac);
    for (guint i = 0; list != NULL && i < list->len; i++) {
        const struct guest_address *address = g_ptr_array_index(list, i);
        g_string_append_printf(text, ", %s/%u (%s)", address->address, address->prefix,
                               address_source_word(address->source));
    }
    line("nic", "%s", text->str);
}

static void print_figures(const struct guest *guest) {
    g_autofree char *memory = output_memory(guest);
    const char *source = memory_source_word(guest->memory_source);
    line("state", "%s (%s)%s", guest_state_screen(guest->state),
         guest->trouble != NULL ? guest->trouble : guest->reason, guest->responding ? "" : ", no answer");
    if (isnan(guest->cpu_percent))
        line("vcpus", "%u", guest->vcpus);
    else
        line("vcpus", "%u, %.1f%% busy", guest->vcpus, guest->cpu_percent);
    line("memory", "%s%s%s", memory, source == NULL ? "" : ", by ", source == NULL ? "" : source);
    if (guest->uptime_s >= 0) {
        g_autofree char *uptime = units_format_duration((guint64)guest->uptime_s);
        line("uptime", "%s", uptime);
    }
}

static void print_report(const struct guest_more *more) {
    if (more->report_problem != NULL)
        line("guest agent", "tells nothing: %s", more->report_problem);
    g_auto(GStrv) lines = more->report == NULL ? NULL : report_lines(more->report);
    for (char **at = lines; at != NULL && *at != NULL; at += 2)
        line(at[0], "%s", at[1]);
}

static void print_guest(const struct guest *guest, const struct guest_more *more) {
    GPtrArray *disks = more->disks != NULL ? more->disks : guest->facts->disks;
    const struct guest_facts *facts = guest->facts;
    g_autofree char *tags = g_strjoinv(", ", facts->tags);
    line("name", "%s", guest->name);
    line("uuid", "%s", guest->uuid);
    optional("title", facts->title);
    optional("description", facts->description);
    print_figures(guest);
    line("managed", "%s", facts->managed ? "yes" : "no, a foreign guest");
    optional("template", facts->template_name);
    optional("role", facts->role);
    optional("service", facts->service);
    optional("tags", tags);
    optional("created", facts->created);
    line("autostart", "%s", guest->autostart ? "yes" : "no");
    line("console", "%s", facts->serial ? "serial" : facts->graphics != NULL ? facts->graphics : "none");
    optional("console log", facts->console_log);
    for (guint i = 0; i < disks->len; i++)
        print_disk(guest, g_ptr_array_index(disks, i));
    for (guint i = 0; i < facts->nics->len; i++)
        print_nic(guest, g_ptr_array_index(facts->nics, i));
    print_report(more);
}

/* The guest that the operand names, once its figures are there; nobody waits for those of a guest that is
 * not. */
static struct guest *guest_with_figures(struct cli *cli, gboolean cpu, GError **error) {
    g_autoptr(guest_t) named = cli_guest(cli, cli->operands[0], error);
    if (named == NULL)
        return NULL;
    cli_wait_figures(cli, cpu, FIGURES_LIMIT_MS);
    return cli_guest(cli, named->uuid, error);
}

int command_show(struct cli *cli) {
    GError *error = NULL;
    if (!cli_one_operand(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) guest = guest_with_figures(cli, TRUE, &error);
    if (guest == NULL)
        return output_fail(cli, error);
    struct shown *shown = ask(cli, guest);
    if (cli->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_guest(builder, guest, &shown->more);
        output_builder(builder, FALSE);
    } else {
        print_guest(guest, &shown->more);
    }
    shown_unref(shown);
    return 0;
}

int command_address(struct cli *cli) {
    GError *error = NULL;
    if (!cli_one_operand(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) guest = guest_with_figures(cli, FALSE, &error);
    if (guest == NULL)
        return output_fail(cli, error);
    if (guest_address(guest) == NULL) {
        error_set(&error, guest_state_active(guest->state) ? INNKEEP_ERROR_FAILED : INNKEEP_ERROR_CONFLICT,
                  guest_state_active(guest->state) ? "innkeep wait --for address waits for one" : NULL,
                  "no address of '%s' is known", guest->name);
        return output_fail(cli, error);
    }
    if (cli->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_addresses(builder, guest);
        output_builder(builder, FALSE);
        return 0;
    }
    for (guint i = 0; i < guest->facts->nics->len; i++) {
        const struct guest_nic *nic = g_ptr_array_index(guest->facts->nics, i);
        GPtrArray *list = nic->mac == NULL ? NULL : g_hash_table_lookup(guest->addresses, nic->mac);
        for (guint j = 0; list != NULL && j < list->len; j++)
            printf("%s\n", ((struct guest_address *)g_ptr_array_index(list, j))->address);
    }
    return 0;
}
