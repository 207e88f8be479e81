/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key decoder: bytes in any pieces at any time. In the input, 0xff N waits N * 10 ms and starts a piece.
 */
#include "tests/fuzz/fuzz.h"

#include "tui/key.h"
#include "tui/keyname.h"

static void take(const struct input *input, gpointer data) {
    gsize *emitted = data;
    (*emitted)++;
    if (input->code == INPUT_CHARACTER &&
        (!g_unichar_validate(input->character) || g_unichar_iscntrl(input->character)))
        fuzz_fail("U+%04X is no character", input->character);
    if (input->code == INPUT_PASTE && input->paste == NULL)
        fuzz_fail("a paste of nothing");
    if (input->code == INPUT_MOUSE && (input->row < 0 || input->column < 0))
        fuzz_fail("a mouse outside");
    if (input->length > 0 && input->bytes == NULL)
        fuzz_fail("bytes without an address");
    const struct key_name name = {input->code, input->character};
    key_name_matches(&name, input);
    if (input->code == INPUT_CHARACTER || input->code == INPUT_CONTROL)
        g_free(key_name_text(&name));
}

/* Whatever was left open ends by itself. */
static void run_out(struct key_decoder *decoder, gint64 now) {
    for (int i = 0; key_decoder_deadline(decoder) >= 0; i++) {
        if (i > 100)
            fuzz_fail("the decoder never comes to rest");
        now = MAX(now, key_decoder_deadline(decoder)) + 1;
        key_decoder_tick(decoder, now);
    }
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    gsize emitted = 0, start = 0;
    gint64 now = G_USEC_PER_SEC;
    struct key_decoder *decoder = key_decoder_new(take, &emitted);
    for (gsize i = 0; i < length; i++) {
        if (bytes[i] != 0xff || i + 1 == length)
            continue;
        if (i > start)
            key_decoder_feed(decoder, bytes + start, i - start, now);
        now += bytes[i + 1] * 10 * G_TIME_SPAN_MILLISECOND;
        gint64 deadline = key_decoder_deadline(decoder);
        if (deadline >= 0 && deadline <= now)
            key_decoder_tick(decoder, now);
        start = ++i + 1;
    }
    if (length > start)
        key_decoder_feed(decoder, bytes + start, length - start, now);
    run_out(decoder, now);
    if (emitted > length)
        fuzz_fail("%" G_GSIZE_FORMAT " keys of %" G_GSIZE_FORMAT " bytes", emitted, length);
    key_decoder_free(decoder);
    return 0;
}
