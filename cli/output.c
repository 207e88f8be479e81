/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/json_write.h"
#include "config/error.h"
#include "config/units.h"
#include "core/base/text.h"

#define GAP "  "

/* Eight colours are enough, and all that every terminal has. */
static const char *const paints[] = {
    [PAINT_NONE] = "", [PAINT_GOOD] = "\033[32m", [PAINT_MIDDLING] = "\033[33m", [PAINT_BAD] = "\033[31m"};
#define PAINT_END "\033[0m"

gboolean output_terminal_is_old(void) {
    static const char *const old[] = {"dumb", "vt1", "vt2"};
    const char *term = g_getenv("TERM");
    for (gsize i = 0; term != NULL && i < G_N_ELEMENTS(old); i++)
        if (g_str_has_prefix(term, old[i]))
            return TRUE;
    return FALSE;
}

gboolean output_coloured(const struct cli *cli) {
    const char *none = g_getenv("NO_COLOR");
    if (cli->colour != COLOUR_AUTO)
        return cli->colour == COLOUR_ALWAYS;
    return (none == NULL || *none == '\0') && isatty(STDOUT_FILENO) && !output_terminal_is_old();
}

void output_painted(const struct cli *cli, const char *word, enum paint paint) {
    gboolean coloured = paint != PAINT_NONE && output_coloured(cli);
    printf("%s%s%s", coloured ? paints[paint] : "", word, coloured ? PAINT_END : "");
}

/* A painted cell of a row. */
struct painted {
    guint row, column;
    enum paint paint;
};

struct table {
    GPtrArray *rows; /* GStrv, safe text; the first is the headers */
    GArray *painted; /* struct painted, by row */
    guint columns;
    char *alignment;
};

void output_json(JsonNode *root, gboolean compact) {
    g_autofree char *text = json_write(root, !compact);
    printf("%s\n", text);
    json_node_unref(root);
}

void output_builder(JsonBuilder *builder, gboolean compact) {
    output_json(json_builder_get_root(builder), compact);
}

int output_status(const struct cli *cli, const GError *error) {
    int status = error_exit_status(error);
    gboolean of_exec = cli->action != NULL && cli->action->id == ACTION_exec;
    return of_exec && status != INNKEEP_ERROR_INTERRUPTED ? STATUS_NOT_RUN : status;
}

static char *error_json(const struct cli *cli, const GError *error) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "error");
    json_builder_begin_object(builder);
    member_string(builder, "code", error_word(error));
    member_count(builder, "exit", output_status(cli, error));
    member_string(builder, "message", error->message);
    member_string(builder, "hint", error_hint(error));
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    return json_write(root, FALSE);
}

int output_error(const struct cli *cli, const GError *error) {
    fflush(stdout);
    if (cli->json) {
        g_autofree char *text = error_json(cli, error);
        fprintf(stderr, "%s\n", text);
        return output_status(cli, error);
    }
    g_autofree char *message = text_safe(error->message, 2000, FALSE);
    fprintf(stderr, "innkeep: %s\n", message);
    if (error_hint(error) != NULL) {
        g_autofree char *hint = text_safe(error_hint(error), 2000, FALSE);
        fprintf(stderr, "  hint: %s\n", hint);
    }
    return output_status(cli, error);
}

char *output_memory(const struct guest *guest) {
    g_autofree char *used =
        guest->memory_used == UNKNOWN_SIZE ? g_strdup("-") : units_format_size(guest->memory_used);
    g_autofree char *all =
        guest->memory_max == UNKNOWN_SIZE ? g_strdup("-") : units_format_size(guest->memory_max);
    return g_strdup_printf("%s%s/%s", guest->memory_source == MEMORY_RSS ? "~" : "", used, all);
}

int output_fail(const struct cli *cli, GError *error) {
    int status = output_error(cli, error);
    g_error_free(error);
    return status;
}

struct table *table_new(const char *const *headers, const char *alignment) {
    struct table *table = g_new0(struct table, 1);
    table->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    table->columns = g_strv_length((char **)headers);
    table->alignment = g_strdup(alignment);
    table->painted = g_array_new(FALSE, FALSE, sizeof(struct painted));
    g_ptr_array_add(table->rows, g_strdupv((char **)headers));
    return table;
}

void table_add(struct table *table, const char *const *cells) {
    char **row = g_new0(char *, table->columns + 1);
    for (guint i = 0; i < table->columns; i++)
        row[i] = text_safe(cells[i], -1, FALSE);
    g_ptr_array_add(table->rows, row);
}

void table_paint(struct table *table, guint column, enum paint paint) {
    struct painted painted = {.row = table->rows->len - 1, .column = column, .paint = paint};
    if (paint != PAINT_NONE)
        g_array_append_val(table->painted, painted);
}

static enum paint paint_of(const struct table *table, guint row, guint column) {
    for (guint i = 0; i < table->painted->len; i++) {
        const struct painted *painted = &g_array_index(table->painted, struct painted, i);
        if (painted->row == row && painted->column == column)
            return painted->paint;
    }
    return PAINT_NONE;
}

/* Nothing is cut for a reader that is no terminal. */
int output_columns(void) {
    struct winsize size;
    guint64 columns = 0;
    const char *environment = g_getenv("COLUMNS");
    if (!isatty(STDOUT_FILENO))
        return G_MAXINT;
    if (environment != NULL && g_ascii_string_to_unsigned(environment, 10, 1, G_MAXINT, &columns, NULL))
        return (int)columns;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 ? G_MAXINT : size.ws_col;
}

void output_wrapped(const struct cli *cli, int indent, const char *label, enum paint paint,
                    const char *text) {
    int limit = output_columns(), at = indent;
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    g_autofree char *padded = g_strdup_printf("%-*s", indent, label);
    output_painted(cli, padded, paint);
    for (char **word = words; *word != NULL; word++) {
        int width = text_columns(*word);
        gboolean first = word == words, wraps = !first && at + 1 + width > limit;
        if (wraps)
            printf("\n%*s", indent, "");
        else if (!first)
            printf(" ");
        printf("%s", *word);
        at = (wraps ? indent : at + !first) + width;
    }
    printf("\n");
}

static void measure(const struct table *table, guint first, int *widths) {
    for (guint i = first; i < table->rows->len; i++) {
        char **row = g_ptr_array_index(table->rows, i);
        for (guint j = 0; j < table->columns; j++)
            widths[j] = MAX(widths[j], text_columns(row[j]));
    }
}

/* The widest column of words gives way until the row fits: a figure that is cut would be another one. The
 * first, which says what a row is about, keeps twice the room of the others. */
static void fit(int *widths, guint columns, const char *alignment) {
    int limit = output_columns(), total = (int)(columns - 1) * (int)sizeof GAP - (int)(columns - 1);
    for (guint i = 0; i < columns; i++)
        total += widths[i];
    while (total > limit) {
        guint widest = columns;
        int most = 0;
        for (guint i = 0; i < columns; i++) {
            int weight = i == 0 ? widths[i] / 2 : widths[i];
            if ((i == 0 || alignment[i] == 'l') && widths[i] > 4 && weight > most) {
                widest = i;
                most = weight;
            }
        }
        if (widest == columns)
            return;
        widths[widest]--;
        total--;
    }
}

/* A file takes names as they are; what a terminal cannot draw is replaced there. */
static gboolean draws_ascii_only(int descriptor) {
    return isatty(descriptor) && !g_get_charset(NULL);
}

static void print_row(const struct table *table, guint index, const int *widths, gboolean coloured) {
    gboolean ascii = draws_ascii_only(STDOUT_FILENO);
    g_autoptr(GString) line = g_string_new(NULL);
    char **row = g_ptr_array_index(table->rows, index);
    for (guint j = 0; j < table->columns; j++) {
        g_autofree char *cell = text_fit(row[j], widths[j], table->alignment[j] == 'r', ascii);
        enum paint paint = coloured ? paint_of(table, index, j) : PAINT_NONE;
        g_string_append_printf(line, "%s%s%s%s", j == 0 ? "" : GAP, paints[paint], cell,
                               paint == PAINT_NONE ? "" : PAINT_END);
    }
    g_autofree char *text = g_strchomp(g_strdup(line->str));
    printf("%s\n", text);
}

void table_print(const struct cli *cli, struct table *table, gboolean headers) {
    g_autofree int *widths = g_new0(int, table->columns);
    if (!headers) {
        for (guint i = 1; i < table->rows->len; i++) {
            g_autofree char *line = g_strjoinv("\t", g_ptr_array_index(table->rows, i));
            printf("%s\n", line);
        }
        return;
    }
    measure(table, 0, widths);
    fit(widths, table->columns, table->alignment);
    for (guint i = 0; i < table->rows->len; i++)
        print_row(table, i, widths, output_coloured(cli));
}

void table_free(struct table *table) {
    g_ptr_array_unref(table->rows);
    g_array_unref(table->painted);
    g_free(table->alignment);
    g_free(table);
}

void output_steps(JsonBuilder *builder, const struct outcome *outcome) {
    for (guint i = 0; i < outcome->plan->len; i++) {
        const struct step *step = g_ptr_array_index(outcome->plan, i);
        json_builder_begin_object(builder);
        member_string(builder, "step", step->step);
        member_string(builder, "object", step->object);
        member_string(builder, "action", step->action);
        member_size(builder, "bytes", step->bytes);
        json_builder_end_object(builder);
    }
}

static void plan_json(const struct outcome *outcome) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "steps");
    json_builder_begin_array(builder);
    output_steps(builder, outcome);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    output_builder(builder, FALSE);
}

#define ACTION_COLUMNS 10 /* what does not fit there is said at the end of the line */

void output_plan(const struct cli *cli, const struct outcome *outcome) {
    if (cli->json) {
        plan_json(outcome);
        return;
    }
    for (guint i = 0; i < outcome->plan->len; i++) {
        const struct step *step = g_ptr_array_index(outcome->plan, i);
        g_autofree char *size = step->bytes == UNKNOWN_SIZE ? NULL : units_format_size(step->bytes);
        g_autofree char *object = text_safe(step->object, 1000, FALSE);
        gboolean shorter = strlen(step->action) <= ACTION_COLUMNS;
        printf("%-*s %-12s %s%s%s%s%s\n", ACTION_COLUMNS, shorter ? step->action : "", step->step, object,
               size == NULL ? "" : "  ", size == NULL ? "" : size, shorter ? "" : "  ",
               shorter ? "" : step->action);
    }
}
