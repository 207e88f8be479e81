/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* A command line as a person typed it into a shell, up to the cursor. Nothing in it is expanded: $(id) is
 * text. */
struct complete_line {
    GPtrArray *words; /* char *: what stands before the word under the cursor, without quotes; the first is
                         the program */
    char *word;       /* the word under the cursor, without quotes; may be empty */
    gsize kept;       /* so many bytes of word the shell leaves as they are */
    char quote;       /* the quote that is still open, or 0 */
};

/* breaks are the characters at which the shell begins a new word to complete within a word, as bash's
 * COMP_WORDBREAKS; "" where it has none. The caller frees. */
struct complete_line *complete_line_parse(const char *text, const char *breaks);
void complete_line_free(struct complete_line *line);

/* What bash inserts for a candidate that begins with line->word: without what it leaves as it is, and quoted
 * so that the shell reads the very candidate. The caller's. */
char *complete_line_quote(const struct complete_line *line, const char *candidate);

typedef struct complete_line complete_line_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(complete_line_t, complete_line_free)
