/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/results.h"

#include <string.h>

#include "config/error.h"

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
            results_missing(cli, results, cli->operands[i], error);
            *status = *status == 0 ? error_exit_status(error) : *status;
        } else if (!g_ptr_array_find_with_equal_func(guests, guest, same_guest, NULL)) {
            g_ptr_array_add(guests, g_steal_pointer(&guest));
        }
    }
    return guests;
}

static int act_on(struct cli *cli, GPtrArray *guests, struct results *results) {
    g_autoptr(GPtrArray) requests = g_ptr_array_new();
    g_autoptr(GString) question = g_string_new(cli->action->name);
    for (guint i = 0; i < guests->len; i++) {
        const struct guest *guest = g_ptr_array_index(guests, i);
        g_ptr_array_add(requests, cli_request(cli, guest));
        g_string_append_printf(question, "%s '%s'", i == 0 ? "" : ",", guest->name);
    }
    g_string_append_c(question, '?');
    return results_run(cli, results, requests, question->str);
}

static int on_guests(struct cli *cli) {
    GError *error = NULL;
    struct results results;
    int status = 0;
    if (cli->operands[0] == NULL) {
        g_autofree char *usage = g_strdup_printf("innkeep %s %s", cli->action->name, cli->action->synopsis);
        error_set(&error, INNKEEP_ERROR_USAGE, usage, "%s: which guest?", cli->action->name);
        return output_fail(cli, error);
    }
    if (!cli_check_change(cli, &error) || !cli_connect(cli, &error))
        return output_fail(cli, error);
    results_begin(cli, &results, cli->operands[1] != NULL);
    g_autoptr(GPtrArray) guests = find_guests(cli, &results, &status);
    int acted = act_on(cli, guests, &results);
    status = status != 0 ? status : acted;
    results_end(cli, &results, status);
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

int command_freeze(struct cli *cli) {
    return on_guests(cli);
}

int command_thaw(struct cli *cli) {
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
