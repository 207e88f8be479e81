/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text made safe: valid, inert, and no wider than it may be. */
#include "tests/fuzz/fuzz.h"

#include "core/base/text.h"

static void check(const char *safe, int limit, gboolean ascii) {
    if (!g_utf8_validate(safe, -1, NULL))
        fuzz_fail("not UTF-8");
    if (text_columns(safe) > limit)
        fuzz_fail("%d columns where %d were allowed", text_columns(safe), limit);
    for (const char *at = safe; *at != '\0'; at = g_utf8_next_char(at)) {
        GUnicodeType type = g_unichar_type(g_utf8_get_char(at));
        if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_PRIVATE_USE ||
            type == G_UNICODE_UNASSIGNED || type == G_UNICODE_LINE_SEPARATOR ||
            type == G_UNICODE_PARAGRAPH_SEPARATOR || (ascii && g_utf8_get_char(at) > 126))
            fuzz_fail("U+%04X passed", g_utf8_get_char(at));
    }
}

/* The first byte chooses width and alphabet. */
int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    if (length == 0)
        return 0;
    gboolean ascii = bytes[0] & 1, right = (bytes[0] & 2) != 0;
    int limit = bytes[0] >> 2;
    g_autofree char *text = fuzz_text(bytes + 1, length - 1);
    g_autofree char *safe = text_safe(text, limit, ascii), *wide = text_safe(text, -1, ascii);
    g_autofree char *again = text_safe(safe, limit, ascii);
    g_autofree char *fitted = text_fit(text, limit, right, ascii);
    check(safe, limit, ascii);
    check(wide, 200, ascii);
    check(fitted, limit, ascii);
    if (g_strcmp0(safe, again) != 0)
        fuzz_fail("what is safe is not left alone");
    if (text_columns(fitted) != limit)
        fuzz_fail("%d columns instead of %d", text_columns(fitted), limit);
    return 0;
}
