/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a new guest's seed is made of: names, lines of keys, user data. A name becomes one label, a key one
 * line, and what is written is one JSON object. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include <json-glib/json-glib.h>

#include "core/seed/public_keys.h"
#include "core/seed/text.h"
#include "core/seed/user_data.h"

static void check_object(const char *json) {
    g_autoptr(JsonNode) node = json_from_string(json, NULL);
    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
        fuzz_fail("no JSON object:\n%s", json);
}

static void try_name(const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *hostname = seed_hostname(valid);
    gsize length = strlen(hostname);
    if (length == 0 || length > 63 || strspn(hostname, "abcdefghijklmnopqrstuvwxyz0123456789-") != length ||
        *hostname == '-' || hostname[length - 1] == '-')
        fuzz_fail("'%s' is no label", hostname);
    g_autofree char *meta = seed_text_meta(valid, hostname, FALSE);
    check_object(meta);
}

static void try_key(const char *text) {
    gboolean narrow = FALSE;
    g_autofree char *key = public_key_parse(text, &narrow);
    if (key == NULL)
        return;
    if (narrow || strpbrk(key, "\n\r") != NULL || !g_utf8_validate(key, -1, NULL))
        fuzz_fail("'%s' was taken for a key", key);
    char *keys[] = {key, NULL};
    struct seed_text asked = {
        .user = "ada", .password_hash = "$6$", .keys = keys, .packages = keys, .agent = TRUE};
    g_autofree char *config = seed_text_config(&asked);
    check_object(strchr(config, '\n'));
    gboolean again_narrow = FALSE;
    g_autofree char *again = public_key_parse(key, &again_narrow);
    if (g_strcmp0(key, again) != 0)
        fuzz_fail("not the same key again: %s", key);
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    g_autofree char *text = fuzz_text(bytes, length);
    g_autoptr(GError) error = NULL;
    try_name(text);
    try_key(text);
    g_autofree char *joined = user_data_join("#cloud-config\n{}\n", text, NULL, &error);
    FUZZ_CHECK_RESULT(joined != NULL, error);
    return 0;
}
