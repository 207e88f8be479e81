/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/screen/keys.h"

const struct screen_menu_row screen_menu[] = {
    {"Ctrl-Alt-Del", "restart, or log in to Windows"},
    {"Ctrl-Alt-F1", "Linux: the first console"},
    {"Ctrl-Alt-F2", "Linux: the second one"},
    {"Ctrl-Alt-F3", "Linux: the third one"},
    {"Ctrl-Alt-F7", "Linux: its desktop, on some"},
    {"Alt-F4", "close a window"},
    {"Alt-Tab", "next window"},
    {"Ctrl-Esc", "Windows: the start menu"},
    {"Super", "the key with a logo"},
    {"F1", "help"},
    {"F2", "firmware: its settings"},
    {"F8", "Windows: how to start"},
    {"F10", "firmware: save, or a boot menu"},
    {"F11", "firmware: a boot menu"},
    {"F12", "firmware: a boot menu"},
    {"Print", "a picture of the screen"},
    {NULL, NULL},
};

gboolean screen_keys_of_name(const struct key_name *name, struct key_press *press) {
    if (name->code == INPUT_CHARACTER)
        return keyboard_character(name->character, press);
    g_autofree char *text = key_name_text(name);
    return keyboard_name(text, press);
}

gboolean screen_keys_press(const struct input *input, struct key_press *press) {
    const struct key_name name = {input->code, input->character};
    return input->code > INPUT_NONE && input->code <= INPUT_F12 && screen_keys_of_name(&name, press);
}

GArray *screen_keys_paste(const char *text, guint *dropped) {
    GArray *presses = g_array_new(FALSE, FALSE, sizeof(struct key_press));
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    *dropped = 0;
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        struct key_press press;
        gunichar character = g_utf8_get_char(at);
        if (character == '\n' && at > valid && at[-1] == '\r')
            continue;
        gboolean control = character < ' ' && character != '\n' && character != '\r' && character != '\t';
        if (!control && keyboard_character(character, &press))
            g_array_append_val(presses, press);
        else
            ++*dropped;
    }
    return presses;
}
