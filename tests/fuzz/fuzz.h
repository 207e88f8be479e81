/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

/* What libFuzzer calls for each input. A finding is an abort, a sanitizer's report, a leak, or no end. */
int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length);

/* A property that does not hold; libFuzzer keeps the input. */
_Noreturn static inline void fuzz_fail(const char *format, ...) G_GNUC_PRINTF(1, 2);

_Noreturn static inline void fuzz_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

/* The input as text that ends at its first NUL; the caller's. */
static inline char *fuzz_text(const guint8 *bytes, gsize length) {
    return length == 0 ? g_strdup("") : g_strndup((const char *)bytes, length);
}

/* An error must say something, in our domain, and travel with FALSE alone. */
#define FUZZ_CHECK_RESULT(fine, error)                                                                       \
    do {                                                                                                     \
        if ((fine) ? (error) != NULL : (error) == NULL || *(error)->message == '\0')                         \
            fuzz_fail("a result and its error do not agree");                                                \
    } while (0)
