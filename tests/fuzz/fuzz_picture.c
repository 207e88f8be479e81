/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's screen as QEMU hands it out, as the confined child reads it. */
#include "core/screen/text_screen.h"
#include "tests/fuzz/fuzz.h"

static void check_text(const struct text_screen *screen) {
    for (guint i = 0; i < screen->columns * screen->rows; i++) {
        const struct text_cell *cell = &screen->cells[i];
        if (cell->character < ' ' || cell->foreground > 15 || cell->background > 15)
            fuzz_fail("a cell that cannot be");
    }
    if (screen->cursor && (screen->cursor_column >= screen->columns || screen->cursor_row >= screen->rows))
        fuzz_fail("a cursor outside");
}

/* Large ones take long and show nothing that small ones do not. */
#define PIXELS_LOOKED_AT (256 * 1024)

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    struct pixels pixels = {0}, fit = {0};
    struct text_screen screen = {0};
    enum pixels_fault fault = pixels_read(bytes, length, &pixels);
    if ((fault == PIXELS_FINE) != (pixels.rgb != NULL))
        fuzz_fail("a picture and its fault do not agree");
    if (fault != PIXELS_FINE)
        return 0;
    if (pixels.width * pixels.height <= PIXELS_LOOKED_AT) {
        if (text_screen_read(&pixels, &screen))
            check_text(&screen);
        fit = pixels_fit(&pixels, 80, 48);
        if (fit.width > 80 || fit.height > 48 || fit.width == 0 || fit.height == 0)
            fuzz_fail("it does not fit");
    }
    text_screen_clear(&screen);
    pixels_clear(&fit);
    pixels_clear(&pixels);
    return 0;
}
