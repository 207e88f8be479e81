/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#include "config/error.h"
#include "core/base/text.h"
#include "core/longjob/client.h"
#include "core/provision/catalogue.h"

/* Scripts that complete commands and options from the tables, and guests by asking the program. */

/* The first word of a command of two, "template" of "template list"; NULL of one word. The caller's. */
static char *group_of(const struct action *action) {
    const char *space = strchr(action->name, ' ');
    return (action->flags & ACTION_CLI) == 0 || space == NULL
               ? NULL
               : g_strndup(action->name, (gsize)(space - action->name));
}

/* Those first words, each once; the caller's array of strings. */
static GPtrArray *groups(void) {
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < ACTION_COUNT; i++) {
        g_autofree char *group = group_of(&actions[i]);
        if (group != NULL && !g_ptr_array_find_with_equal_func(found, group, g_str_equal, NULL))
            g_ptr_array_add(found, g_steal_pointer(&group));
    }
    return found;
}

/* The second words of a group: "list show build"; the caller's. */
static char *words_of(const char *wanted) {
    g_autoptr(GString) words = g_string_new(NULL);
    for (int i = 0; i < ACTION_COUNT; i++) {
        g_autofree char *group = group_of(&actions[i]);
        if (g_strcmp0(group, wanted) == 0)
            g_string_append_printf(words, "%s%s", words->len == 0 ? "" : " ",
                                   strchr(actions[i].name, ' ') + 1);
    }
    return g_strdup(words->str);
}

static void print_words(const char *separator) {
    g_autoptr(GPtrArray) found = groups();
    for (int i = 0; i < ACTION_COUNT; i++)
        if ((actions[i].flags & ACTION_CLI) != 0 && strchr(actions[i].name, ' ') == NULL)
            printf("%s%s", actions[i].name, separator);
    for (guint i = 0; i < found->len; i++)
        printf("%s%s", i == 0 ? "" : separator, (const char *)g_ptr_array_index(found, i));
}

/* For each group: before, its name, between, its words, after. */
static void print_groups(const char *before, const char *between, const char *after) {
    g_autoptr(GPtrArray) found = groups();
    for (guint i = 0; i < found->len; i++) {
        g_autofree char *words = words_of(g_ptr_array_index(found, i));
        printf("%s%s%s%s%s", before, (const char *)g_ptr_array_index(found, i), between, words, after);
    }
}

static void print_options(const char *separator) {
    for (int i = 0; global_options[i].name != NULL; i++)
        printf("--%s%s", global_options[i].name, separator);
    for (int i = 0; i < PARAM_COUNT; i++)
        printf("--%s%s", params[i].name, separator);
}

/* compgen -W expands its words as the shell does, so that a guest named $(id) would be run: names are
 * compared as data and quoted. */
static void bash(void) {
    printf(
        "_innkeep() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} first=1 name names=()\n"
        "    COMPREPLY=()\n"
        "    while [[ $first -lt $COMP_CWORD && ${COMP_WORDS[first]} == -* ]]; do\n"
        "        case ${COMP_WORDS[first]} in -c|--connect|--config|--color) first=$((first + 1)) ;; esac\n"
        "        first=$((first + 1))\n"
        "    done\n"
        "    local at=$((COMP_CWORD - first))\n"
        "    if [[ $word == -* ]]; then\n"
        "        names=(");
    print_options(" ");
    printf(")\n    elif ((at == 0)); then\n        names=(");
    print_words(" ");
    printf(")\n");
    print_groups("    elif [[ ${COMP_WORDS[first]} == ", " && $at -eq 1 ]]; then\n        names=(", ")\n");
    printf("    elif [[ ${COMP_WORDS[first]} == job || ( ${COMP_WORDS[first]} == template && "
           "( ${COMP_WORDS[first + 1]} != publish || $at -gt 2 ) ) ]]; then\n"
           "        mapfile -t names < <(innkeep completion \"${COMP_WORDS[first]}s\" 2>/dev/null)\n"
           "    else\n"
           "        mapfile -t names < <(innkeep completion guests 2>/dev/null)\n"
           "    fi\n"
           "    for name in \"${names[@]}\"; do\n"
           "        [[ $name == \"$word\"* ]] && COMPREPLY+=(\"$(printf %%q \"$name\")\")\n"
           "    done\n"
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
    printf(")\n");
    print_groups("    elif [[ $words[2] == ", " && CURRENT -eq 3 ]]; then\n        names=(", ")\n");
    printf("    elif [[ $words[2] == job || ( $words[2] == template && "
           "( $words[3] != publish || CURRENT -gt 4 ) ) ]]; then\n"
           "        names=(\"${(@f)$(innkeep completion \"${words[2]}s\" 2>/dev/null)}\")\n"
           "    else\n"
           "        names=(\"${(@f)$(innkeep completion guests 2>/dev/null)}\")\n"
           "    fi\n"
           "    compadd -a names\n"
           "}\n"
           "compdef _innkeep innkeep\n");
}

static void fish(void) {
    printf("complete -c innkeep -f\n"
           "complete -c innkeep -n __fish_use_subcommand -a '");
    print_words(" ");
    printf("'\n");
    print_groups("complete -c innkeep -n '__fish_seen_subcommand_from ", "' -a '", "'\n");
    printf("complete -c innkeep -n '__fish_seen_subcommand_from template; and not "
           "__fish_seen_subcommand_from publish' -a '(innkeep completion templates 2>/dev/null)'\n"
           "complete -c innkeep -n '__fish_seen_subcommand_from job' "
           "-a '(innkeep completion jobs 2>/dev/null)'\n"
           "complete -c innkeep -n 'not __fish_use_subcommand; and begin; not __fish_seen_subcommand_from "
           "template job; or __fish_seen_subcommand_from publish; end' "
           "-a '(innkeep completion guests 2>/dev/null)'\n");
    for (int i = 0; global_options[i].name != NULL; i++)
        printf("complete -c innkeep -l %s%s\n", global_options[i].name,
               global_options[i].metavar == NULL ? "" : " -r");
    for (int i = 0; i < PARAM_COUNT; i++)
        printf("complete -c innkeep -l %s%s\n", params[i].name, params[i].metavar == NULL ? "" : " -r");
}

/* Exact names, one a line, for the scripts above; a name that a line cannot hold or nobody can type is left
 * out. */
static void print_name(const char *name) {
    gboolean plain = g_utf8_validate(name, -1, NULL);
    for (const char *at = name; plain && *at != '\0'; at = g_utf8_next_char(at))
        plain = text_drawable(g_utf8_get_char(at));
    if (plain)
        printf("%s\n", name);
}

static int print_guests(struct cli *cli) {
    GError *error = NULL;
    if (!cli_connect(cli, &error))
        return output_fail(cli, error);
    g_autoptr(snapshot_t) snapshot = host_snapshot(cli->engine.host);
    for (guint i = 0; i < snapshot->guests->len; i++)
        print_name(((const struct guest *)g_ptr_array_index(snapshot->guests, i))->name);
    return 0;
}

static void templates_told(GPtrArray *templates, const GError *error, gpointer data) {
    for (guint i = 0; templates != NULL && i < templates->len; i++)
        print_name(((const struct template_info *)g_ptr_array_index(templates, i))->name);
    *(gboolean *)data = TRUE;
}

static int print_templates(struct cli *cli) {
    GError *error = NULL;
    gboolean ended = FALSE;
    if (!cli_connect(cli, &error))
        return output_fail(cli, error);
    catalogue_request(&cli->engine, templates_told, &ended);
    return cli_wait(&ended, 0) ? 0 : INNKEEP_ERROR_INTERRUPTED;
}

static int print_jobs(void) {
    g_autoptr(GPtrArray) ids = job_client_ids();
    for (guint i = 0; i < ids->len; i++)
        print_name(g_ptr_array_index(ids, i));
    return 0;
}

int command_completion(struct cli *cli) {
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    GError *error = NULL;
    if (g_strcmp0(cli->operands[0], "guests") == 0)
        return print_guests(cli);
    if (g_strcmp0(cli->operands[0], "templates") == 0)
        return print_templates(cli);
    if (g_strcmp0(cli->operands[0], "jobs") == 0)
        return print_jobs();
    for (gsize i = 0; cli->operands[0] != NULL && i < G_N_ELEMENTS(shells); i++)
        if (strcmp(shells[i].shell, cli->operands[0]) == 0) {
            shells[i].print();
            return 0;
        }
    error_set(&error, INNKEEP_ERROR_USAGE, "innkeep completion bash|zsh|fish",
              "completion: for which shell?");
    return output_fail(cli, error);
}
