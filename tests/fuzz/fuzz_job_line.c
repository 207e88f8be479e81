/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said at a long job's socket, in two pieces, the first byte says where it is cut. What was
 * understood can be said again, and means the same then. */
#include "core/longjob/line.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static void say_again(const struct job_line *line) {
    g_autofree char *text = job_line_text(line, TRUE);
    if (strchr(text, '\n') != text + strlen(text) - 1)
        fuzz_fail("a line that is not one");
    g_autoptr(job_line_t) back = job_line_parse(text, strlen(text) - 1);
    g_autofree char *again = back == NULL ? NULL : job_line_text(back, TRUE);
    if (g_strcmp0(text, again) != 0)
        fuzz_fail("said again it means something else");
}

static gboolean take_all(GByteArray *heard) {
    gboolean bad = FALSE;
    for (struct job_line *line; (line = job_line_take(heard, 2048, &bad)) != NULL;) {
        say_again(line);
        job_line_free(line);
    }
    return !bad;
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    if (length < 2)
        return 0;
    g_autoptr(GByteArray) heard = g_byte_array_new();
    gsize cut = 1 + bytes[0] % (length - 1);
    g_byte_array_append(heard, bytes + 1, (guint)(cut - 1));
    if (!take_all(heard))
        return 0;
    g_byte_array_append(heard, bytes + cut, (guint)(length - cut));
    take_all(heard);
    return 0;
}
