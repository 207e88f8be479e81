/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qemu-img says of an image that may have been made to confuse it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "core/provision/disk_image.h"

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    g_autoptr(GError) error = NULL;
    g_autofree char *json = fuzz_text(bytes, length);
    g_autoptr(disk_facts_t) facts = disk_facts_parse(json, "qcow2", &error);
    FUZZ_CHECK_RESULT(facts != NULL, error);
    if (facts != NULL && (strstr(json, "\"backing-filename\"") != NULL || facts->virtual_size == 0))
        fuzz_fail("a hostile image is taken");
    return 0;
}
