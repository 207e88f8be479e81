/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filter language, on a guest of which everything and on one of which nothing is known. */
#include "tests/fuzz/fuzz.h"

#include "core/host/facts.h"
#include "core/host/filter.h"

#define UUID "12345678-1111-4222-8333-444444444444"

static struct guest *make_guest(const char *name, double cpu, guint64 memory, const char *xml) {
    struct guest *guest = g_new0(struct guest, 1);
    g_atomic_ref_count_init(&guest->references);
    guest->name = g_strdup(name);
    guest->uuid = g_strdup(UUID);
    guest->responding = TRUE;
    guest->cpu_percent = cpu;
    guest->memory_used = memory;
    guest->addresses = g_hash_table_new(g_str_hash, g_str_equal);
    guest->facts = guest_facts_parse(xml, UUID);
    return guest;
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    static struct guest *guests[2];
    if (guests[0] == NULL) {
        guests[0] = make_guest("web", 12.5, 1 << 30,
                               "<domain><metadata><i:guest xmlns:i='urn:innkeep:guest:1'><i:uuid>" UUID
                               "</i:uuid><i:role>web</i:role><i:tags><i:tag>prod</i:tag></i:tags></i:guest>"
                               "</metadata></domain>");
        guests[1] = make_guest("\xff\xfe", NAN, UNKNOWN_SIZE, "");
    }
    g_autofree char *line = fuzz_text(bytes, length);
    g_autoptr(GError) error = NULL;
    g_autoptr(filter_t) filter = filter_parse_line(line, &error);
    FUZZ_CHECK_RESULT(filter != NULL, error);
    for (gsize i = 0; filter != NULL && i < G_N_ELEMENTS(guests); i++)
        filter_matches(filter, guests[i]);
    return 0;
}
