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

/* DECCKM: the guest wants its arrow keys as SS3 sequences. */
gboolean gate_cursor_keys_application(const struct gate *gate);
