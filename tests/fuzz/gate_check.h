/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <string.h>

#include "tests/fuzz/fuzz.h"

/* Reads what the gate let pass with a grammar of its own, written from what an emulator may be given rather
 * than from the gate: anything else ends the program. */
static inline const guint8 *gate_check_csi(const guint8 *at, const guint8 *end) {
    guint parameters = 1, number = 0;
    gboolean private = at < end && *at == '?';
    if (end - at >= 2 && at[0] == '!' && at[1] == 'p')
        return at + 2;
    for (at += private; at < end && (g_ascii_isdigit(*at) || *at == ';'); at++) {
        number = *at == ';' ? 0 : number * 10 + (guint)(*at - '0');
        parameters += *at == ';';
        if (parameters > 16 || number > (private ? 9999 : 999))
            fuzz_fail("a sequence with %u parameters, a number of %u", parameters, number);
    }
    if (at == end || *at < 0x40 || *at > 0x7e || *at == 'b')
        fuzz_fail("a sequence ends in 0x%02x", at == end ? 0 : *at);
    return at + 1;
}

static inline const guint8 *gate_check_escape(const guint8 *at, const guint8 *end) {
    if (at == end)
        fuzz_fail("an ESC alone");
    if (*at == '[')
        return gate_check_csi(at + 1, end);
    if (*at >= '(' && *at <= '+' && end - at >= 2 && memchr("0AB", at[1], 3) != NULL)
        return at + 2;
    if (memchr("78DEHM=>c", *at, 9) == NULL)
        fuzz_fail("ESC 0x%02x passed", *at);
    return at + 1;
}

static inline void gate_check(const guint8 *bytes, gsize length) {
    if (length == 0)
        return;
    const guint8 *end = bytes + length;
    for (const guint8 *at = bytes; at < end;) {
        gunichar character = g_utf8_get_char_validated((const char *)at, end - at);
        if (*at == 0x1b)
            at = gate_check_escape(at + 1, end);
        else if (*at == 0x7f || *at < 0x07 || (*at > 0x0f && *at < 0x20))
            fuzz_fail("control 0x%02x passed", *at);
        else if (character == (gunichar)-1 || character == (gunichar)-2 ||
                 (character >= 0x80 && character < 0xa0))
            fuzz_fail("no character at 0x%02x", *at);
        else
            at = (const guint8 *)g_utf8_next_char(at);
    }
}
