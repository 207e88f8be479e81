/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* What a guest wrote, made harmless before the emulator sees it: known sequences with bounded numbers pass,
 * everything else is dropped. Sequences may come in any pieces. One thread. */
struct gate;

struct gate *gate_new(void);
void gate_free(struct gate *gate);

/* Appends to out what may pass of bytes. */
void gate_pass(struct gate *gate, const guint8 *bytes, gsize length, GByteArray *out);

/* What the guest asked its terminal for, and the emulator does not keep. */
struct gate_modes {
    gboolean application_keys; /* DECCKM: arrow keys as SS3 sequences */
    gboolean paste;            /* 2004: a paste in brackets */
    guint mouse;               /* 0, 1000 (presses and releases) or 1002 (and motion with a button held) */
    gboolean mouse_sgr;        /* 1006: reports in decimal */
    guint cursor_shape;        /* DECSCUSR, 0 to 6 */
};
const struct gate_modes *gate_modes(const struct gate *gate);

/* Forgets a sequence that is not complete: what follows is another's. */
void gate_interrupt(struct gate *gate);

/* The emulator knows no combining characters. A character with its marks goes through it as one of a private
 * plane, and comes back here: the character, and its marks or 0. */
enum { GATE_CLUSTER = 3 };
void gate_characters(const struct gate *gate, gunichar emulated, gunichar characters[GATE_CLUSTER]);
