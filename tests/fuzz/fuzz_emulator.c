/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The emulator behind the gate with the lines that left its screen, as the confined child has them, and the
 * questions a person asks of it. In the input, 0xff C R makes the screen C by R; after that R chooses a
 * question. */
#include "core/confined/emulator.h"
#include "core/confined/protocol.h"
#include "tests/fuzz/gate_check.h"

static void reply(const char *bytes, gsize length, gpointer data) {
    if (length > 0 && bytes == NULL)
        fuzz_fail("a reply without an address");
}

static void feed(struct emulator *emulator, struct gate *gate, const guint8 *bytes, gsize length) {
    g_autoptr(GByteArray) out = g_byte_array_new();
    gate_pass(gate, bytes, length, out);
    gate_check(out->data, out->len);
    emulator_feed(emulator, bytes, length);
}

static void look(struct emulator *emulator) {
    const struct scrollback *scrollback = emulator_scrollback(emulator);
    guint64 end = scrollback_end(scrollback) + emulator_rows(emulator);
    if (scrollback_end(scrollback) - scrollback_first(scrollback) > SCROLLBACK_LINES ||
        scrollback_bytes(scrollback) > SCROLLBACK_BYTES + MESSAGE_MAX)
        fuzz_fail("too much is kept");
    for (guint64 line = scrollback_first(scrollback); line < end; line++) {
        guint columns = 0;
        if (emulator_line(emulator, line, &columns) == NULL || columns > COLUMNS_MAX)
            fuzz_fail("a line is missing or too wide");
    }
}

static void ask(struct emulator *emulator, guint8 question) {
    guint64 line = question;
    guint column = 0, columns = 0;
    if (emulator_find(emulator, &line, question % 16, question % 2 == 0 ? 1 : -1, "a", 1, &column,
                      &columns) &&
        column + columns > COLUMNS_MAX)
        fuzz_fail("found outside");
    g_autoptr(GString) text =
        emulator_copy(emulator, question / 4, question % 8, question, question % 16, 512);
    if (text->len > 512 || !g_utf8_validate(text->str, (gssize)text->len, NULL))
        fuzz_fail("a copy that is none");
    emulator_mark(emulator, "mark", 4, question % 3 == 0);
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    struct gate *gate = gate_new();
    struct emulator *emulator = emulator_new(reply, NULL);
    gsize start = 0;
    g_assert(emulator != NULL);
    for (gsize i = 0; i + 2 < length; i++) {
        if (bytes[i] != 0xff)
            continue;
        feed(emulator, gate, bytes + start, i - start);
        emulator_resize(emulator, MAX(1, bytes[i + 1]), MAX(1, bytes[i + 2]));
        ask(emulator, bytes[i + 2]);
        i += 2;
        start = i + 1;
    }
    feed(emulator, gate, bytes + start, length - start);
    emulator_cells(emulator);
    look(emulator);
    emulator_free(emulator);
    gate_free(gate);
    return 0;
}
