/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The emulator behind the gate, as the confined child has them. In the input, 0xff C R makes the screen C by
 * R. */
#include <libtsm.h>

#include "core/confined/gate.h"
#include "tests/fuzz/gate_check.h"

static void reply(struct tsm_vte *vte, const char *bytes, size_t length, void *data) {
    (void)vte;
    if (length > 0 && bytes == NULL)
        fuzz_fail("a reply without an address");
}

static int draw(struct tsm_screen *screen, uint64_t id, const uint32_t *characters, size_t length,
                unsigned int width, unsigned int column, unsigned int row,
                const struct tsm_screen_attr *attributes, tsm_age_t age, void *data) {
    return 0;
}

static void feed(struct gate *gate, struct tsm_vte *vte, const guint8 *bytes, gsize length) {
    g_autoptr(GByteArray) out = g_byte_array_new();
    gate_pass(gate, bytes, length, out);
    gate_check(out->data, out->len);
    tsm_vte_input(vte, (const char *)out->data, out->len);
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    struct gate *gate = gate_new();
    struct tsm_screen *screen = NULL;
    struct tsm_vte *vte = NULL;
    gsize start = 0;
    g_assert(tsm_screen_new(&screen, NULL, NULL) == 0 &&
             tsm_vte_new(&vte, screen, reply, NULL, NULL, NULL) == 0);
    tsm_screen_resize(screen, 80, 24);
    for (gsize i = 0; i + 2 < length; i++) {
        if (bytes[i] != 0xff)
            continue;
        feed(gate, vte, bytes + start, i - start);
        tsm_screen_resize(screen, MAX(1, bytes[i + 1]), MAX(1, bytes[i + 2]));
        i += 2;
        start = i + 1;
    }
    feed(gate, vte, bytes + start, length - start);
    tsm_screen_draw(screen, draw, NULL);
    tsm_vte_unref(vte);
    tsm_screen_unref(screen);
    gate_free(gate);
    return 0;
}
