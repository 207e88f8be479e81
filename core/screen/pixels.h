/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* A picture as red, green, blue, a byte each, row by row from the top. Any thread. */
struct pixels {
    guint width, height;
    guint8 *rgb;
};

/* A side, and all of it: 5120 x 2880 passes. A decoded picture takes 48 MiB then, in a child that may have
 * 128. */
enum { PIXELS_SIDE_MAX = 8192, PIXELS_MAX = 16 * 1024 * 1024 };

/* Bytes of a file with that many pixels, and some more for its header. */
#define PIXELS_FILE_MAX ((gsize)PIXELS_MAX * 3 + 4096)

enum pixels_fault {
    PIXELS_FINE,
    PIXELS_UNKNOWN,   /* neither PNG nor PPM */
    PIXELS_BROKEN,    /* the file is not whole, or makes no sense */
    PIXELS_TOO_LARGE, /* more than the limits above, or nothing at all */
};

/* Reads a PNG or a binary PPM of one byte a sample, what QEMU gives of its screen. Only in a confined
 * process: the bytes are a guest's. *pixels is the caller's where it is PIXELS_FINE, and untouched otherwise.
 */
enum pixels_fault pixels_read(const guint8 *bytes, gsize length, struct pixels *pixels);

/* A picture that fits into the box, in its proportions and never larger than it was: each pixel the mean of
 * those it stands for. The caller's. */
struct pixels pixels_fit(const struct pixels *pixels, guint width, guint height);

/* The picture as a PNG file; NULL where that cannot be. The caller's. */
GBytes *pixels_png(const struct pixels *pixels);

void pixels_clear(struct pixels *pixels);
