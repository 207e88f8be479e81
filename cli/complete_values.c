/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/complete_values.h"

#include <string.h>

#include "config/error.h"
#include "config/settings.h"
#include "config/template.h"
#include "core/doctor/doctor.h"
#include "core/guest/snapshot.h"
#include "core/guest/wait.h"
#include "core/host/filter.h"
#include "core/longjob/client.h"
#include "core/template/catalogue.h"
#include "core/provision/network.h"
#include "core/provision/os_info.h"

#define LIMIT_MS 1000

/* ---- the host, asked once and in silence ---- */

static gboolean remote_asks(const char *uri) {
    return uri != NULL && strstr(uri, "+libssh") != NULL;
}

/* ssh must not ask for a password where a person pressed Tab. */
static void never_ask(struct cli *cli) {
    const char *environment = g_getenv("LIBVIRT_DEFAULT_URI");
    const char *settled = cli->connect != NULL                          ? cli->connect
                          : environment != NULL && *environment != '\0' ? environment
                                                                        : cli->settings->host_uri;
    if (settled == NULL || strstr(settled, "+ssh") == NULL)
        return;
    char *quiet = g_strdup_printf("%s%cno_tty=1", settled, strchr(settled, '?') == NULL ? '?' : '&');
    g_free(cli->connect);
    cli->connect = quiet;
}

static gboolean begin_quietly(struct cli *cli) {
    g_autoptr(GError) error = NULL;
    if (cli->engine.host != NULL)
        return TRUE;
    cli->settings = settings_load(cli->config, NULL, &error);
    if (cli->settings == NULL)
        return FALSE;
    never_ask(cli);
    if (remote_asks(cli->connect) || remote_asks(cli->settings->host_uri))
        return FALSE;
    cli_engine(cli);
    return TRUE;
}

/* With its guests known. What is read as a job has a connection of its own and need not wait for them. */
static gboolean connect_quietly(struct cli *cli) {
    g_autoptr(GError) error = NULL;
    return begin_quietly(cli) && host_wait_listed(cli->engine.host, LIMIT_MS, &error);
}

/* ---- what a host has ---- */

struct told {
    struct completing *completing;
    gboolean ended;
};

static gboolean is_named(const struct completing *completing, const char *name) {
    return g_ptr_array_find_with_equal_func(completing->operands, name, g_str_equal, NULL);
}

/* Guests in the states in which the command is legal. */
static void guests(struct completing *completing) {
    if (!connect_quietly(completing->cli))
        return;
    g_autoptr(snapshot_t) snapshot = host_snapshot(completing->cli->engine.host);
    for (guint i = 0; i < snapshot->guests->len; i++) {
        const struct guest *guest = g_ptr_array_index(snapshot->guests, i);
        if (action_legal(completing->cli->action, guest, NULL) && !is_named(completing, guest->name))
            completing_offer(completing, guest->name, guest_state_screen(guest->state));
    }
}

enum which { READY, FETCHABLE, ALL };

struct templates {
    struct told told;
    enum which which;
};

static void templates_told(GPtrArray *list, const GError *error, gpointer data) {
    struct templates *templates = data;
    struct completing *completing = templates->told.completing;
    templates->told.ended = TRUE;
    for (guint i = 0; list != NULL && i < list->len; i++) {
        const struct template_info *info = g_ptr_array_index(list, i);
        gboolean fits =
            templates->which == ALL || (templates->which == READY ? info->ready : info->fetchable);
        if (fits && !is_named(completing, info->name))
            completing_offer(completing, info->name, info->description);
    }
}

static void some_templates(struct completing *completing, enum which which) {
    struct templates templates = {.told = {.completing = completing}, .which = which};
    if (!begin_quietly(completing->cli))
        return;
    catalogue_request(&completing->cli->engine, FALSE, templates_told, &templates);
    cli_wait(&templates.told.ended, LIMIT_MS);
}

static void ready_templates(struct completing *completing) {
    some_templates(completing, READY);
}

static void sources(struct completing *completing) {
    guests(completing);
    ready_templates(completing);
}

static void names_told(GPtrArray *names, const GError *error, gpointer data) {
    struct told *told = data;
    told->ended = TRUE;
    for (guint i = 0; names != NULL && i < names->len; i++)
        completing_offer(told->completing, g_ptr_array_index(names, i), NULL);
}

static void networks(struct completing *completing) {
    struct told told = {.completing = completing};
    if (!begin_quietly(completing->cli))
        return;
    network_names_request(&completing->cli->engine, names_told, &told);
    cli_wait(&told.ended, LIMIT_MS);
}

/* ---- what a guest has that stands before ---- */

static struct guest *guest_named(struct completing *completing) {
    const char *name = completing->cli->texts[PARAM_guest];
    if (name == NULL && completing->operands->len > 0)
        name = g_ptr_array_index(completing->operands, 0);
    return name == NULL || !connect_quietly(completing->cli) ? NULL : cli_guest(completing->cli, name, NULL);
}

static void snapshots_told(GPtrArray *snapshots, const GError *error, gpointer data) {
    struct told *told = data;
    told->ended = TRUE;
    for (guint i = 0; snapshots != NULL && i < snapshots->len; i++) {
        const struct guest_snapshot *snapshot = g_ptr_array_index(snapshots, i);
        g_autoptr(GDateTime) time =
            snapshot->created_at < 0 ? NULL : g_date_time_new_from_unix_local(snapshot->created_at);
        g_autofree char *when = time == NULL ? NULL : g_date_time_format(time, "%F %R");
        completing_offer(told->completing, snapshot->name, when);
    }
}

static void snapshots(struct completing *completing) {
    struct told told = {.completing = completing};
    g_autoptr(guest_t) guest = guest_named(completing);
    if (guest == NULL)
        return;
    snapshot_list(&completing->cli->engine, guest, snapshots_told, &told);
    cli_wait(&told.ended, LIMIT_MS);
}

/* Disks of the guest, several with commas between. */
static void disks(struct completing *completing) {
    g_autoptr(guest_t) guest = guest_named(completing);
    const char *word = completing->line->word, *comma = strrchr(word, ',');
    g_autofree char *given = comma == NULL ? g_strdup("") : g_strndup(word, (gsize)(comma - word) + 1);
    gsize before = strlen(completing->before);
    for (guint i = 0; guest != NULL && i < guest->facts->disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(guest->facts->disks, i);
        g_autofree char *all = g_strconcat(strlen(given) > before ? given + before : "", disk->target, NULL);
        completing_offer(completing, all, disk->path);
    }
}

/* ---- words ---- */

static void some_words(struct completing *completing, const char *const *words) {
    for (gsize i = 0; words[i] != NULL; i++)
        completing_offer(completing, words[i], NULL);
}

static void readiness(struct completing *completing) {
    some_words(completing, wait_words());
    completing_offer(completing, "22/tcp", "a port that takes connections");
}

static void firmwares(struct completing *completing) {
    for (int i = FIRMWARE_DEFAULT + 1; i <= FIRMWARE_UEFI_SECURE; i++)
        completing_offer(completing, firmware_word((enum firmware)i), NULL);
}

/* There are some eight hundred: only those that begin as what was typed. */
static void systems(struct completing *completing) {
    const char *typed = completing->line->word + strlen(completing->before);
    g_autoptr(GPtrArray) ids = *typed == '\0' ? g_ptr_array_new() : os_info_ids(typed);
    for (guint i = 0; i < ids->len; i++)
        completing_offer(completing, g_ptr_array_index(ids, i), NULL);
}

static void job_ids(struct completing *completing) {
    g_autoptr(GPtrArray) ids = job_client_ids();
    names_told(ids, NULL, &(struct told){.completing = completing});
}

static void uris(struct completing *completing) {
    static const char *const words[] = {"qemu:///system", "qemu:///session", NULL};
    some_words(completing, words);
}

/* ---- filters of list ---- */

static void offer_pair(struct completing *completing, const char *field, const char *with,
                       const char *value) {
    g_autofree char *word = g_strconcat(field, with, value, NULL);
    if (value != NULL && *value != '\0')
        completing_offer(completing, word, NULL);
}

static void values_of_guest(struct completing *completing, const char *field, const char *with,
                            const struct guest *guest) {
    const struct guest_facts *facts = guest->facts;
    const struct {
        const char *field, *value;
    } all[] = {{"name", guest->name},
               {"role", facts->role},
               {"service", facts->service},
               {"template", facts->template_name}};
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        if (strcmp(all[i].field, field) == 0)
            offer_pair(completing, field, with, all[i].value);
    for (gsize i = 0; strcmp(field, "tag") == 0 && facts->tags[i] != NULL; i++)
        offer_pair(completing, field, with, facts->tags[i]);
}

static void filter_values(struct completing *completing, const char *field, const char *with) {
    const char *const *words = filter_field_words(field);
    for (gsize i = 0; words != NULL && words[i] != NULL; i++)
        offer_pair(completing, field, with, words[i]);
    if (words != NULL || filter_field_is_figure(field) || !connect_quietly(completing->cli))
        return;
    g_autoptr(snapshot_t) snapshot = host_snapshot(completing->cli->engine.host);
    for (guint i = 0; i < snapshot->guests->len; i++)
        values_of_guest(completing, field, with, g_ptr_array_index(snapshot->guests, i));
}

static void filters(struct completing *completing) {
    const char *word = completing->line->word, *equals = strchr(word, '=');
    if (equals == NULL) {
        for (gsize i = 0; filter_fields()[i] != NULL; i++) {
            const char *field = filter_fields()[i];
            g_autofree char *begun = g_strconcat(field, filter_field_is_figure(field) ? ">" : "=", NULL);
            completing_offer(completing, begun, NULL);
        }
        guests(completing);
        return;
    }
    gboolean inverted = equals > word && equals[-1] == '!';
    g_autofree char *field = g_strndup(word, (gsize)(equals - word) - (inverted ? 1 : 0));
    filter_values(completing, field, inverted ? "!=" : "=");
}

/* ---- the tables ---- */

typedef void (*source)(struct completing *completing);

static const source of_param[PARAM_COUNT] = {
    [PARAM_template] = ready_templates,
    [PARAM_network] = networks,
    [PARAM_wait] = readiness,
    [PARAM_for] = readiness,
    [PARAM_storage] = disks,
    [PARAM_kernel_package] = completing_offer_files,
    [PARAM_ssh_key] = completing_offer_files,
    [PARAM_user_data] = completing_offer_files,
    [PARAM_iso] = completing_offer_files,
    [PARAM_import] = completing_offer_files,
    [PARAM_kernel] = completing_offer_files,
    [PARAM_initrd] = completing_offer_files,
    [PARAM_os] = systems,
    [PARAM_firmware] = firmwares,
    [PARAM_guest] = guests,
    [PARAM_snapshot] = snapshots,
};

static void check_names(struct completing *completing) {
    for (guint i = 0; i < check_kind_count; i++)
        if (!is_named(completing, check_kinds[i].id))
            completing_offer(completing, check_kinds[i].id, check_kinds[i].title);
}

static const struct {
    const char *word;
    source offer;
} of_metavar[] = {{"GUEST", guests},     {"SOURCE", sources}, {"FILTER", filters},
                  {"ID", job_ids},       {"URI", uris},       {"FILE", completing_offer_files},
                  {"CHECK", check_names}};

/* "auto|always|never", "tiny": the words themselves; else what the metavar stands for. */
static void values_of_metavar(struct completing *completing, const char *metavar) {
    if (g_ascii_islower(*metavar)) {
        g_auto(GStrv) words = g_strsplit(metavar, "|", -1);
        some_words(completing, (const char *const *)words);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(of_metavar); i++)
        if (strcmp(of_metavar[i].word, metavar) == 0)
            of_metavar[i].offer(completing);
}

void values_of_global(struct completing *completing, int global) {
    values_of_metavar(completing, global_options[global].metavar);
}

void values_of_param(struct completing *completing, int param) {
    if (of_param[param] != NULL)
        of_param[param](completing);
}

/* What NAME is depends on the command. */
static void names(struct completing *completing) {
    switch (completing->cli->action->id) {
    case ACTION_snapshot_revert:
    case ACTION_snapshot_delete:
        snapshots(completing);
        break;
    case ACTION_template_fetch:
        some_templates(completing, FETCHABLE);
        break;
    case ACTION_template_verify:
    case ACTION_template_delete:
        some_templates(completing, READY);
        break;
    case ACTION_template_show:
        some_templates(completing, ALL);
        break;
    default: /* a new one */
        break;
    }
}

void values_of_operand(struct completing *completing, const char *word) {
    if (strcmp(word, "NAME") == 0)
        names(completing);
    else if (!(completing->cli->action->id == ACTION_template_import &&
               cli_given(completing->cli, PARAM_guest)))
        values_of_metavar(completing, word);
}
