/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/wrap.h"

#include <string.h>

#include "core/base/text.h"

#define PARAGRAPH_MAX 4000

/* The bytes of text that fit into columns, cut at the last space if there is one. */
static gsize fitting(const char *text, int columns) {
    int used = 0;
    const char *space = NULL, *at = text;
    for (; *at != '\0'; at = g_utf8_next_char(at)) {
        used += text_character_columns(g_utf8_get_char(at));
        if (used > columns)
            break;
        if (*at == ' ')
            space = at;
    }
    if (*at == '\0' || *at == ' ')
        return (gsize)(at - text);
    if (space != NULL && space > text)
        return (gsize)(space - text);
    return MAX((gsize)(at - text), (gsize)(g_utf8_next_char(text) - text));
}

GPtrArray *wrap_text(const char *text, int columns, gboolean ascii) {
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) paragraphs = g_strsplit(text, "\n", -1);
    for (char **paragraph = paragraphs; *paragraph != NULL; paragraph++) {
        g_autofree char *safe = text_safe(*paragraph, PARAGRAPH_MAX, ascii);
        const char *at = safe;
        do {
            gsize length = fitting(at, MAX(columns, 1));
            g_ptr_array_add(lines, g_strndup(at, length));
            at += length;
            while (*at == ' ')
                at++;
        } while (*at != '\0');
    }
    return lines;
}
