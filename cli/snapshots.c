/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>

#include "config/error.h"
#include "core/base/text.h"
#include "core/guest/snapshot.h"

struct listing {
    struct cli *cli;
    gboolean ended;
    int status;
};

static char *time_of(const struct guest_snapshot *snapshot) {
    g_autoptr(GDateTime) time =
        snapshot->created_at < 0 ? NULL : g_date_time_new_from_unix_utc(snapshot->created_at);
    return time == NULL ? NULL : g_date_time_format_iso8601(time);
}

static void list_json(GPtrArray *snapshots) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < snapshots->len; i++) {
        const struct guest_snapshot *snapshot = g_ptr_array_index(snapshots, i);
        g_autofree char *created = time_of(snapshot);
        json_builder_begin_object(builder);
        member_string(builder, "name", snapshot->name);
        member_string(builder, "created_at", created);
        member_string(builder, "state", snapshot->state);
        member_boolean(builder, "memory", snapshot->memory);
        member_string(builder, "kind", snapshot->external ? "external" : "internal");
        member_string(builder, "parent", snapshot->parent);
        member_boolean(builder, "current", snapshot->current);
        member_string(builder, "description", snapshot->description);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    output_builder(builder, FALSE);
}

static void list_words(const struct cli *cli, GPtrArray *snapshots) {
    static const char *const headers[] = {"NAME", "CREATED", "STATE", "KIND", "PARENT", NULL};
    struct table *table = table_new(headers, "lllll");
    for (guint i = 0; i < snapshots->len; i++) {
        const struct guest_snapshot *snapshot = g_ptr_array_index(snapshots, i);
        g_autofree char *created = time_of(snapshot);
        const char *cells[] = {
            snapshot->name, created == NULL ? "-" : created, snapshot->state == NULL ? "-" : snapshot->state,
            snapshot->external ? "external" : "internal", snapshot->parent == NULL ? "-" : snapshot->parent};
        table_add(table, cells);
    }
    table_print(cli, table, !cli_given(cli, PARAM_no_headers));
    table_free(table);
}

static void told(GPtrArray *snapshots, const GError *error, gpointer data) {
    struct listing *listing = data;
    listing->ended = TRUE;
    if (error != NULL)
        listing->status = output_error(listing->cli, error);
    else if (listing->cli->json)
        list_json(snapshots);
    else
        list_words(listing->cli, snapshots);
}

int command_snapshot_list(struct cli *cli) {
    GError *error = NULL;
    struct listing listing = {.cli = cli};
    if (!cli_one_operand(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) guest = cli_guest(cli, cli->operands[0], &error);
    if (guest == NULL)
        return output_fail(cli, error);
    snapshot_list(&cli->engine, guest, told, &listing);
    return cli_wait(&listing.ended, 0) ? listing.status : INNKEEP_ERROR_INTERRUPTED;
}

static void changed(struct cli *cli, const struct request *request, const struct outcome *outcome,
                    const GError *error, gpointer data) {
    if (error != NULL) {
        output_error(cli, error);
        return;
    }
    if (request->dry_run) {
        output_plan(cli, outcome);
        return;
    }
    if (cli->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        member_string(builder, "guest", request->name);
        member_string(builder, "snapshot", outcome->object);
        json_builder_end_object(builder);
        output_builder(builder, FALSE);
        return;
    }
    g_autofree char *safe = text_safe(outcome->message, 2000, FALSE);
    printf("%s\n", safe);
}

/* The second operand names the snapshot; create can do without. */
static gboolean operands_fit(struct cli *cli, GError **error) {
    guint count = g_strv_length(cli->operands);
    if (count == 2 || (count == 1 && cli->action->id == ACTION_snapshot_create))
        return TRUE;
    g_autofree char *usage = g_strdup_printf("innkeep %s %s", cli->action->name, cli->action->synopsis);
    error_set(error, INNKEEP_ERROR_USAGE, usage, "%s: which guest and which snapshot?", cli->action->name);
    return FALSE;
}

static gboolean confirmed(struct cli *cli, const struct guest *guest, GError **error) {
    if (cli->action->confirm != CONFIRM_DESTRUCTIVE || cli->dry_run)
        return TRUE;
    g_autofree char *question =
        g_strdup_printf("%s '%s' of '%s'?", cli->action->name, cli->operands[1], guest->name);
    return cli_confirm(cli, question, error);
}

static int change(struct cli *cli) {
    GError *error = NULL;
    if (!operands_fit(cli, &error) || !cli_check_change(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) guest = cli_guest(cli, cli->operands[0], &error);
    if (guest == NULL || !confirmed(cli, guest, &error))
        return output_fail(cli, error);
    struct request *request = cli_request(cli, guest);
    request->snapshot = g_strdup(cli->operands[1]);
    g_autoptr(GPtrArray) requests = g_ptr_array_new();
    g_ptr_array_add(requests, request);
    return cli_run(cli, requests, changed, NULL);
}

int command_snapshot_create(struct cli *cli) {
    return change(cli);
}

int command_snapshot_revert(struct cli *cli) {
    return change(cli);
}

int command_snapshot_delete(struct cli *cli) {
    return change(cli);
}
