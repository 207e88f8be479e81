/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's XML: what another tool wrote is taken as it is, and never NULL where facts promise something. */
#include "tests/fuzz/fuzz.h"

#include <libxml/xmlerror.h>

#include "core/host/facts.h"

static void quiet(void *data, const char *format, ...) {
    (void)data;
    (void)format;
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    xmlSetGenericErrorFunc(NULL, quiet);
    g_autofree char *xml = fuzz_text(bytes, length);
    struct guest_facts *facts = guest_facts_parse(xml, "12345678-1111-4222-8333-444444444444");
    if (facts == NULL || facts->disks == NULL || facts->nics == NULL || facts->tags == NULL ||
        facts->volumes == NULL)
        fuzz_fail("facts lack what they promise");
    if (!facts->managed && (facts->role != NULL || facts->protected))
        fuzz_fail("a foreign guest has a role");
    guest_facts_unref(facts);
    return 0;
}
