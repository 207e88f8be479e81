/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the confined child says, as the parent hears it: a child that a guest has taken over says anything.
 * The parsers have no door of their own, so that the modules are compiled into the fuzzer. In the input, the
 * first byte cuts it in two pieces and the second one chooses the size of the screen. */
#include "core/confined/process.c"
#include "core/confined/terminal.c"

#include "tests/fuzz/fuzz.h"

static void check_screen(struct terminal *terminal, gpointer data) {
    const struct terminal_screen *screen = terminal_screen(terminal);
    if (screen->cursor_column >= screen->columns || screen->cursor_row >= screen->rows)
        fuzz_fail("the cursor is outside");
    for (guint i = 0; i < screen->columns * screen->rows; i++) {
        const struct terminal_cell *cell = &screen->cells[i];
        GUnicodeType type = g_unichar_type(cell->character);
        if (cell->columns > 2 || cell->foreground < -1 || cell->foreground > 15 || cell->background < -1 ||
            cell->background > 15 || (cell->attributes & ~31) != 0)
            fuzz_fail("a cell out of bounds");
        if (cell->character != 0 &&
            (!g_unichar_validate(cell->character) || type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT))
            fuzz_fail("U+%04X would be drawn", cell->character);
    }
}

static void check_reply(struct terminal *terminal, const guint8 *bytes, gsize length, gpointer data) {
    if (length > REPLY_MAX)
        fuzz_fail("a reply of %" G_GSIZE_FORMAT " bytes", length);
}

static void check_died(struct terminal *terminal, const char *why, gpointer data) {
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    static const struct terminal_events events = {check_screen, check_reply, check_died};
    if (length < 2)
        return 0;
    struct terminal *terminal = g_new0(struct terminal, 1);
    struct confined *child = new_confined(&terminal_kind, &confined_events, terminal);
    child->dead = TRUE; /* there is no child to write to */
    terminal->events = &events;
    terminal->child = child;
    terminal_resize(terminal, 1 + bytes[1] % 8, 1 + bytes[1] / 32);
    gsize cut = 2 + bytes[0] % (length - 1);
    g_byte_array_append(child->heard, bytes + 2, (guint)(cut - 2));
    gboolean fine = tell_messages(child);
    g_byte_array_append(child->heard, bytes + cut, (guint)(length - cut));
    if (fine)
        tell_messages(child);
    check_screen(terminal, NULL);
    terminal_free(terminal);
    return 0;
}
