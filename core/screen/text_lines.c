/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/screen/text_screen.h"

/* The first that has it counts. */
static const struct {
    gunichar first, last;
    char ascii;
} likes[] = {
    {0x20, 0x7e, 0},       {0x2500, 0x2501, '-'}, {0x2502, 0x2503, '|'}, {0x2504, 0x2505, '-'},
    {0x2506, 0x2507, '|'}, {0x2508, 0x2509, '-'}, {0x250a, 0x250b, '|'}, {0x2550, 0x2550, '='},
    {0x2551, 0x2551, '|'}, {0x250c, 0x257f, '+'}, {0x2591, 0x2591, '.'}, {0x2592, 0x2592, ':'},
    {0x2580, 0x259f, '#'}, {0x25a0, 0x25a1, '#'}, {0x2190, 0x2190, '<'}, {0x2191, 0x2191, '^'},
    {0x2192, 0x2192, '>'}, {0x2193, 0x2193, 'v'}, {0x25b2, 0x25b2, '^'}, {0x25ba, 0x25ba, '>'},
    {0x25bc, 0x25bc, 'v'}, {0x25c4, 0x25c4, '<'}, {0x2022, 0x2022, '*'}, {0xb7, 0xb7, '.'},
};

char text_screen_ascii(gunichar character) {
    for (gsize i = 0; i < G_N_ELEMENTS(likes); i++)
        if (character >= likes[i].first && character <= likes[i].last)
            return likes[i].ascii == 0 ? (char)character : likes[i].ascii;
    return '?';
}

char *text_screen_line(const struct text_screen *screen, guint row, gboolean ascii) {
    GString *line = g_string_new(NULL);
    for (guint i = 0; i < screen->columns; i++) {
        gunichar character = screen->cells[row * screen->columns + i].character;
        g_string_append_unichar(line, ascii ? (guchar)text_screen_ascii(character) : character);
    }
    return g_strchomp(g_string_free(line, FALSE));
}
