/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/json_write.h"

#include <string.h>

#include "core/base/text.h"

/* A double has 15 digits that always survive, and 17 that are always enough. */
#define DIGITS_LEAST 15
#define DIGITS_MOST  17

static const char *copy_number(GString *text, const char *at) {
    gsize length = strspn(at, "+-.0123456789eE");
    g_autofree char *written = g_strndup(at, length);
    char shorter[G_ASCII_DTOSTR_BUF_SIZE] = "";
    double value = g_ascii_strtod(written, NULL);
    gboolean whole = strpbrk(written, ".eE") == NULL;
    for (int digits = DIGITS_LEAST; !whole && digits <= DIGITS_MOST; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(shorter, sizeof shorter, format, value);
        if (g_ascii_strtod(shorter, NULL) == value) /* exactly: it is the same number or not */
            break;
    }
    g_string_append(text, whole ? written : shorter);
    /* A figure that happens to be whole stays one with a point: 2.0. */
    if (!whole && strpbrk(shorter, ".e") == NULL)
        g_string_append(text, ".0");
    return at + length;
}

static void append_escaped(GString *text, gunichar character) {
    if (character < 0x10000)
        g_string_append_printf(text, "\\u%04x", character);
    else
        g_string_append_printf(text, "\\u%04x\\u%04x", 0xd800 + ((character - 0x10000) >> 10),
                               0xdc00 + ((character - 0x10000) & 0x3ff));
}

/* From one quote to behind the other. */
static const char *copy_string(GString *text, const char *at) {
    const char *begin = at;
    for (gboolean escaped = FALSE; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (text_drawable(character) || character < 0x80)
            g_string_append_unichar(text, character);
        else
            append_escaped(text, character);
        if (character == '"' && !escaped && at != begin)
            return at + 1;
        escaped = character == '\\' && !escaped;
    }
    return at;
}

char *json_write(JsonNode *root, gboolean pretty) {
    GString *text = g_string_new(NULL);
    g_autofree char *made = json_to_string(root, pretty);
    for (const char *at = made; *at != '\0';) {
        if (*at == '"')
            at = copy_string(text, at);
        else if (*at == '-' || g_ascii_isdigit(*at))
            at = copy_number(text, at);
        else
            g_string_append_c(text, *at++);
    }
    return g_string_free(text, FALSE);
}
