/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cloud-init in a guest says it ended with, and its log. */
#include "tests/fuzz/fuzz.h"

#include "core/guest/cloud_init.h"

/* json-glib 1.6 forgets the first of two values that follow each other. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "detect_leaks=0";
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    g_autofree char *text = fuzz_text(bytes, length);
    g_autoptr(GError) error = NULL;
    cloud_init_log_rests(text);
    gboolean well = cloud_init_result(text, "web", &error);
    FUZZ_CHECK_RESULT(well, error);
    return 0;
}
