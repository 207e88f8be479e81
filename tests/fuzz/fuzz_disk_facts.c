/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qemu-img says of an image that may have been made to confuse it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "core/template/disk_image.h"

/* json-glib (1.6) forgets the first of two values that follow each other without a comma. */
const char *__asan_default_options(void);

const char *__asan_default_options(void) {
    return "detect_leaks=0";
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    g_autoptr(GError) error = NULL;
    g_autofree char *json = fuzz_text(bytes, length);
    g_autoptr(disk_facts_t) facts = disk_facts_parse(json, "qcow2", &error);
    FUZZ_CHECK_RESULT(facts != NULL, error);
    if (facts != NULL && (strcmp(facts->format, "qcow2") != 0 || facts->virtual_size == 0))
        fuzz_fail("an image without a size is taken");
    return 0;
}
