/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/fuzzy.h"

#include <string.h>

#include <glib.h>

/* What a letter is worth: more at the start of a word, of the text, and right after the one before. */
enum { LETTER = 4, RUN = 8, WORD = 24, START = 16, WHOLE = 3 };

/* The best way to find pattern in text from at on; -1: none. Names are short: all ways are tried. */
static int best(const char *pattern, const char *text, const char *at, int run) {
    if (*pattern == '\0')
        return *at == '\0' ? WHOLE : 0;
    int found = -1;
    for (const char *here = at; *here != '\0'; here++) {
        if (g_ascii_tolower(*here) != g_ascii_tolower(*pattern))
            continue;
        int streak = here == at ? run : 0;
        int rest = best(pattern + 1, text, here + 1, streak + 1);
        gboolean word = here == text || !g_ascii_isalnum(here[-1]);
        if (rest >= 0)
            found = MAX(found, rest + LETTER + RUN * streak + (word ? WORD : 0) + (here == text ? START : 0));
    }
    return found;
}

int fuzzy_score(const char *pattern, const char *text) {
    if (strlen(pattern) > strlen(text))
        return 0;
    return best(pattern, text, text, 0) + 1;
}
