/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#include "cli/shims.h"
#include "config/error.h"

int command_completion(struct cli *cli) {
    static const struct {
        const char *shell, *shim;
    } shells[] = {{"bash", SHIM_BASH}, {"zsh", SHIM_ZSH}, {"fish", SHIM_FISH}};
    GError *error = NULL;
    for (gsize i = 0; cli->operands[0] != NULL && cli->operands[1] == NULL && i < G_N_ELEMENTS(shells); i++)
        if (strcmp(shells[i].shell, cli->operands[0]) == 0) {
            fputs(shells[i].shim, stdout);
            return 0;
        }
    error_set(&error, INNKEEP_ERROR_USAGE, "innkeep completion bash|zsh|fish",
              "completion: for which shell?");
    return output_fail(cli, error);
}
