/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#include "config/error.h"
#include "core/base/text.h"

struct results {
    JsonBuilder *json; /* the one document: an object a guest, or the steps of all plans; NULL: lines */
    gboolean several, ran;
};

static void add_json(JsonBuilder *builder, const char *name, const GError *error) {
    json_builder_begin_object(builder);
    member_string(builder, "name", name);
    member_boolean(builder, "ok", error == NULL);
    member_string(builder, "error", error == NULL ? NULL : error->message);
    json_builder_end_object(builder);
}

/* One guest's result. A single failure is told as an error; of several each has its line. */
static void print_result(struct cli *cli, const struct request *request, const struct outcome *outcome,
                         const GError *error, gpointer data) {
    struct results *results = data;
    if (error != NULL && (results->json == NULL || !results->several || request->dry_run))
        output_error(cli, error);
    if (results->json != NULL && !request->dry_run)
        add_json(results->json, request->name, error);
    if (error != NULL)
        return;
    if (request->dry_run && results->json != NULL)
        output_steps(results->json, outcome);
    else if (request->dry_run)
        output_plan(cli, outcome);
    else if (results->json == NULL && outcome->message != NULL) {
        g_autofree char *safe = text_safe(outcome->message, 2000, FALSE);
        printf("%s\n", safe);
    }
}

static gboolean same_guest(gconstpointer guest, gconstpointer other) {
    return strcmp(((const struct guest *)guest)->uuid, ((const struct guest *)other)->uuid) == 0;
}

/* The guests that the operands name, each once; what is no guest is told at once. */
static GPtrArray *find_guests(struct cli *cli, struct results *results, int *status) {
    GPtrArray *guests = g_ptr_array_new_with_free_func((GDestroyNotify)guest_unref);
    for (gsize i = 0; cli->operands[i] != NULL; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(guest_t) guest = cli_guest(cli, cli->operands[i], &error);
        if (guest == NULL) {
            if (results->json != NULL && results->several && !cli->dry_run)
                add_json(results->json, cli->operands[i], error);
            else
                output_error(cli, error);
            *status = *status == 0 ? error_exit_status(error) : *status;
        } else if (!g_ptr_array_find_with_equal_func(guests, guest, same_guest, NULL)) {
            g_ptr_array_add(guests, g_steal_pointer(&guest));
        }
    }
    return guests;
}

static gboolean needs_answer(struct cli *cli) {
    /* The command line asks only before what cannot be taken back; a script's `shutdown` is meant. */
    return cli->action->confirm == CONFIRM_DESTRUCTIVE && !cli->dry_run;
}

static gboolean confirm(struct cli *cli, GPtrArray *guests, GError **error) {
    g_autoptr(GString) question = g_string_new(cli->action->name);
    for (guint i = 0; i < guests->len; i++)
        g_string_append_printf(question, "%s '%s'", i == 0 ? "" : ",",
                               ((struct guest *)guests->pdata[i])->name);
    g_string_append_c(question, '?');
    return !needs_answer(cli) || cli_confirm(cli, question->str, error);
}

static GPtrArray *requests_for(struct cli *cli, GPtrArray *guests) {
    GPtrArray *requests = g_ptr_array_new();
    for (guint i = 0; i < guests->len; i++)
        g_ptr_array_add(requests, cli_request(cli, g_ptr_array_index(guests, i)));
    return requests;
}

/* Before the question about a deletion, everything that would go and stay is listed; for a person. */
static int show_plan(struct cli *cli, GPtrArray *guests) {
    struct results results = {.several = guests->len > 1};
    if (!needs_answer(cli) || cli->yes || cli->json)
        return 0;
    cli->dry_run = TRUE;
    g_autoptr(GPtrArray) requests = requests_for(cli, guests);
    int status = cli_run(cli, requests, print_result, &results);
    cli->dry_run = FALSE;
    return status;
}

static int act_on(struct cli *cli, GPtrArray *guests, struct results *results) {
    GError *error = NULL;
    int status = guests->len == 0 ? 0 : show_plan(cli, guests);
    if (status != 0)
        return status;
    if (guests->len > 0 && !confirm(cli, guests, &error))
        return output_fail(cli, error);
    g_autoptr(GPtrArray) requests = requests_for(cli, guests);
    results->ran = TRUE;
    return cli_run(cli, requests, print_result, results);
}

static JsonBuilder *begin_json(const struct cli *cli) {
    JsonBuilder *json = json_builder_new();
    if (cli->dry_run) {
        json_builder_begin_object(json);
        json_builder_set_member_name(json, "steps");
    }
    json_builder_begin_array(json);
    return json;
}

static void end_json(const struct cli *cli, JsonBuilder *json) {
    json_builder_end_array(json);
    if (cli->dry_run)
        json_builder_end_object(json);
    output_builder(json, FALSE);
}

static int on_guests(struct cli *cli) {
    GError *error = NULL;
    int status = 0;
    if (cli->operands[0] == NULL) {
        g_autofree char *usage = g_strdup_printf("innkeep %s %s", cli->action->name, cli->action->synopsis);
        error_set(&error, INNKEEP_ERROR_USAGE, usage, "%s: which guest?", cli->action->name);
        return output_fail(cli, error);
    }
    if (!cli_check_change(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(JsonBuilder) json = cli->json ? begin_json(cli) : NULL;
    struct results results = {.json = json, .several = cli->operands[1] != NULL};
    g_autoptr(GPtrArray) guests = find_guests(cli, &results, &status);
    int acted = act_on(cli, guests, &results);
    status = status != 0 ? status : acted;
    if (json != NULL && results.ran && (status == 0 || results.several))
        end_json(cli, json);
    return status;
}

int command_start(struct cli *cli) {
    return on_guests(cli);
}

int command_shutdown(struct cli *cli) {
    return on_guests(cli);
}

int command_reboot(struct cli *cli) {
    return on_guests(cli);
}

int command_reset(struct cli *cli) {
    return on_guests(cli);
}

int command_poweroff(struct cli *cli) {
    return on_guests(cli);
}

int command_pause(struct cli *cli) {
    return on_guests(cli);
}

int command_resume(struct cli *cli) {
    return on_guests(cli);
}

int command_save(struct cli *cli) {
    return on_guests(cli);
}

int command_delete(struct cli *cli) {
    return on_guests(cli);
}

int command_wait(struct cli *cli) {
    GError *error = NULL;
    if (cli_one_operand(cli, &error) && !cli_given(cli, PARAM_for))
        error_set(&error, INNKEEP_ERROR_USAGE,
                  "innkeep wait GUEST --for running|address|agent|cloud-init|22/tcp|stopped",
                  "wait: for what?");
    return error != NULL ? output_fail(cli, error) : on_guests(cli);
}
