/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes and times: bounded, and readable when written. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "config/units.h"

static void check(gboolean (*parse)(const char *text, guint64 *result, GError **error),
                  char *(*format)(guint64 value), const char *text) {
    guint64 value = 77;
    g_autoptr(GError) error = NULL;
    gboolean fine = parse(text, &value, &error);
    FUZZ_CHECK_RESULT(fine, error);
    if (!fine && value != 77)
        fuzz_fail("a refused value was stored");
    if (value > G_MAXINT64)
        fuzz_fail("out of range");
    g_autofree char *words = format(value);
    if (*words == '\0' || strlen(words) > 32)
        fuzz_fail("'%s' is no way to write a value", words);
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    g_autofree char *text = fuzz_text(bytes, length);
    check(units_parse_size, units_format_size, text);
    check(units_parse_duration, units_format_duration, text);
    return 0;
}
