/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#include "config/error.h"

/* Scripts that complete commands and options from the tables, and guests by asking the program. */

static void print_words(const char *separator) {
    for (int i = 0; i < ACTION_COUNT; i++)
        if ((actions[i].flags & ACTION_CLI) != 0 && strchr(actions[i].name, ' ') == NULL)
            printf("%s%s", actions[i].name, separator);
    printf("template");
}

static void print_options(const char *separator) {
    for (int i = 0; global_options[i].name != NULL; i++)
        printf("--%s%s", global_options[i].name, separator);
    for (int i = 0; i < PARAM_COUNT; i++)
        printf("--%s%s", params[i].name, separator);
}

static void bash(void) {
    printf("_innkeep() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} IFS=$'\\n'\n"
           "    if [[ $word == -* ]]; then\n"
           "        COMPREPLY=($(compgen -W \"$(printf '%%s\\n' ");
    print_options(" ");
    printf(")\" -- \"$word\"))\n"
           "    elif ((COMP_CWORD == 1)); then\n"
           "        COMPREPLY=($(compgen -W \"$(printf '%%s\\n' ");
    print_words(" ");
    printf(")\" -- \"$word\"))\n"
           "    elif [[ ${COMP_WORDS[1]} == template && $COMP_CWORD -eq 2 ]]; then\n"
           "        COMPREPLY=($(compgen -W $'list\\nshow\\nbuild' -- \"$word\"))\n"
           "    else\n"
           "        COMPREPLY=($(compgen -W \"$(innkeep list --no-headers 2>/dev/null | cut -f1)\" -- "
           "\"$word\"))\n"
           "    fi\n"
           "}\n"
           "complete -F _innkeep innkeep\n");
}

static void zsh(void) {
    printf("#compdef innkeep\n"
           "_innkeep() {\n"
           "    local -a names\n"
           "    if [[ $words[CURRENT] == -* ]]; then\n"
           "        names=(");
    print_options(" ");
    printf(")\n    elif ((CURRENT == 2)); then\n        names=(");
    print_words(" ");
    printf(")\n"
           "    elif [[ $words[2] == template && CURRENT -eq 3 ]]; then\n"
           "        names=(list show build)\n"
           "    else\n"
           "        names=(\"${(@f)$(innkeep list --no-headers 2>/dev/null | cut -f1)}\")\n"
           "    fi\n"
           "    compadd -a names\n"
           "}\n"
           "compdef _innkeep innkeep\n");
}

static void fish(void) {
    printf("complete -c innkeep -f\n"
           "complete -c innkeep -n __fish_use_subcommand -a '");
    print_words(" ");
    printf("'\n"
           "complete -c innkeep -n '__fish_seen_subcommand_from template' -a 'list show build'\n"
           "complete -c innkeep -n 'not __fish_use_subcommand; and not __fish_seen_subcommand_from template' "
           "-a '(innkeep list --no-headers 2>/dev/null | cut -f1)'\n");
    for (int i = 0; global_options[i].name != NULL; i++)
        printf("complete -c innkeep -l %s%s\n", global_options[i].name,
               global_options[i].metavar == NULL ? "" : " -r");
    for (int i = 0; i < PARAM_COUNT; i++)
        printf("complete -c innkeep -l %s%s\n", params[i].name, params[i].metavar == NULL ? "" : " -r");
}

int command_completion(struct cli *cli) {
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    GError *error = NULL;
    for (gsize i = 0; cli->operands[0] != NULL && i < G_N_ELEMENTS(shells); i++)
        if (strcmp(shells[i].shell, cli->operands[0]) == 0) {
            shells[i].print();
            return 0;
        }
    error_set(&error, INNKEEP_ERROR_USAGE, "innkeep completion bash|zsh|fish",
              "completion: for which shell?");
    return output_fail(cli, error);
}
