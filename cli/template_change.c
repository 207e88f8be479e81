/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/results.h"

#include <stdio.h>
#include <string.h>

#include "config/error.h"
#include "core/base/text.h"
#include "core/template/catalogue.h"

static gboolean usage(const struct cli *cli, const char *what, GError **error) {
    g_autofree char *hint = g_strdup_printf("innkeep %s %s", cli->action->name, cli->action->synopsis);
    error_set(error, INNKEEP_ERROR_USAGE, hint, "%s: %s", cli->action->name, what);
    return FALSE;
}

static struct request *request_for(struct cli *cli, const char *name) {
    struct request *request = cli_request(cli, NULL);
    request->name = g_strdup(name);
    return request;
}

static gboolean begin(struct cli *cli, GError **error) {
    return cli_check_change(cli, error) && cli_connect(cli, error);
}

/* ---- one ---- */

static int run_one(struct cli *cli, struct request *request) {
    struct results results;
    g_autoptr(GPtrArray) requests = g_ptr_array_new();
    g_ptr_array_add(requests, request);
    results_begin(cli, &results, FALSE);
    int status = results_run(cli, &results, requests, NULL);
    results_end(cli, &results, status);
    return status;
}

int command_template_fetch(struct cli *cli) {
    GError *error = NULL;
    if (!cli_one_operand(cli, &error) || !begin(cli, &error))
        return output_fail(cli, error);
    return run_one(cli, request_for(cli, cli->operands[0]));
}

/* A guest, or its disk, becomes the template. */
static int run_guest(struct cli *cli, const char *guest_name, const char *name) {
    GError *error = NULL;
    if (!begin(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) guest = cli_guest(cli, guest_name, &error);
    if (guest == NULL)
        return output_fail(cli, error);
    struct request *request = cli_request(cli, guest);
    g_free(request->new_name);
    request->new_name = g_strdup(name);
    return run_one(cli, request);
}

int command_template_publish(struct cli *cli) {
    GError *error = NULL;
    if (g_strv_length(cli->operands) == 2)
        return run_guest(cli, cli->operands[0], cli->operands[1]);
    usage(cli, "which guest, and by what name?", &error);
    return output_fail(cli, error);
}

int command_template_import(struct cli *cli) {
    GError *error = NULL;
    gboolean of_guest = cli_given(cli, PARAM_guest);
    if (g_strv_length(cli->operands) != (of_guest ? 1 : 2))
        usage(cli, of_guest ? "by what name?" : "which file, and by what name?", &error);
    else if (!of_guest && cli_given(cli, PARAM_storage))
        usage(cli, "--storage names a disk of --guest", &error);
    if (error != NULL)
        return output_fail(cli, error);
    if (of_guest)
        return run_guest(cli, cli->texts[PARAM_guest], cli->operands[0]);
    if (!begin(cli, &error))
        return output_fail(cli, error);
    struct request *request = request_for(cli, cli->operands[1]);
    request->file = g_strdup(cli->operands[0]);
    return run_one(cli, request);
}

/* ---- several ---- */

int command_template_delete(struct cli *cli) {
    GError *error = NULL;
    struct results results;
    gboolean unused = cli_given(cli, PARAM_unused);
    if (cli->operands[0] == NULL && !unused)
        usage(cli, "which template?", &error);
    if (error != NULL || !begin(cli, &error))
        return output_fail(cli, error);
    g_autoptr(GPtrArray) requests = g_ptr_array_new();
    g_autofree char *names = g_strjoinv("', '", cli->operands);
    g_autofree char *question =
        unused ? g_strdup("delete the images of earlier versions that no guest stands on?")
               : g_strdup_printf("delete template '%s'?", names);
    for (char **name = cli->operands; *name != NULL; name++)
        g_ptr_array_add(requests, request_for(cli, *name));
    if (requests->len == 0)
        g_ptr_array_add(requests, request_for(cli, NULL));
    results_begin(cli, &results, requests->len > 1);
    int status = results_run(cli, &results, requests, question);
    results_end(cli, &results, status);
    return status;
}

/* ---- verify ---- */

struct names {
    GPtrArray *ready; /* char * */
    GError *error;
    gboolean ended;
};

static void take_names(GPtrArray *templates, const GError *error, gpointer data) {
    struct names *names = data;
    names->ended = TRUE;
    names->error = error == NULL ? NULL : g_error_copy(error);
    for (guint i = 0; templates != NULL && i < templates->len; i++) {
        const struct template_info *info = g_ptr_array_index(templates, i);
        if (info->ready)
            g_ptr_array_add(names->ready, g_strdup(info->name));
    }
}

/* Those that were named, else all that are ready; NULL and an error. The caller's. */
static GPtrArray *which(struct cli *cli, GError **error) {
    struct names names = {.ready = g_ptr_array_new_with_free_func(g_free)};
    for (char **name = cli->operands; *name != NULL; name++)
        g_ptr_array_add(names.ready, g_strdup(*name));
    if (names.ready->len == 0) {
        catalogue_request(&cli->engine, FALSE, take_names, &names);
        if (!cli_wait(&names.ended, 0))
            error_set(&names.error, INNKEEP_ERROR_INTERRUPTED, NULL, "template verify: interrupted");
    }
    if (names.error == NULL)
        return names.ready;
    g_propagate_error(error, names.error);
    g_ptr_array_unref(names.ready);
    return NULL;
}

/* "ok", "wrong", "unknown": no checksum was kept, or it could not be read. */
static void print_check(struct cli *cli, const struct request *request, const struct outcome *outcome,
                        const GError *error, gpointer data) {
    JsonBuilder *json = data;
    gboolean wrong = error != NULL && error_exit_status(error) == INNKEEP_ERROR_WRONG;
    const char *detail = error != NULL ? error->message : outcome->note;
    if (json != NULL) {
        json_builder_begin_object(json);
        member_string(json, "name", request->name);
        json_builder_set_member_name(json, "ok");
        if (wrong || (error == NULL && outcome->note == NULL))
            json_builder_add_boolean_value(json, !wrong);
        else
            json_builder_add_null_value(json);
        member_string(json, "detail", detail);
        json_builder_end_object(json);
    } else if (error != NULL && !wrong) {
        output_error(cli, error);
    } else {
        g_autofree char *safe = detail == NULL ? NULL : text_safe(detail, 2000, FALSE);
        printf("%-20s ", request->name);
        output_painted(cli,
                       wrong          ? "wrong"
                       : safe == NULL ? "ok"
                                      : "unknown",
                       wrong          ? PAINT_BAD
                       : safe == NULL ? PAINT_GOOD
                                      : PAINT_MIDDLING);
        printf("%s%s\n", safe == NULL ? "" : "  ", safe == NULL ? "" : safe);
    }
}

int command_template_verify(struct cli *cli) {
    GError *error = NULL;
    g_autoptr(GPtrArray) names = cli_connect(cli, &error) ? which(cli, &error) : NULL;
    if (names == NULL)
        return output_fail(cli, error);
    g_autoptr(JsonBuilder) json = cli->json ? json_builder_new() : NULL;
    g_autoptr(GPtrArray) requests = g_ptr_array_new();
    for (guint i = 0; i < names->len; i++)
        g_ptr_array_add(requests, request_for(cli, g_ptr_array_index(names, i)));
    if (json != NULL)
        json_builder_begin_array(json);
    int status = cli_run(cli, requests, print_check, json);
    if (json != NULL) {
        json_builder_end_array(json);
        output_builder(json, FALSE);
    }
    return status;
}
