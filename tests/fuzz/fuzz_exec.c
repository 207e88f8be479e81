/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's agent says became of a command. */
#include "core/guest/exec.h"

#include "tests/fuzz/fuzz.h"

/* json-glib (1.6) forgets the first of two values that follow each other without a comma; libvirt, which
 * passes on only what it has parsed itself, lets none through. */
const char *__asan_default_options(void);

const char *__asan_default_options(void) {
    return "detect_leaks=0";
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    g_autofree char *text = fuzz_text(bytes, length);
    g_autoptr(GError) error = NULL;
    struct exec_result *result = NULL;
    gboolean fine = exec_parse_status(text, &result, &error);
    FUZZ_CHECK_RESULT(fine, error);
    if (result == NULL)
        return 0;
    if (!fine || result->out == NULL || result->err == NULL || (result->exit < 0) != (result->signal > 0))
        fuzz_fail("half a result");
    if (exec_status(result) < 0 || exec_status(result) > 255)
        fuzz_fail("a status that no process has");
    exec_result_unref(result);
    return 0;
}
