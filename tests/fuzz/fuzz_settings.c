/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The INI reader and the settings on top of it. */
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "config/ini.h"
#include "config/settings.h"

static gboolean take_key(const struct ini_place *place, const char *value, gpointer data, GError **error) {
    if (!g_utf8_validate(value, -1, NULL) || !g_utf8_validate(place->key, -1, NULL) || place->line == 0)
        fuzz_fail("the reader let something pass");
    return TRUE;
}

int LLVMFuzzerTestOneInput(const guint8 *bytes, gsize length) {
    static const struct ini_calls calls = {NULL, take_key};
    static int file = -1;
    g_autoptr(GError) wrong = NULL, broken = NULL;
    g_autofree char *text = g_strndup((const char *)bytes, length);
    gboolean fine = ini_read_text(text, length, "fuzz.ini", &calls, NULL, &wrong);
    FUZZ_CHECK_RESULT(fine, wrong);
    if (file < 0)
        file = memfd_create("settings", 0);
    g_assert(ftruncate(file, 0) == 0 && pwrite(file, bytes, length, 0) == (gssize)length);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", file);
    g_autoptr(settings_t) settings = settings_load(path, NULL, &broken);
    FUZZ_CHECK_RESULT(settings != NULL, broken);
    return 0;
}
