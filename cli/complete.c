/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/complete.h"

#include <stdio.h>
#include <string.h>

#include "cli/complete_line.h"
#include "cli/complete_values.h"
#include "config/error.h"
#include "config/settings.h"
#include "core/base/text.h"

/* What the words before the one under the cursor say. */

static void offer_text(struct completing *completing, const char *text, const char *about) {
    const struct complete_line *line = completing->line;
    gboolean plain = g_utf8_validate(text, -1, NULL);
    for (const char *at = text; plain && *at != '\0'; at = g_utf8_next_char(at))
        plain = text_drawable(g_utf8_get_char(at));
    /* A name that a line cannot hold or nobody can type is left out. */
    if (!plain || *text == '\0' || !g_str_has_prefix(text, line->word) ||
        !g_hash_table_add(completing->offered, g_strdup(text)))
        return;
    if (completing->for_bash) {
        g_autofree char *quoted = complete_line_quote(line, text);
        printf("%s\n", quoted);
        return;
    }
    g_autofree char *safe = about == NULL ? NULL : text_safe(about, 60, FALSE);
    printf("%s%s%s\n", text, safe == NULL ? "" : "\t", safe == NULL ? "" : safe);
}

void completing_offer(struct completing *completing, const char *text, const char *about) {
    g_autofree char *whole = g_strconcat(completing->before, text, NULL);
    gboolean value = completing->asked_global >= 0 || completing->asked_param >= 0;
    /* A guest named as an option is: only behind "--" is it a guest. */
    if (*whole == '-' && *completing->line->word != '-' && !completing->rest && !value)
        return;
    offer_text(completing, whole, about);
}

void completing_offer_files(struct completing *completing) {
    printf("\tfiles\n");
}

/* ---- the words before ---- */

static int find_param(const char *name) {
    for (int i = 0; i < PARAM_COUNT; i++)
        if (strcmp(params[i].name, name) == 0)
            return i;
    return -1;
}

static int find_global(const char *name, char letter) {
    for (int i = 0; global_options[i].name != NULL; i++)
        if (name != NULL ? strcmp(global_options[i].name, name) == 0 : global_options[i].letter == letter)
            return i;
    return -1;
}

static void take_global(struct completing *completing, const char *name, const char *value) {
    struct cli *cli = completing->cli;
    if (strcmp(name, "demo") == 0)
        cli->demo = TRUE;
    else if (strcmp(name, "read-only") == 0)
        cli->read_only = TRUE;
    else if (strcmp(name, "connect") == 0 || strcmp(name, "config") == 0) {
        char **field = strcmp(name, "connect") == 0 ? &cli->connect : &cli->config;
        g_free(*field);
        *field = g_strdup(value);
    }
}

/* The value that an option has behind it, or is still to get: NULL then, and asked is what it is of. */
static const char *value_of(struct completing *completing, guint *at, const char *attached, int global,
                            int param) {
    if (attached != NULL)
        return attached;
    if (++*at < completing->line->words->len)
        return g_ptr_array_index(completing->line->words, *at);
    completing->asked_global = global;
    completing->asked_param = param;
    return NULL;
}

static void take_option(struct completing *completing, guint *at, const char *name, char letter,
                        const char *attached) {
    int global = find_global(name, letter);
    int param = global >= 0 ? -1 : name != NULL ? find_param(name) : letter == 't' ? PARAM_template : -1;
    gboolean flag = global >= 0 ? global_options[global].metavar == NULL
                                : param < 0 || params[param].type == PARAM_TYPE_flag;
    const char *value = flag ? NULL : value_of(completing, at, attached, global, param);
    if (global >= 0 && (flag || value != NULL))
        take_global(completing, global_options[global].name, value);
    if (param >= 0) {
        completing->cli->given |= PARAM_BIT(param);
        completing->cli->texts[param] = value;
    }
}

static void take_short(struct completing *completing, guint *at, const char *word) {
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        int global = find_global(NULL, *letter);
        const char *attached = letter[1] == '\0' ? NULL : letter[1] == '=' ? letter + 2 : letter + 1;
        gboolean flag = *letter != 't' && (global < 0 || global_options[global].metavar == NULL);
        take_option(completing, at, NULL, *letter, flag ? NULL : attached);
        if (!flag)
            return;
    }
}

static void take_long(struct completing *completing, guint *at, const char *word) {
    const char *equals = strchr(word, '=');
    g_autofree char *name =
        equals == NULL ? g_strdup(word + 2) : g_strndup(word + 2, (gsize)(equals - word) - 2);
    take_option(completing, at, name, 0, equals == NULL ? NULL : equals + 1);
}

static void take_words(struct completing *completing) {
    GPtrArray *words = completing->line->words;
    for (guint at = 1; at < words->len; at++) {
        const char *word = g_ptr_array_index(words, at);
        if (completing->rest || *word != '-' || word[1] == '\0')
            g_ptr_array_add(completing->operands, (gpointer)word);
        else if (strcmp(word, "--") == 0)
            completing->rest = TRUE;
        else if (word[1] == '-')
            take_long(completing, &at, word);
        else
            take_short(completing, &at, word);
    }
}

/* The command takes its one or two words from the operands. */
static void find_command(struct completing *completing) {
    GPtrArray *operands = completing->operands;
    if (operands->len == 0)
        return;
    const char *first = g_ptr_array_index(operands, 0);
    g_autofree char *both =
        operands->len < 2 ? NULL
                          : g_strdup_printf("%s %s", first, (const char *)g_ptr_array_index(operands, 1));
    const struct action *action = both == NULL ? NULL : action_by_name(both);
    guint taken = action == NULL ? 1 : 2;
    action = action == NULL ? action_by_name(first) : action;
    if (action == NULL || (action->flags & ACTION_CLI) == 0)
        return;
    completing->cli->action = action;
    g_ptr_array_remove_range(operands, 0, taken);
}

/* ---- what may stand under the cursor ---- */

static void offer_options(struct completing *completing) {
    const struct action *action = completing->cli->action;
    for (int i = 0; action != NULL && i < PARAM_COUNT; i++) {
        gboolean again = params[i].type == PARAM_TYPE_tags || (completing->cli->given & PARAM_BIT(i)) == 0;
        g_autofree char *name = g_strdup_printf("--%s", params[i].name);
        if ((action->params & PARAM_BIT(i)) != 0 && again)
            completing_offer(completing, name, params[i].help);
    }
    for (int i = 0; global_options[i].name != NULL; i++) {
        g_autofree char *name = g_strdup_printf("--%s", global_options[i].name);
        completing_offer(completing, name, global_options[i].help);
    }
}

/* Commands, or their second words behind such as "template". */
static void offer_commands(struct completing *completing, const char *group) {
    for (int i = 0; i < ACTION_COUNT; i++) {
        const char *name = actions[i].name, *space = strchr(name, ' ');
        gsize length = space == NULL ? strlen(name) : (gsize)(space - name);
        g_autofree char *first = g_strndup(name, length);
        if ((actions[i].flags & ACTION_CLI) == 0)
            continue;
        if (group == NULL)
            completing_offer(completing, first, space == NULL ? actions[i].help : NULL);
        else if (space != NULL && strcmp(first, group) == 0)
            completing_offer(completing, space + 1, actions[i].help);
    }
}

/* The word of the synopsis that operand number index is: "GUEST" of "GUEST..."; NULL: it takes no more. The
 * caller's. */
static char *operand_word(const struct action *action, guint index) {
    g_auto(GStrv) words = g_strsplit(action->synopsis, " ", -1);
    guint count = 0;
    while (words[count] != NULL && !g_str_has_prefix(words[count], "--") &&
           !g_str_has_prefix(words[count], "[--"))
        count++;
    guint at = MIN(index, count == 0 ? 0 : count - 1);
    if (count == 0)
        return NULL;
    if (index >= count && strstr(words[at], "...") == NULL)
        return NULL;
    g_autofree char *bare = g_strdup(words[at] + (*words[at] == '['));
    bare[strcspn(bare, "].")] = '\0';
    return g_steal_pointer(&bare);
}

static void offer_operand(struct completing *completing) {
    const struct action *action = completing->cli->action;
    if (completing->rest && strstr(action->synopsis, "-- ") != NULL)
        return;
    g_autofree char *word = operand_word(action, completing->operands->len);
    if (action->id == ACTION_help)
        offer_commands(completing, completing->operands->len == 0 ? NULL : completing->operands->pdata[0]);
    else if (word != NULL)
        values_of_operand(completing, word);
}

static void offer_all(struct completing *completing) {
    const char *word = completing->line->word, *equals = strchr(word, '=');
    if (completing->asked_global >= 0) {
        values_of_global(completing, completing->asked_global);
    } else if (completing->asked_param >= 0) {
        values_of_param(completing, completing->asked_param);
    } else if (!completing->rest && *word == '-') {
        g_autofree char *name =
            equals == NULL || word[1] != '-' ? NULL : g_strndup(word + 2, (gsize)(equals - word) - 2);
        int global = name == NULL ? -1 : find_global(name, 0), param = name == NULL ? -1 : find_param(name);
        if (name != NULL) {
            g_free(completing->before);
            completing->before = g_strndup(word, (gsize)(equals - word) + 1);
        }
        if (global >= 0)
            values_of_global(completing, global);
        else if (param >= 0)
            values_of_param(completing, param);
        else if (name == NULL)
            offer_options(completing);
    } else if (completing->cli->action == NULL) {
        offer_commands(completing, completing->operands->len == 0 ? NULL : completing->operands->pdata[0]);
    } else {
        offer_operand(completing);
    }
}

int complete_main(int count, char **words) {
    struct cli cli = {0};
    if (count < 2)
        return INNKEEP_ERROR_USAGE;
    g_autoptr(complete_line_t) line = complete_line_parse(words[1], count > 2 ? words[2] : "");
    g_autoptr(GPtrArray) operands = g_ptr_array_new();
    g_autoptr(GHashTable) offered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct completing completing = {.cli = &cli,
                                    .line = line,
                                    .operands = operands,
                                    .offered = offered,
                                    .for_bash = strcmp(words[0], "bash") == 0,
                                    .before = g_strdup(""),
                                    .asked_global = -1,
                                    .asked_param = -1};
    take_words(&completing);
    find_command(&completing);
    offer_all(&completing);
    engine_close(&cli.engine, 0);
    g_clear_pointer(&cli.settings, settings_free);
    g_free(completing.before);
    g_free(cli.connect);
    g_free(cli.config);
    return 0;
}
