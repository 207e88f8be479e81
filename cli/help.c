/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#include "build-info.h"
#include "cli/help.h"
#include "config/error.h"

static void print_globals(void) {
    printf("\nOptions:\n");
    for (int i = 0; global_options[i].name != NULL; i++) {
        const struct global_option *option = &global_options[i];
        g_autofree char *letter =
            option->letter == 0 ? g_strdup("    ") : g_strdup_printf("-%c, ", option->letter);
        g_autofree char *name = g_strdup_printf("--%s%s%s", option->name, option->metavar == NULL ? "" : " ",
                                                option->metavar == NULL ? "" : option->metavar);
        printf("  %s%-26s %s\n", letter, name, option->help);
    }
}

void help_print(void) {
    printf("innkeep, a terminal console for one KVM host\n\n"
           "  innkeep [OPTION...]                   the console\n"
           "  innkeep [OPTION...] COMMAND [ARG...]  one action\n\nCommands:\n");
    for (int i = 0; i < ACTION_COUNT; i++) {
        if ((actions[i].flags & ACTION_CLI) == 0)
            continue;
        g_autofree char *usage = g_strdup_printf("%s %s", actions[i].name, actions[i].synopsis);
        printf("  %-28s %s\n", usage, actions[i].help);
    }
    print_globals();
    printf("\ninnkeep COMMAND --help tells of one command; innkeep(1) tells all.\n");
}

void help_print_command(const struct action *action) {
    printf("innkeep %s %s\n\n  %s\n", action->name, action->synopsis, action->help);
    if (action->alias != NULL)
        printf("  alias: %s\n", action->alias);
    if (action->keys != NULL)
        printf("  key in the console: %s\n", action->keys);
    if (action->params != 0)
        printf("\nOptions:\n");
    for (int i = 0; i < PARAM_COUNT; i++) {
        if ((action->params & PARAM_BIT(i)) == 0)
            continue;
        g_autofree char *name =
            g_strdup_printf("--%s%s%s", params[i].name, params[i].metavar == NULL ? "" : " ",
                            params[i].metavar == NULL ? "" : params[i].metavar);
        printf("  %-24s %s\n", name, params[i].help);
    }
    printf("\nThe options of innkeep itself are told by innkeep --help.\n");
}

int command_help(struct cli *cli) {
    if (cli->operands[0] == NULL) {
        help_print();
        return 0;
    }
    g_autofree char *name = g_strjoinv(" ", cli->operands);
    const struct action *action = action_by_name(name);
    if (action == NULL || (action->flags & ACTION_CLI) == 0) {
        GError *error = NULL;
        arguments_unknown_command(name, &error);
        return output_fail(cli, error);
    }
    help_print_command(action);
    return 0;
}
