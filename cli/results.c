/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/results.h"

#include <stdio.h>

#include "config/error.h"
#include "core/base/text.h"

static void add_json(JsonBuilder *builder, const char *name, const GError *error) {
    json_builder_begin_object(builder);
    member_string(builder, "name", name);
    member_boolean(builder, "ok", error == NULL);
    member_string(builder, "error", error == NULL ? NULL : error->message);
    json_builder_end_object(builder);
}

/* One target's result. A single failure is told as an error; of several each has its line. */
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

static gboolean needs_answer(const struct cli *cli) {
    /* The command line asks only before what cannot be taken back; a script's `shutdown` is meant. */
    return cli->action->confirm == CONFIRM_DESTRUCTIVE && !cli->dry_run;
}

/* Before the question about a deletion, everything that would go and stay is listed; for a person. */
static int show_plan(struct cli *cli, const GPtrArray *requests) {
    struct results results = {.several = requests->len > 1};
    if (!needs_answer(cli) || cli->yes || cli->json)
        return 0;
    g_autoptr(GPtrArray) plans = g_ptr_array_new();
    for (guint i = 0; i < requests->len; i++) {
        struct request *plan = request_copy(g_ptr_array_index(requests, i));
        plan->dry_run = TRUE;
        g_ptr_array_add(plans, plan);
    }
    return cli_run(cli, plans, print_result, &results);
}

static gboolean may(struct cli *cli, const GPtrArray *requests, const char *question, int *status) {
    GError *error = NULL;
    if (requests->len == 0)
        return TRUE;
    *status = show_plan(cli, requests);
    if (*status != 0)
        return FALSE;
    if (!needs_answer(cli) || cli_confirm(cli, question, &error))
        return TRUE;
    *status = output_fail(cli, error);
    return FALSE;
}

static void free_request(gpointer request, gpointer data) {
    request_free(request);
}

int results_run(struct cli *cli, struct results *results, GPtrArray *requests, const char *question) {
    int status = 0;
    if (!may(cli, requests, question, &status)) {
        g_ptr_array_foreach(requests, free_request, NULL);
        return status;
    }
    results->ran = TRUE;
    return cli_run(cli, requests, print_result, results);
}

void results_begin(const struct cli *cli, struct results *results, gboolean several) {
    *results = (struct results){.json = cli->json ? json_builder_new() : NULL, .several = several};
    if (results->json == NULL)
        return;
    if (cli->dry_run) {
        json_builder_begin_object(results->json);
        json_builder_set_member_name(results->json, "steps");
    }
    json_builder_begin_array(results->json);
}

void results_missing(const struct cli *cli, struct results *results, const char *name, const GError *error) {
    if (results->json != NULL && results->several && !cli->dry_run)
        add_json(results->json, name, error);
    else
        output_error(cli, error);
}

void results_end(const struct cli *cli, struct results *results, int status) {
    if (results->json != NULL && results->ran && (status == 0 || results->several)) {
        json_builder_end_array(results->json);
        if (cli->dry_run)
            json_builder_end_object(results->json);
        output_builder(results->json, FALSE);
    }
    g_clear_object(&results->json);
}
