/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/units.h"

#include <string.h>

#include "config/error.h"

struct unit {
    const char *name;
    guint64 factor;
};

static const struct unit sizes[] = {
    {"", 1},
    {"K", G_GUINT64_CONSTANT(1) << 10},
    {"M", G_GUINT64_CONSTANT(1) << 20},
    {"G", G_GUINT64_CONSTANT(1) << 30},
    {"T", G_GUINT64_CONSTANT(1) << 40},
};

static const struct unit durations[] = {
    {"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000},
};

static gboolean parse(const char *text, const struct unit *units, gsize count, guint64 *result) {
    guint64 number = 0;
    const char *at = text;
    for (; g_ascii_isdigit(*at); at++)
        if (!g_uint64_checked_mul(&number, number, 10) ||
            !g_uint64_checked_add(&number, number, (guint64)(*at - '0')))
            return FALSE;
    for (gsize i = 0; at != text && i < count; i++) {
        if (g_ascii_strcasecmp(at, units[i].name) != 0)
            continue;
        if (!g_uint64_checked_mul(&number, number, units[i].factor) || number > G_MAXINT64)
            return FALSE;
        *result = number;
        return TRUE;
    }
    return FALSE;
}

gboolean units_parse_size(const char *text, guint64 *bytes, GError **error) {
    if (parse(text, sizes, G_N_ELEMENTS(sizes), bytes))
        return TRUE;
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "'%s' is not a size such as 512M or 20G", text);
    return FALSE;
}

gboolean units_parse_duration(const char *text, guint64 *milliseconds, GError **error) {
    if (parse(text, durations, G_N_ELEMENTS(durations), milliseconds))
        return TRUE;
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "'%s' is not a time such as 500ms, 2s, 10m or 7d", text);
    return FALSE;
}

char *units_format_size(guint64 bytes) {
    if (bytes < 1024)
        return g_strdup_printf("%" G_GUINT64_FORMAT "B", bytes);
    gsize unit = 0;
    double value = (double)bytes;
    /* 1023.5 would be rounded to 1024 of the smaller unit. */
    while (value >= 1023.5 && unit + 1 < G_N_ELEMENTS(sizes)) {
        value /= 1024;
        unit++;
    }
    return g_strdup_printf("%.*f%s", value < 9.95 ? 1 : 0, value, sizes[unit].name);
}

char *units_format_duration(guint64 seconds) {
    static const struct unit parts[] = {{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}};
    for (gsize i = 0; i + 1 < G_N_ELEMENTS(parts); i++)
        if (seconds >= parts[i].factor)
            return g_strdup_printf("%" G_GUINT64_FORMAT "%s %" G_GUINT64_FORMAT "%s",
                                   seconds / parts[i].factor, parts[i].name,
                                   seconds % parts[i].factor / parts[i + 1].factor, parts[i + 1].name);
    return g_strdup_printf("%" G_GUINT64_FORMAT "s", seconds);
}
