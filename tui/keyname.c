/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/keyname.h"

static const struct {
    const char *name;
    enum input_code code;
    gunichar character;
} names[] = {
    {"Space", INPUT_CHARACTER, ' '},
    {"semicolon", INPUT_CHARACTER, ';'},
    {"comma", INPUT_CHARACTER, ','},
    {"Enter", INPUT_ENTER, 0},
    {"Tab", INPUT_TAB, 0},
    {"Backtab", INPUT_BACKTAB, 0},
    {"Backspace", INPUT_BACKSPACE, 0},
    {"Esc", INPUT_ESCAPE, 0},
    {"Up", INPUT_UP, 0},
    {"Down", INPUT_DOWN, 0},
    {"Left", INPUT_LEFT, 0},
    {"Right", INPUT_RIGHT, 0},
    {"Home", INPUT_HOME, 0},
    {"End", INPUT_END, 0},
    {"PgUp", INPUT_PAGE_UP, 0},
    {"PgDn", INPUT_PAGE_DOWN, 0},
    {"Insert", INPUT_INSERT, 0},
    {"Delete", INPUT_DELETE, 0},
};

/* "F1" to "F12"; 0 for anything else. */
static guint function_key(const char *name) {
    guint64 number = 0;
    if ((name[0] != 'F' && name[0] != 'f') || !g_ascii_string_to_unsigned(name + 1, 10, 1, 12, &number, NULL))
        return 0;
    return (guint)number;
}

/* "C-x": the bytes that have a name of their own (Tab, Enter, Esc, Backspace) are no control keys. */
static gboolean control_key(const char *name, struct key_name *key) {
    if ((name[0] != 'C' && name[0] != 'c') || name[1] != '-' || name[2] == '\0' || name[3] != '\0')
        return FALSE;
    char letter = g_ascii_tolower(name[2]);
    gboolean valid = (g_ascii_isalpha(letter) && letter != 'i' && letter != 'm' && letter != 'h') ||
                     letter == '\\' || letter == ']' || letter == '^' || letter == '_' || letter == '@';
    if (valid)
        *key = (struct key_name){INPUT_CONTROL, letter == '@' ? ' ' : (gunichar)letter};
    return valid;
}

gboolean key_name_parse(const char *name, struct key_name *key) {
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strcasecmp(names[i].name, name) == 0) {
            *key = (struct key_name){names[i].code, names[i].character};
            return TRUE;
        }
    guint number = function_key(name);
    if (number > 0) {
        *key = (struct key_name){(enum input_code)(INPUT_F1 + number - 1), 0};
        return TRUE;
    }
    if (control_key(name, key))
        return TRUE;
    if (!g_utf8_validate(name, -1, NULL) || g_utf8_strlen(name, -1) != 1 ||
        !g_unichar_isgraph(g_utf8_get_char(name)))
        return FALSE;
    *key = (struct key_name){INPUT_CHARACTER, g_utf8_get_char(name)};
    return TRUE;
}

char *key_name_text(const struct key_name *key) {
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (names[i].code == key->code && names[i].character == key->character && names[i].character != ';' &&
            names[i].character != ',')
            return g_strdup(names[i].name);
    if (key->code >= INPUT_F1 && key->code <= INPUT_F12)
        return g_strdup_printf("F%d", (int)key->code - INPUT_F1 + 1);
    GString *text = g_string_new(key->code == INPUT_CONTROL ? "Ctrl-" : NULL);
    gboolean control = key->code == INPUT_CONTROL;
    g_string_append_unichar(text, control ? g_unichar_toupper(key->character) : key->character);
    return g_string_free(text, FALSE);
}

gboolean key_name_matches(const struct key_name *key, const struct input *input) {
    return key->code == input->code && key->character == input->character;
}
