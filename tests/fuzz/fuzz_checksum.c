/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A publisher's list of checksums: what is found is a whole checksum that stands in the list. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "core/template/checksum.h"

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    for (int alone = 0; alone < 2; alone++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(checksum_t) found =
            checksum_find((const char *)bytes, length, "debian-12.qcow2", alone == 1, &error);
        FUZZ_CHECK_RESULT(found != NULL, error);
        if (found == NULL)
            continue;
        g_autofree char *text = g_ascii_strdown((const char *)bytes, (gssize)length);
        if (strlen(found->hex) != (found->type == G_CHECKSUM_SHA512 ? 128 : 64) ||
            memmem(text, length, found->hex, strlen(found->hex)) == NULL)
            fuzz_fail("'%s' is not in the list", found->hex);
    }
    return 0;
}
