/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Definitions of templates: what was read must be written and read again as the same. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "config/template.h"

static struct template *parse(const char *text, gsize length) {
    g_autoptr(GError) error = NULL;
    struct template *template = template_parse(text, length, "fuzz.ini", TRUE, &error);
    FUZZ_CHECK_RESULT(template != NULL, error);
    return template;
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    g_autofree char *raw = g_strndup((const char *)bytes, length);
    g_autoptr(template_t) template = parse(raw, length);
    if (template == NULL)
        return 0;
    g_autofree char *text = template_serialise(template);
    g_autoptr(template_t) again = parse(text, strlen(text));
    g_autofree char *second = again == NULL ? NULL : template_serialise(again);
    if (g_strcmp0(text, second) != 0 || !template_name_valid(template->name))
        fuzz_fail("not the same again:\n%s\n--\n%s", text, second == NULL ? "(refused)" : second);
    return 0;
}
