/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/suggest.h"

#include <string.h>

#include <glib.h>

#define WORD_MAX 64

static gboolean same(char a, char b) {
    return g_ascii_tolower(a) == g_ascii_tolower(b);
}

/* Optimal string alignment distance; both words are at most WORD_MAX long. */
static guint distance(const char *a, const char *b) {
    guint rows[3][WORD_MAX + 1];
    guint *before = rows[0], *last = rows[1], *now = rows[2];
    gsize width = strlen(b);
    for (gsize j = 0; j <= width; j++)
        last[j] = (guint)j;
    for (gsize i = 1; a[i - 1] != '\0'; i++) {
        now[0] = (guint)i;
        for (gsize j = 1; j <= width; j++) {
            guint replaced = last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
            now[j] = MIN(replaced, MIN(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                now[j] = MIN(now[j], before[j - 2] + 1);
        }
        guint *recycled = before;
        before = last;
        last = now;
        now = recycled;
    }
    return last[width];
}

const char *suggest_nearest(const char *word, const char *const *words) {
    const char *best = NULL;
    guint best_distance = G_MAXUINT;
    if (word == NULL || *word == '\0' || strlen(word) > WORD_MAX)
        return NULL;
    for (; *words != NULL; words++) {
        if (strlen(*words) > WORD_MAX)
            continue;
        guint limit = (guint)MAX(1, MAX(strlen(word), strlen(*words)) / 3);
        guint found = distance(word, *words);
        if (found <= limit && found < best_distance && found < strlen(*words)) {
            best = *words;
            best_distance = found;
        }
    }
    return best;
}
