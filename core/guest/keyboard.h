/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* What is typed to a guest's screen, as the keys of a keyboard: libvirt sends keys, not characters, so that a
 * character is the key that has it on the guest's own layout, and that is taken to be the US one. Any thread.
 */

/* Keys that are pressed together, in this order: Linux's codes (linux/input.h). */
enum { KEYBOARD_TOGETHER_MAX = 5 };
struct key_press {
    guint16 codes[KEYBOARD_TOGETHER_MAX];
    guint16 count;
};

/* FALSE: the layout has no such character. */
gboolean keyboard_character(gunichar character, struct key_press *press);

/* A key by its name: "Enter", "F2", "Ctrl-Alt-Del", "C-c", "Alt-F1", "Backtab". FALSE: there is none. */
gboolean keyboard_name(const char *name, struct key_press *press);

/* The keys of a text: characters are themselves, \n is Enter, \t Tab, \e Esc, \\ and \< those characters, and
 * <NAME> is a key by its name. An array of struct key_press, the caller's; NULL and a usage error. */
GArray *keyboard_parse(const char *text, GError **error);
