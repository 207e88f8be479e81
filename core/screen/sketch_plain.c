/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/screen/sketch.h"

#include <string.h>

/* Built without chafa: half blocks in 24-bit colours or 256, or characters by their darkness. */

void sketch_box(const struct sketch_terminal *terminal, guint *width, guint *height) {
    *width = terminal->columns;
    *height = terminal->rows * 2;
}

static const guint8 *pixel(const struct pixels *pixels, guint x, guint y) {
    return pixels->rgb + ((gsize)MIN(y, pixels->height - 1) * pixels->width + x) * 3;
}

static void append_colour(GString *text, int what, const guint8 *rgb, gboolean direct) {
    if (direct)
        g_string_append_printf(text, "\033[%d;2;%u;%u;%um", what, rgb[0], rgb[1], rgb[2]);
    else /* the cube of xterm's 256, six steps a colour */
        g_string_append_printf(text, "\033[%d;5;%um", what,
                               16 + 36 * (rgb[0] * 5u / 255) + 6 * (rgb[1] * 5u / 255) + rgb[2] * 5u / 255);
}

static char ink(const guint8 *upper, const guint8 *lower) {
    static const char ramp[] = " .:-=+*#%@";
    guint light = 0;
    for (guint i = 0; i < 3; i++)
        light += upper[i] + lower[i];
    return ramp[light * (sizeof ramp - 2) / (6 * 255)];
}

char *sketch_pixels(const struct pixels *pixels, const struct sketch_terminal *terminal, char **environment) {
    const char *depth = g_environ_getenv(environment, "COLORTERM");
    gboolean direct = g_strcmp0(depth, "truecolor") == 0 || g_strcmp0(depth, "24bit") == 0;
    GString *text = g_string_new(NULL);
    for (guint y = 0; y < pixels->height; y += 2) {
        for (guint x = 0; x < pixels->width; x++) {
            const guint8 *upper = pixel(pixels, x, y), *lower = pixel(pixels, x, y + 1);
            if (!terminal->colour || !terminal->utf8) {
                g_string_append_c(text, ink(upper, lower));
                continue;
            }
            append_colour(text, 38, upper, direct);
            append_colour(text, 48, lower, direct);
            g_string_append(text, "▀");
        }
        g_string_append(text, terminal->colour && terminal->utf8 ? "\033[0m\n" : "\n");
    }
    return g_string_free(text, FALSE);
}
