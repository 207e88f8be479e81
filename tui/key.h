/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Turns the bytes of a terminal into keys. Bytes are not commands: what follows an ESC is never taken for
 * keys, whatever the delay, and keys that come faster than fingers type say so. It has no clock of its own:
 * every call gets the time in microseconds. */

enum input_code {
    INPUT_NONE,
    INPUT_CHARACTER,
    INPUT_CONTROL,
    INPUT_ENTER,
    INPUT_TAB,
    INPUT_BACKTAB,
    INPUT_BACKSPACE,
    INPUT_ESCAPE,
    INPUT_UP,
    INPUT_DOWN,
    INPUT_LEFT,
    INPUT_RIGHT,
    INPUT_HOME,
    INPUT_END,
    INPUT_PAGE_UP,
    INPUT_PAGE_DOWN,
    INPUT_INSERT,
    INPUT_DELETE,
    INPUT_F1,
    INPUT_F12 = INPUT_F1 + 11,
    INPUT_MOUSE,
    INPUT_PASTE,
    INPUT_OTHER, /* an Alt key or a sequence that nobody asked for: swallowed whole */
};

enum input_button {
    BUTTON_LEFT,
    BUTTON_MIDDLE,
    BUTTON_RIGHT,
    BUTTON_RELEASE,
    BUTTON_WHEEL_UP,
    BUTTON_WHEEL_DOWN
};

struct input {
    enum input_code code;
    gunichar character;    /* INPUT_CHARACTER; INPUT_CONTROL: its letter, lower case, or one of "[\]^_ " */
    gboolean fast;         /* faster than fingers type: must change nothing */
    gboolean after_escape; /* INPUT_OTHER: a key typed right after Esc */
    enum input_button button;
    int row, column;     /* of the mouse, from 0 */
    const guint8 *bytes; /* as they came, for a guest's console; valid during the callback */
    gsize length;
    const char *paste; /* INPUT_PASTE: what was pasted, may be invalid UTF-8 */
};

struct key_decoder;

/* emit is called for each key from within feed and tick. */
struct key_decoder *key_decoder_new(void (*emit)(const struct input *input, gpointer data), gpointer data);
void key_decoder_free(struct key_decoder *decoder);

/* Bytes that one read gave, at the time now. */
void key_decoder_feed(struct key_decoder *decoder, const guint8 *bytes, gsize length, gint64 now);

/* When tick must be called, or -1: never. */
gint64 key_decoder_deadline(const struct key_decoder *decoder);

/* Tells the time when nothing came: a lone ESC becomes Esc, an abandoned sequence ends. */
void key_decoder_tick(struct key_decoder *decoder, gint64 now);
