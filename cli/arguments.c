/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

#include <stddef.h>
#include <string.h>

#include "config/error.h"
#include "config/suggest.h"
#include "config/units.h"

#define COUNT_MAX 10000

/* The order of both tables is the same; the last row ends them. */
const struct global_option global_options[] = {
    {"connect", 'c', "URI",
     "libvirt URI; default $LIBVIRT_DEFAULT_URI, then [host] uri, then qemu:///system"},
    {"config", 0, "FILE", "settings file instead of the search path"},
    {"color", 0, "auto|always|never", "colours; NO_COLOR is honoured"},
    {"read-only", 'r', NULL, "read-only connection; every changing action is refused"},
    {"demo", 0, NULL, "libvirt's test driver with a sample house of guests"},
    {"json", 0, NULL, "one JSON document; a stream of one object a line for commands that follow"},
    {"dry-run", 'n', NULL, "print the plan of a changing action; change nothing"},
    {"yes", 'y', NULL, "ask nothing"},
    {"quiet", 'q', NULL, "no progress"},
    {"verbose", 'v', NULL, "what is done, step by step"},
    {"help", 'h', NULL, "help, also for one command"},
    {"version", 'V', NULL, "print the version"},
    {NULL, 0, NULL, NULL},
};

enum { FIRST_FLAG = 3 };

static const gsize flag_offsets[] = {
    offsetof(struct cli, read_only), offsetof(struct cli, demo), offsetof(struct cli, json),
    offsetof(struct cli, dry_run),   offsetof(struct cli, yes),  offsetof(struct cli, quiet),
    offsetof(struct cli, verbose),   offsetof(struct cli, help), offsetof(struct cli, version),
};

struct parser {
    struct cli *cli;
    char **words;
    int count, at;
    GPtrArray *operands, *rest;
    GPtrArray *options; /* options of the command as typed, looked up once the command is known: name, value
                           or NULL */
};

static gboolean usage(GError **error, const char *hint, const char *what, const char *word) {
    error_set(error, INNKEEP_ERROR_USAGE, hint, "%s '%s'", what, word);
    return FALSE;
}

static gboolean set_colour(struct cli *cli, const char *value, GError **error) {
    static const char *const words[] = {"auto", "always", "never", NULL};
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], value) == 0) {
            cli->colour = (enum colour)i;
            return TRUE;
        }
    return usage(error, "one of auto, always, never", "--color cannot be", value);
}

static gboolean set_global(struct cli *cli, gsize index, const char *value, GError **error) {
    if (index >= FIRST_FLAG) {
        *(gboolean *)(gpointer)((char *)cli + flag_offsets[index - FIRST_FLAG]) = TRUE;
        return TRUE;
    }
    if (index == 2)
        return set_colour(cli, value, error);
    char **field = index == 0 ? &cli->connect : &cli->config;
    g_free(*field);
    *field = g_strdup(value);
    return TRUE;
}

/* The value of an option: behind '=' or the next word. */
static const char *take_value(struct parser *parser, const char *name, const char *attached, GError **error) {
    if (attached != NULL)
        return attached;
    if (parser->at < parser->count)
        return parser->words[parser->at++];
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "option '%s' needs a value", name);
    return NULL;
}

static int find_global(const char *name, gsize length, char letter) {
    for (int i = 0; global_options[i].name != NULL; i++)
        if (name != NULL ? strlen(global_options[i].name) == length &&
                               strncmp(global_options[i].name, name, length) == 0
                         : global_options[i].letter == letter)
            return i;
    return -1;
}

static int find_param(const char *name, gsize length) {
    for (int i = 0; i < PARAM_COUNT; i++)
        if (strlen(params[i].name) == length && strncmp(params[i].name, name, length) == 0)
            return i;
    return -1;
}

static const char *nearest_option(const char *name) {
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (int i = 0; global_options[i].name != NULL; i++)
        g_ptr_array_add(names, (gpointer)global_options[i].name);
    for (int i = 0; i < PARAM_COUNT; i++)
        g_ptr_array_add(names, (gpointer)params[i].name);
    g_ptr_array_add(names, NULL);
    return suggest_nearest(name, (const char *const *)names->pdata);
}

static gboolean unknown_option(const char *word, const char *name, GError **error) {
    const char *near = nearest_option(name);
    g_autofree char *hint = near == NULL ? NULL : g_strdup_printf("did you mean '--%s'?", near);
    return usage(error, hint, "unknown option", word);
}

static gboolean parse_long(struct parser *parser, const char *word, GError **error) {
    const char *name = word + 2, *equals = strchr(name, '=');
    gsize length = equals == NULL ? strlen(name) : (gsize)(equals - name);
    const char *attached = equals == NULL ? NULL : equals + 1;
    int global = find_global(name, length, 0), param = global < 0 ? find_param(name, length) : -1;
    if (global < 0 && param < 0) {
        g_autofree char *bare = g_strndup(name, length);
        return unknown_option(word, bare, error);
    }
    gboolean flag =
        global >= 0 ? global_options[global].metavar == NULL : params[param].type == PARAM_TYPE_flag;
    if (flag && attached != NULL)
        return usage(error, NULL, "this option takes no value:", word);
    const char *value = flag ? NULL : take_value(parser, word, attached, error);
    if (!flag && value == NULL)
        return FALSE;
    if (global >= 0)
        return set_global(parser->cli, (gsize)global, value, error);
    g_ptr_array_add(parser->options, GINT_TO_POINTER(param));
    g_ptr_array_add(parser->options, (gpointer)value);
    return TRUE;
}

/* -rn, -cURI, -c=URI, -c URI, -t TEMPLATE. */
static gboolean parse_short(struct parser *parser, const char *word, GError **error) {
    for (const char *at = word + 1; *at != '\0'; at++) {
        int global = find_global(NULL, 0, *at);
        gboolean template_name = *at == 't';
        if (global < 0 && !template_name)
            return unknown_option(word, at, error);
        if (!template_name && global_options[global].metavar == NULL) {
            set_global(parser->cli, (gsize)global, NULL, NULL);
            continue;
        }
        const char *attached = at[1] == '\0' ? NULL : at[1] == '=' ? at + 2 : at + 1;
        const char *value = take_value(parser, word, attached, error);
        if (value == NULL)
            return FALSE;
        if (!template_name)
            return set_global(parser->cli, (gsize)global, value, error);
        g_ptr_array_add(parser->options, GINT_TO_POINTER(PARAM_template));
        g_ptr_array_add(parser->options, (gpointer)value);
        return TRUE;
    }
    return TRUE;
}

static gboolean parse_words(struct parser *parser, GError **error) {
    while (parser->at < parser->count) {
        char *word = parser->words[parser->at++];
        if (strcmp(word, "--") == 0) {
            while (parser->at < parser->count)
                g_ptr_array_add(parser->rest, g_strdup(parser->words[parser->at++]));
            return TRUE;
        }
        if (g_str_has_prefix(word, "--")) {
            if (!parse_long(parser, word, error))
                return FALSE;
        } else if (word[0] == '-' && word[1] != '\0') {
            if (!parse_short(parser, word, error))
                return FALSE;
        } else {
            g_ptr_array_add(parser->operands, g_strdup(word));
        }
    }
    return TRUE;
}

/* Words that people bring from virsh, with what is meant here. */
static const struct {
    const char *word, *hint;
} brought[] = {
    {"destroy", "'innkeep poweroff' pulls the plug; 'innkeep delete' removes a guest"},
    {"undefine", "'innkeep delete' removes a guest with the volumes innkeep made for it"},
    {"dominfo", "'innkeep show' tells everything of a guest"},
    {"domifaddr", "'innkeep address' prints a guest's addresses"},
};

/* Whether commands of two words begin with it, as "template list" does; words gets their second words. */
static gboolean is_group(const char *word, GString *words) {
    gboolean found = FALSE;
    for (int i = 0; i < ACTION_COUNT; i++) {
        gsize length = strlen(word);
        if ((actions[i].flags & ACTION_CLI) == 0 || length == 0 || !g_str_has_prefix(actions[i].name, word) ||
            actions[i].name[length] != ' ')
            continue;
        if (words != NULL)
            g_string_append_printf(words, "%s%s", words->len == 0 ? "" : ", ", actions[i].name + length + 1);
        found = TRUE;
    }
    return found;
}

gboolean arguments_unknown_command(const char *word, GError **error) {
    g_autoptr(GString) words = g_string_new(NULL);
    if (is_group(word, words)) {
        error_set(error, INNKEEP_ERROR_USAGE, words->str, "%s: what of it?", word);
        return FALSE;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(brought); i++)
        if (strcmp(brought[i].word, word) == 0)
            return usage(error, brought[i].hint, "unknown command", word);
    for (int i = 0; i < ACTION_COUNT; i++)
        if ((actions[i].flags & ACTION_CLI) != 0)
            g_ptr_array_add(names, (gpointer)actions[i].name);
    g_ptr_array_add(names, NULL);
    const char *near = suggest_nearest(word, (const char *const *)names->pdata);
    g_autofree char *hint =
        near == NULL ? g_strdup("innkeep --help lists them") : g_strdup_printf("did you mean '%s'?", near);
    return usage(error, hint, "unknown command", word);
}

/* One word, or two for such as "template list". */
static gboolean find_command(struct parser *parser, GError **error) {
    GPtrArray *operands = parser->operands;
    if (operands->len == 0)
        return TRUE;
    const char *first = g_ptr_array_index(operands, 0);
    const char *second = operands->len > 1 ? g_ptr_array_index(operands, 1) : "";
    g_autofree char *both = g_strdup_printf("%s %s", first, second);
    const struct action *action = action_by_name(both);
    guint words = action == NULL ? 1 : 2;
    if (action == NULL)
        action = action_by_name(first);
    if (action == NULL || (action->flags & ACTION_CLI) == 0)
        return arguments_unknown_command(is_group(first, NULL) && *second != '\0' ? both : first, error);
    parser->cli->action = action;
    for (guint i = 0; i < words; i++)
        g_free(g_ptr_array_index(operands, i));
    g_ptr_array_remove_range(operands, 0, words);
    return TRUE;
}

static gboolean take_param(struct cli *cli, int param, const char *value, GError **error) {
    guint64 number = 0;
    g_autofree char *name = g_strdup_printf("--%s", params[param].name);
    if (cli->action == NULL || (cli->action->params & PARAM_BIT(param)) == 0)
        return usage(error, NULL,
                     cli->action == NULL ? "the console takes no option" : "this command takes no option",
                     name);
    cli->given |= PARAM_BIT(param);
    cli->texts[param] = value;
    switch (params[param].type) {
    case PARAM_TYPE_flag:
    case PARAM_TYPE_text:
        return TRUE;
    case PARAM_TYPE_tags:
        g_ptr_array_add(param == PARAM_ssh_key ? cli->ssh_keys : cli->tags, g_strdup(value));
        return TRUE;
    case PARAM_TYPE_size:
        if (!units_parse_size(value, &number, error)) {
            g_prefix_error(error, "%s: ", name);
            return FALSE;
        }
        break;
    case PARAM_TYPE_seconds:
        if (!units_parse_duration(value, &number, error)) {
            g_prefix_error(error, "%s: ", name);
            return FALSE;
        }
        break;
    case PARAM_TYPE_count:
        if (!g_ascii_string_to_unsigned(value, 10, 1, COUNT_MAX, &number, NULL)) {
            error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s: '%s' is no number from 1 to %d", name, value,
                      COUNT_MAX);
            return FALSE;
        }
        break;
    }
    cli->numbers[param] = number;
    return TRUE;
}

/* What stands behind "--" are operands too, but for a command that hands it on. */
static void take_rest(struct parser *parser) {
    const struct action *action = parser->cli->action;
    if (action != NULL && strstr(action->synopsis, "-- ") != NULL)
        return;
    g_ptr_array_extend_and_steal(parser->operands, parser->rest);
    parser->rest = g_ptr_array_new();
}

static gboolean check_operands(struct parser *parser, GError **error) {
    const struct action *action = parser->cli->action;
    if (action == NULL || *action->synopsis != '\0' || parser->operands->len == 0)
        return TRUE;
    g_autofree char *hint = g_strdup_printf("innkeep %s", action->name);
    error_set(error, INNKEEP_ERROR_USAGE, hint, "%s takes no operand such as '%s'", action->name,
              (const char *)g_ptr_array_index(parser->operands, 0));
    return FALSE;
}

/* An error is told as JSON too where that is asked for behind the mistake. */
static void look_for_json(struct cli *cli, int count, char **words) {
    for (int i = 1; i < count && strcmp(words[i], "--") != 0; i++)
        cli->json = cli->json || strcmp(words[i], "--json") == 0;
}

gboolean arguments_parse(struct cli *cli, int count, char **words, GError **error) {
    struct parser parser = {.cli = cli, .words = words, .count = count, .at = 1};
    parser.operands = g_ptr_array_new();
    parser.rest = g_ptr_array_new();
    parser.options = g_ptr_array_new();
    cli->tags = g_ptr_array_new_with_free_func(g_free);
    cli->ssh_keys = g_ptr_array_new_with_free_func(g_free);
    gboolean fine = parse_words(&parser, error);
    if (parser.operands->len == 0)
        take_rest(&parser);
    fine = fine && find_command(&parser, error);
    take_rest(&parser);
    fine = fine && check_operands(&parser, error);
    for (guint i = 0; fine && i < parser.options->len; i += 2)
        fine =
            take_param(cli, GPOINTER_TO_INT(parser.options->pdata[i]), parser.options->pdata[i + 1], error);
    if (!fine)
        look_for_json(cli, count, words);
    if (!fine && cli->action == NULL)
        find_command(&parser, NULL); /* what a mistake ends with is the command's */
    g_ptr_array_add(parser.operands, NULL);
    g_ptr_array_add(parser.rest, NULL);
    cli->operands = (char **)g_ptr_array_free(parser.operands, FALSE);
    cli->rest = (char **)g_ptr_array_free(parser.rest, FALSE);
    g_ptr_array_unref(parser.options);
    return fine;
}

void arguments_clear(struct cli *cli) {
    g_free(cli->connect);
    g_free(cli->config);
    g_strfreev(cli->operands);
    g_strfreev(cli->rest);
    g_clear_pointer(&cli->tags, g_ptr_array_unref);
    g_clear_pointer(&cli->ssh_keys, g_ptr_array_unref);
}

gboolean cli_given(const struct cli *cli, enum param_id param) {
    return (cli->given & PARAM_BIT(param)) != 0;
}
