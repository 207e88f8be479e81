/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#include "config/error.h"
#include "core/base/text.h"
#include "core/guest/wait.h"
#include "core/provision/create_check.h"

/* What was made, kept until it is printed: the outcome goes with its job. */
struct making {
    GPtrArray *made; /* struct made, copies without steps */
    JsonBuilder *json;
};

static void free_copy(gpointer data) {
    struct made *made = data;
    g_free(made->name);
    g_free(made->uuid);
    g_free(made);
}

static void add_made(JsonBuilder *builder, const struct made *made) {
    json_builder_begin_object(builder);
    member_string(builder, "name", made->name);
    member_string(builder, "uuid", made->uuid);
    member_string(builder, "console_user", made->user);
    member_string(builder, "console_password", made->password);
    json_builder_set_member_name(builder, "steps");
    json_builder_begin_array(builder);
    for (guint i = 0; i < made->steps->len; i++) {
        const struct step *step = g_ptr_array_index(made->steps, i);
        json_builder_begin_object(builder);
        member_string(builder, "step", step->step);
        json_builder_set_member_name(builder, "seconds");
        if (isnan(step->seconds))
            json_builder_add_null_value(builder);
        else
            json_builder_add_double_value(builder, round(step->seconds * 1000) / 1000);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
}

/* On stderr, so that names alone are on stdout; quiet or not, since it is told this once. */
static void tell_password(const struct made *made) {
    g_autofree char *name = text_safe(made->name, 300, FALSE);
    if (made->password != NULL)
        fprintf(stderr, "%s: on its console log in as %s with the password %s (shown only now)\n", name,
                made->user, made->password);
}

static void note_made(struct cli *cli, const struct request *request, const struct outcome *outcome,
                      const GError *error, gpointer data) {
    struct making *making = data;
    if (error != NULL) {
        output_error(cli, error);
        return;
    }
    if (cli->dry_run) {
        output_plan(cli, outcome);
        return;
    }
    if (outcome->message != NULL && !cli->quiet && outcome->made->len == 0 && !cli->json) {
        g_autofree char *message = text_safe(outcome->message, 2000, FALSE);
        printf("%s\n", message);
    }
    if (outcome->note != NULL && !cli->quiet) {
        g_autofree char *note = text_safe(outcome->note, 2000, FALSE);
        fprintf(stderr, "note: %s\n", note);
    }
    for (guint i = 0; i < outcome->made->len; i++) {
        const struct made *made = g_ptr_array_index(outcome->made, i);
        struct made *copy = g_new0(struct made, 1);
        copy->name = g_strdup(made->name);
        copy->uuid = g_strdup(made->uuid);
        g_ptr_array_add(making->made, copy);
        add_made(making->json, made);
        if (!cli->json)
            tell_password(made);
    }
}

static void note_wait(struct cli *cli, const struct request *request, const struct outcome *outcome,
                      const GError *error, gpointer data) {
    if (error != NULL)
        output_error(cli, error);
}

static gboolean is_listed(struct cli *cli, const GPtrArray *made) {
    g_autoptr(snapshot_t) snapshot = host_snapshot(cli->engine.host);
    for (guint i = 0; i < made->len; i++)
        if (snapshot_guest(snapshot, ((struct made *)made->pdata[i])->uuid) == NULL)
            return FALSE;
    return TRUE;
}

struct listing {
    struct cli *cli;
    const GPtrArray *made;
    gboolean there;
};

static void look(gpointer data) {
    struct listing *listing = data;
    listing->there = is_listed(listing->cli, listing->made);
}

/* New guests reach the snapshot by an event; only then can they be waited for. */
static int wait_for_made(struct cli *cli, const GPtrArray *made) {
    struct listing listing = {.cli = cli, .made = made};
    look(&listing);
    host_subscribe(cli->engine.host, look, &listing);
    if (!listing.there)
        cli_wait(&listing.there, 10000);
    host_unsubscribe(cli->engine.host, &listing);
    g_autoptr(GPtrArray) requests = g_ptr_array_new();
    for (guint i = 0; i < made->len; i++) {
        const struct made *one = g_ptr_array_index(made, i);
        struct request *request = cli_request(cli, NULL);
        request->action = ACTION_wait;
        request->uuid = g_strdup(one->uuid);
        request->name = g_strdup(one->name);
        g_ptr_array_add(requests, request);
    }
    return cli_run(cli, requests, note_wait, NULL);
}

/* What was made, as making notes it, is told once the requests (taken) are done. */
static int make_all(struct cli *cli, GPtrArray *requests, struct making *noted) {
    struct making making = *noted;
    int status = requests->len == 0 ? 0 : cli_run(cli, requests, note_made, &making);
    json_builder_end_array(making.json);
    if (!cli->dry_run && status == 0 && cli->json)
        output_builder(making.json, FALSE);
    for (guint i = 0; i < making.made->len && !cli->json; i++) {
        g_autofree char *name = text_safe(((struct made *)making.made->pdata[i])->name, 300, FALSE);
        printf("%s\n", name);
    }
    fflush(stdout);
    if (status == 0 && cli_given(cli, PARAM_wait) && !cli->dry_run)
        status = wait_for_made(cli, making.made);
    g_ptr_array_unref(making.made);
    g_object_unref(making.json);
    return status;
}

static struct making making_new(void) {
    struct making making = {.made = g_ptr_array_new_with_free_func(free_copy), .json = json_builder_new()};
    json_builder_begin_array(making.json);
    return making;
}

static int make(struct cli *cli, struct request *request) {
    struct making making = making_new();
    g_autoptr(GPtrArray) requests = g_ptr_array_new();
    g_ptr_array_add(requests, request);
    return make_all(cli, requests, &making);
}

/* --if-missing of a guest that is there: told as one that was made, without steps. */
static int leave(struct cli *cli, const struct guest *guest) {
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(outcome_t) outcome = outcome_new();
    struct making making = making_new();
    if (!cli->quiet) {
        g_autofree char *safe = text_safe(guest->name, 300, FALSE);
        fprintf(stderr, "%s: is there already\n", safe);
    }
    if (cli->dry_run) {
        output_plan(cli, outcome);
    } else {
        g_ptr_array_add(outcome->made, made_new(guest->name, guest->uuid));
        note_made(cli, NULL, outcome, NULL, &making);
    }
    return make_all(cli, none, &making);
}

static struct guest *guest_there(struct cli *cli, const char *name) {
    g_autoptr(snapshot_t) snapshot = host_snapshot(cli->engine.host);
    for (guint i = 0; i < snapshot->guests->len; i++) {
        struct guest *guest = g_ptr_array_index(snapshot->guests, i);
        if (strcmp(guest->name, name) == 0)
            return guest_ref(guest);
    }
    return NULL;
}

static gboolean check(struct cli *cli, struct request *request, GError **error) {
    if (cli_given(cli, PARAM_if_missing) && (request->new_name == NULL || cli_given(cli, PARAM_count))) {
        error_set(error, INNKEEP_ERROR_USAGE, "innkeep create NAME -t TEMPLATE --if-missing",
                  "create: --if-missing is of one guest, by its name");
        return FALSE;
    }
    if (request->template_name == NULL && !create_is_blank(request)) {
        error_set(error, INNKEEP_ERROR_USAGE, "innkeep template list",
                  "create: of what? give -t TEMPLATE, --iso, --import, --pxe or --kernel");
        return FALSE;
    }
    enum firmware firmware;
    if (request->firmware != NULL && !firmware_parse(request->firmware, &firmware, error)) {
        g_prefix_error(error, "--firmware: ");
        return FALSE;
    }
    return create_check(request, error);
}

int command_create(struct cli *cli) {
    GError *error = NULL;
    if (cli->operands[0] != NULL && cli->operands[1] != NULL)
        error_set(&error, INNKEEP_ERROR_USAGE, "innkeep create [NAME] -t TEMPLATE", "create takes one name");
    else if (cli_given(cli, PARAM_wait) && wait_check_word(cli->texts[PARAM_wait], &error) &&
             cli_given(cli, PARAM_no_start) && strcmp(cli->texts[PARAM_wait], "stopped") != 0)
        error_set(&error, INNKEEP_ERROR_USAGE, NULL, "--wait %s waits for ever with --no-start",
                  cli->texts[PARAM_wait]);
    g_autoptr(request_t) request = cli_request(cli, NULL);
    request->new_name = g_strdup(cli->operands[0]);
    if (error != NULL || !check(cli, request, &error) || !cli_check_change(cli, &error) ||
        !cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) there = cli_given(cli, PARAM_if_missing) ? guest_there(cli, request->new_name) : NULL;
    return there != NULL ? leave(cli, there) : make(cli, g_steal_pointer(&request));
}

int command_clone(struct cli *cli) {
    GError *error = NULL;
    guint count = g_strv_length(cli->operands);
    if (count < 1 || count > 2)
        error_set(&error, INNKEEP_ERROR_USAGE, "innkeep clone SOURCE [NAME]",
                  "clone takes a source and, if you like, a name");
    else if (cli_given(cli, PARAM_linked) && cli_given(cli, PARAM_full))
        error_set(&error, INNKEEP_ERROR_USAGE, NULL, "--linked and --full exclude each other");
    else if (cli_given(cli, PARAM_start) && cli_given(cli, PARAM_no_start))
        error_set(&error, INNKEEP_ERROR_USAGE, NULL, "--start and --no-start exclude each other");
    if (error != NULL || !cli_check_change(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(guest_t) guest = cli_guest(cli, cli->operands[0], NULL);
    struct request *request = cli_request(cli, guest);
    if (guest == NULL)
        request->template_name = g_strdup(cli->operands[0]);
    request->new_name = g_strdup(cli->operands[1]);
    return make(cli, request);
}

int command_template_build(struct cli *cli) {
    GError *error = NULL;
    if (!cli_one_operand(cli, &error) || !cli_check_change(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    struct request *request = cli_request(cli, NULL);
    request->template_name = g_strdup(cli->operands[0]);
    return make(cli, request);
}
