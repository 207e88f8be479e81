/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest writes, through the gate: only what is known and bounded passes, however it was cut. */
#include "core/confined/gate.h"

#include "tests/fuzz/gate_check.h"

static GByteArray *passed(const guint8 *bytes, gsize length, gsize cut) {
    GByteArray *out = g_byte_array_new();
    struct gate *gate = gate_new();
    gate_pass(gate, bytes, cut, out);
    gate_check(out->data, out->len);
    gate_pass(gate, bytes + cut, length - cut, out);
    gate_free(gate);
    return out;
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    gsize cut = length == 0 ? 0 : bytes[0] % length;
    g_autoptr(GByteArray) whole = passed(bytes, length, length), parts = passed(bytes, length, cut);
    gate_check(whole->data, whole->len);
    if (whole->len != parts->len || (whole->len > 0 && memcmp(whole->data, parts->data, whole->len) != 0))
        fuzz_fail("what passes depends on how it is cut");
    return 0;
}
