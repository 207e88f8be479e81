/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console/keys.h"

#include <string.h>

static const struct {
    enum input_code code;
    const char *normal, *application;
} cursor_keys[] = {
    {INPUT_UP, "\033[A", "\033OA"},   {INPUT_DOWN, "\033[B", "\033OB"}, {INPUT_RIGHT, "\033[C", "\033OC"},
    {INPUT_LEFT, "\033[D", "\033OD"}, {INPUT_HOME, "\033[H", "\033OH"}, {INPUT_END, "\033[F", "\033OF"},
};

static void append(GByteArray *bytes, const char *text) {
    g_byte_array_append(bytes, (const guint8 *)text, (guint)strlen(text));
}

GByteArray *console_keys_bytes(const struct input *input, gboolean application) {
    GByteArray *bytes = g_byte_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(cursor_keys); i++)
        if (cursor_keys[i].code == input->code) {
            append(bytes, application ? cursor_keys[i].application : cursor_keys[i].normal);
            return bytes;
        }
    if (input->code != INPUT_MOUSE && input->code != INPUT_PASTE)
        g_byte_array_append(bytes, input->bytes, (guint)input->length);
    return bytes;
}

GByteArray *console_keys_paste(const char *text, gboolean bracketed) {
    GByteArray *bytes = g_byte_array_new();
    if (bracketed)
        append(bytes, "\033[200~");
    for (const guint8 *at = (const guint8 *)text; *at != '\0'; at++) {
        guint8 byte = *at == '\n' ? '\r' : *at;
        gboolean second = *at == '\n' && at > (const guint8 *)text && at[-1] == '\r';
        if (!second && (byte >= 0x20 || byte == '\t' || byte == '\r') && byte != 0x7f)
            g_byte_array_append(bytes, &byte, 1);
    }
    if (bracketed)
        append(bytes, "\033[201~");
    return bytes;
}

/* As xterm numbers them. */
static int button_number(enum input_button button) {
    static const int numbers[] = {[BUTTON_LEFT] = 0,    [BUTTON_MIDDLE] = 1,    [BUTTON_RIGHT] = 2,
                                  [BUTTON_RELEASE] = 3, [BUTTON_WHEEL_UP] = 64, [BUTTON_WHEEL_DOWN] = 65};
    return numbers[button];
}

#define X10_MOST 222 /* one byte, 33 more than the place */

GByteArray *console_keys_mouse(const struct input *input, int row, int column, gboolean sgr,
                               enum input_button held) {
    GByteArray *bytes = g_byte_array_new();
    gboolean release = input->button == BUTTON_RELEASE;
    if (sgr) {
        g_autofree char *report =
            g_strdup_printf("\033[<%d;%d;%d%c", button_number(release ? held : input->button), column + 1,
                            row + 1, release ? 'm' : 'M');
        append(bytes, report);
    } else if (row <= X10_MOST && column <= X10_MOST) {
        const guint8 report[] = {'\033',
                                 '[',
                                 'M',
                                 (guint8)(32 + button_number(input->button)),
                                 (guint8)(33 + column),
                                 (guint8)(33 + row)};
        g_byte_array_append(bytes, report, sizeof report);
    }
    return bytes;
}

GByteArray *console_keys_of_name(const struct key_name *key) {
    GByteArray *bytes = g_byte_array_new();
    char utf8[7] = "";
    if (key->code == INPUT_CONTROL) {
        guint8 byte = key->character == ' ' ? 0 : (guint8)(g_ascii_toupper((char)key->character) & 0x1f);
        g_byte_array_append(bytes, &byte, 1);
    } else if (key->code == INPUT_CHARACTER) {
        g_byte_array_append(bytes, (const guint8 *)utf8, (guint)g_unichar_to_utf8(key->character, utf8));
    }
    return bytes;
}
