/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/base/text.h"

#define DEFAULT_COLUMNS 200
#define MARKS_IN_A_ROW  2

int text_character_columns(gunichar character) {
    if (g_unichar_iszerowidth(character))
        return 0;
    return g_unichar_iswide(character) ? 2 : 1;
}

/* Soft hyphen is a format character that terminals disagree about: one column here, none there. */
gboolean text_drawable(gunichar character) {
    switch (g_unichar_type(character)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return FALSE;
    default:
        return TRUE;
    }
}

struct cleaner {
    GString *out;
    int columns; /* used so far */
    int limit;
    int marks; /* combining marks since the last base character */
    gsize cut; /* where an ellipsis would go: the last place with a column to spare */
    gboolean ascii;
};

/* Adds one character; FALSE when it does not fit any more. */
static gboolean clean_one(struct cleaner *cleaner, gunichar character) {
    if (character == (gunichar)-1 || character == (gunichar)-2 || !text_drawable(character) ||
        (cleaner->ascii && character > 126))
        character = '?';
    int columns = text_character_columns(character);
    if (columns == 0) { /* marks, and the vowels of Hangul that are drawn into the letter before */
        if (cleaner->marks < MARKS_IN_A_ROW && cleaner->columns > 0 && ++cleaner->marks)
            g_string_append_unichar(cleaner->out, character);
        return TRUE;
    }
    if (cleaner->columns + columns > cleaner->limit)
        return FALSE;
    cleaner->marks = 0;
    g_string_append_unichar(cleaner->out, character);
    cleaner->columns += columns;
    if (cleaner->columns < cleaner->limit)
        cleaner->cut = cleaner->out->len;
    return TRUE;
}

char *text_safe(const char *text, int max_columns, gboolean ascii) {
    struct cleaner cleaner = {
        .out = g_string_new(NULL), .limit = max_columns < 0 ? DEFAULT_COLUMNS : max_columns, .ascii = ascii};
    const char *at = text == NULL ? "" : text;
    while (*at != '\0') {
        gunichar character = g_utf8_get_char_validated(at, -1);
        gboolean valid = character != (gunichar)-1 && character != (gunichar)-2;
        if (!clean_one(&cleaner, character)) {
            g_string_truncate(cleaner.out, cleaner.cut);
            if (cleaner.limit > 0)
                g_string_append(cleaner.out, ascii ? "~" : "…");
            break;
        }
        at = valid ? g_utf8_next_char(at) : at + 1;
    }
    return g_string_free(cleaner.out, FALSE);
}

int text_columns(const char *text) {
    int columns = 0;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
        columns += text_character_columns(g_utf8_get_char(at));
    return columns;
}

char *text_fit(const char *text, int columns, gboolean right, gboolean ascii) {
    g_autofree char *safe = text_safe(text, columns, ascii);
    int padding = MAX(0, columns - text_columns(safe));
    g_autofree char *spaces = g_strnfill((gsize)padding, ' ');
    return right ? g_strconcat(spaces, safe, NULL) : g_strconcat(safe, spaces, NULL);
}
