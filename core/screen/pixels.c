/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/screen/pixels.h"

#include <png.h>
#include <string.h>

static gboolean size_fits(guint64 width, guint64 height) {
    return width > 0 && height > 0 && width <= PIXELS_SIDE_MAX && height <= PIXELS_SIDE_MAX &&
           width * height <= PIXELS_MAX;
}

/* ---- PPM ---- */

struct reader {
    const guint8 *at, *end;
};

static gboolean is_space(guint8 byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static void skip_space(struct reader *reader) {
    while (reader->at < reader->end && (is_space(*reader->at) || *reader->at == '#')) {
        if (*reader->at == '#')
            while (reader->at < reader->end && *reader->at != '\n')
                reader->at++;
        else
            reader->at++;
    }
}

/* FALSE where there is no number, or one longer than any that is allowed. */
static gboolean take_number(struct reader *reader, guint64 *number) {
    guint digits = 0;
    skip_space(reader);
    *number = 0;
    for (; reader->at < reader->end && g_ascii_isdigit(*reader->at); reader->at++, digits++) {
        if (digits > 9)
            return FALSE;
        *number = *number * 10 + (guint64)(*reader->at - '0');
    }
    return digits > 0;
}

static enum pixels_fault read_ppm(const guint8 *bytes, gsize length, struct pixels *pixels) {
    struct reader reader = {bytes + 2, bytes + length};
    guint64 width, height, most;
    if (!take_number(&reader, &width) || !take_number(&reader, &height) || !take_number(&reader, &most) ||
        most == 0 || most > 255 || reader.at == reader.end || !is_space(*reader.at++))
        return PIXELS_BROKEN;
    if (!size_fits(width, height))
        return PIXELS_TOO_LARGE;
    gsize size = (gsize)(width * height * 3);
    if ((gsize)(reader.end - reader.at) < size)
        return PIXELS_BROKEN;
    *pixels = (struct pixels){(guint)width, (guint)height, g_memdup2(reader.at, size)};
    for (gsize i = 0; most != 255 && i < size; i++)
        pixels->rgb[i] = (guint8)(MIN(pixels->rgb[i], most) * 255 / most);
    return PIXELS_FINE;
}

/* ---- PNG ---- */

static enum pixels_fault read_png(const guint8 *bytes, gsize length, struct pixels *pixels) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, bytes, length)) {
        png_image_free(&image);
        return PIXELS_BROKEN;
    }
    if (!size_fits(image.width, image.height)) {
        png_image_free(&image);
        return PIXELS_TOO_LARGE;
    }
    image.format = PNG_FORMAT_RGB;
    guint8 *rgb = g_malloc0(PNG_IMAGE_SIZE(image));
    if (!png_image_finish_read(&image, NULL, rgb, 0, NULL)) {
        png_image_free(&image);
        g_free(rgb);
        return PIXELS_BROKEN;
    }
    *pixels = (struct pixels){image.width, image.height, rgb};
    return PIXELS_FINE;
}

/* ---- public ---- */

enum pixels_fault pixels_read(const guint8 *bytes, gsize length, struct pixels *pixels) {
    static const guint8 png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (length >= sizeof png && memcmp(bytes, png, sizeof png) == 0)
        return read_png(bytes, length, pixels);
    if (length >= 3 && bytes[0] == 'P' && bytes[1] == '6' && (is_space(bytes[2]) || bytes[2] == '#'))
        return read_ppm(bytes, length, pixels);
    return PIXELS_UNKNOWN;
}

/* The mean of a box of the source, which is never empty. */
static void mean(const struct pixels *pixels, guint left, guint top, guint right, guint bottom,
                 guint8 *result) {
    guint64 sum[3] = {0}, count = (guint64)(right - left) * (bottom - top);
    for (guint y = top; y < bottom; y++) {
        const guint8 *at = pixels->rgb + ((gsize)y * pixels->width + left) * 3;
        for (guint x = left; x < right; x++, at += 3)
            for (guint i = 0; i < 3; i++)
                sum[i] += at[i];
    }
    for (guint i = 0; i < 3; i++)
        result[i] = (guint8)((sum[i] + count / 2) / count);
}

struct pixels pixels_fit(const struct pixels *pixels, guint width, guint height) {
    guint64 from_width = pixels->width, from_height = pixels->height;
    guint64 to_width = MIN(MAX(width, 1), from_width), to_height = MIN(MAX(height, 1), from_height);
    if (to_width * from_height > to_height * from_width)
        to_width = MAX(1, to_height * from_width / from_height);
    else
        to_height = MAX(1, to_width * from_height / from_width);
    struct pixels fit = {(guint)to_width, (guint)to_height, g_malloc((gsize)(to_width * to_height * 3))};
    for (guint64 y = 0; y < to_height; y++)
        for (guint64 x = 0; x < to_width; x++)
            mean(pixels, (guint)(x * from_width / to_width), (guint)(y * from_height / to_height),
                 (guint)((x + 1) * from_width / to_width), (guint)((y + 1) * from_height / to_height),
                 fit.rgb + (y * to_width + x) * 3);
    return fit;
}

GBytes *pixels_png(const struct pixels *pixels) {
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = pixels->width,
                       .height = pixels->height,
                       .format = PNG_FORMAT_RGB};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    g_autofree guint8 *bytes = g_malloc(size);
    if (!png_image_write_to_memory(&image, bytes, &size, 0, pixels->rgb, 0, NULL))
        return NULL;
    return g_bytes_new(bytes, size);
}

void pixels_clear(struct pixels *pixels) {
    g_clear_pointer(&pixels->rgb, g_free);
    pixels->width = pixels->height = 0;
}
