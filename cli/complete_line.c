/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/complete_line.h"

#include <string.h>

/* A reader of the line. */
struct reading {
    struct complete_line *line;
    GString *word;
    const char *breaks;
    gboolean begun; /* a word, if only an empty one in quotes */
};

static void end_word(struct reading *reading) {
    if (reading->begun)
        g_ptr_array_add(reading->line->words, g_strdup(reading->word->str));
    g_string_truncate(reading->word, 0);
    reading->begun = FALSE;
    reading->line->kept = 0;
}

/* One character outside of quotes; how many bytes were read. */
static gsize read_plain(struct reading *reading, const char *at) {
    gboolean breaking = strchr(reading->breaks, *at) != NULL;
    if (g_ascii_isspace(*at)) {
        end_word(reading);
        return 1;
    }
    reading->begun = TRUE;
    if (*at == '\\') {
        if (at[1] != '\0')
            g_string_append_c(reading->word, at[1]);
        return at[1] == '\0' ? 1 : 2;
    }
    if (*at == '"' || *at == '\'')
        reading->line->quote = *at;
    else
        g_string_append_c(reading->word, *at);
    if (breaking)
        reading->line->kept = reading->word->len;
    return 1;
}

static gsize read_quoted(struct reading *reading, const char *at) {
    struct complete_line *line = reading->line;
    if (*at == line->quote) {
        line->quote = 0;
        if (strchr(reading->breaks, *at) != NULL)
            line->kept = reading->word->len;
        return 1;
    }
    gboolean escape = *at == '\\' && line->quote == '"' && at[1] != '\0' && strchr("\"\\$`", at[1]) != NULL;
    g_string_append_c(reading->word, escape ? at[1] : *at);
    return escape ? 2 : 1;
}

struct complete_line *complete_line_parse(const char *text, const char *breaks) {
    struct complete_line *line = g_new0(struct complete_line, 1);
    g_autoptr(GString) word = g_string_new(NULL);
    struct reading reading = {.line = line, .word = word, .breaks = breaks};
    line->words = g_ptr_array_new_with_free_func(g_free);
    for (const char *at = text; *at != '\0';)
        at += line->quote == 0 ? read_plain(&reading, at) : read_quoted(&reading, at);
    line->word = g_strdup(word->str);
    return line;
}

void complete_line_free(struct complete_line *line) {
    g_ptr_array_unref(line->words);
    g_free(line->word);
    g_free(line);
}

static const char *quoted(char character, char quote) {
    static char escaped[3];
    if (quote == '\'' && character == '\'')
        return "'\\''";
    /* A backslash before it would stay in double quotes, and without one it recalls what was typed earlier.
     */
    if (quote == '"' && character == '!')
        return "\"\\!\"";
    gboolean plain = quote == '\''  ? TRUE
                     : quote == '"' ? strchr("\"\\$`", character) == NULL
                                    : g_ascii_isalnum(character) || (character & 0x80) != 0 ||
                                          strchr("-_./:=@%+,", character) != NULL;
    g_snprintf(escaped, sizeof escaped, plain ? "%c" : "\\%c", character);
    return escaped;
}

char *complete_line_quote(const struct complete_line *line, const char *candidate) {
    GString *text = g_string_new(NULL);
    for (const char *at = candidate + line->kept; *at != '\0'; at++)
        g_string_append(text, quoted(*at, line->quote));
    return g_string_free(text, FALSE);
}
