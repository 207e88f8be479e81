/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>

#include "config/error.h"
#include "config/units.h"
#include "core/base/text.h"
#include "core/guest/details.h"

#define FIGURES_LIMIT_MS 3000
#define DETAILS_LIMIT_MS 20000

struct shown {
    GPtrArray *disks;
    gboolean ended;
};

/* Where the storage does not answer, the definition's own words are shown. */
static void disks_told(GPtrArray *disks, const GError *error, gpointer data) {
    struct shown *shown = data;
    shown->disks = disks == NULL ? NULL : g_ptr_array_ref(disks);
    if (error != NULL)
        g_debug("disks: %s", error->message);
    shown->ended = TRUE;
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

static void print_guest(const struct guest *guest, GPtrArray *disks) {
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
    struct shown shown = {0};
    if (!cli_one_operand(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) guest = guest_with_figures(cli, TRUE, &error);
    if (guest == NULL)
        return output_fail(cli, error);
    details_request(&cli->engine, guest, disks_told, &shown);
    cli_wait(&shown.ended, DETAILS_LIMIT_MS);
    GPtrArray *disks = shown.disks != NULL ? shown.disks : guest->facts->disks;
    if (cli->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_guest(builder, guest, TRUE, disks);
        output_builder(builder, FALSE);
    } else {
        print_guest(guest, disks);
    }
    g_clear_pointer(&shown.disks, g_ptr_array_unref);
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
