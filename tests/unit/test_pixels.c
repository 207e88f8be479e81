/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/screen/pixels.h"

#include <png.h>
#include <string.h>

#include "tests/unit/unit.h"

static enum pixels_fault read_bytes(const void *bytes, gsize length, struct pixels *pixels) {
    *pixels = (struct pixels){0};
    g_autofree guint8 *exact = g_memdup2(bytes, length); /* a byte too far is seen by the sanitizers */
    return pixels_read(exact, length, pixels);
}

static void a_ppm_is_read(void **state) {
    static const char file[] = "P6\n# a comment\n2 1\n255\nabcdef";
    struct pixels pixels;
    assert_int_equal(read_bytes(file, strlen(file), &pixels), PIXELS_FINE);
    assert_int_equal(pixels.width, 2);
    assert_int_equal(pixels.height, 1);
    assert_memory_equal(pixels.rgb, "abcdef", 6);
    pixels_clear(&pixels);
}

static void other_depths_are_scaled_and_kept_within(void **state) {
    static const char file[] = "P6 1 1 3\n\1\3\377";
    struct pixels pixels;
    assert_int_equal(read_bytes(file, strlen(file), &pixels), PIXELS_FINE);
    assert_memory_equal(pixels.rgb, "\125\377\377", 3);
    pixels_clear(&pixels);
}

static void what_makes_no_sense_is_refused(void **state) {
    static const struct {
        const char *file;
        enum pixels_fault fault;
    } cases[] = {
        {"", PIXELS_UNKNOWN},
        {"P6", PIXELS_UNKNOWN},
        {"P5 1 1 255\na", PIXELS_UNKNOWN},
        {"P3\n1 1\n255\n1 2 3", PIXELS_UNKNOWN},
        {"GIF89a", PIXELS_UNKNOWN},
        {"P6\n", PIXELS_BROKEN},
        {"P6\n#", PIXELS_BROKEN},
        {"P6 1", PIXELS_BROKEN},
        {"P6 1 1", PIXELS_BROKEN},
        {"P6 1 1 255", PIXELS_BROKEN},
        {"P6 1 1 255\n", PIXELS_BROKEN},
        {"P6 1 1 255\nab", PIXELS_BROKEN},
        {"P6 2 2 255\nabcdefghijk", PIXELS_BROKEN},
        {"P6 -1 1 255\nabc", PIXELS_BROKEN},
        {"P6 1 1 0\nabc", PIXELS_BROKEN},
        {"P6 1 1 256\nabcabc", PIXELS_BROKEN},
        {"P6 1 1 65535\nabcabc", PIXELS_BROKEN},
        {"P6 1 1 255xabc", PIXELS_BROKEN},
        {"P6 99999999999999999999 1 255\nabc", PIXELS_BROKEN},
        {"P6 0 1 255\nabc", PIXELS_TOO_LARGE},
        {"P6 1 0 255\nabc", PIXELS_TOO_LARGE},
        {"P6 8193 1 255\nabc", PIXELS_TOO_LARGE},
        {"P6 1 8193 255\nabc", PIXELS_TOO_LARGE},
        {"P6 8192 8192 255\nabc", PIXELS_TOO_LARGE},
        {"P6 4294967297 1 255\nabc", PIXELS_TOO_LARGE},
        {"P6 8192 2048 255\nabc", PIXELS_BROKEN},
        {"\211PNG\r\n\032\n", PIXELS_BROKEN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct pixels pixels;
        assert_int_equal(read_bytes(cases[i].file, strlen(cases[i].file), &pixels), cases[i].fault);
        assert_null(pixels.rgb);
    }
}

/* A PNG of that size; the caller's. */
static guint8 *make_png(guint width, guint height, const guint8 *rgb, gsize *length) {
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    guint8 *bytes = g_malloc(size);
    assert_true(png_image_write_to_memory(&image, bytes, &size, 0, rgb, 0, NULL));
    *length = size;
    return bytes;
}

static void a_png_is_read_and_half_of_one_is_not(void **state) {
    static const guint8 rgb[] = {1, 2, 3, 250, 251, 252, 0, 0, 0, 9, 8, 7};
    gsize length = 0;
    g_autofree guint8 *bytes = make_png(2, 2, rgb, &length);
    struct pixels pixels;
    assert_int_equal(read_bytes(bytes, length, &pixels), PIXELS_FINE);
    assert_int_equal(pixels.width, 2);
    assert_int_equal(pixels.height, 2);
    assert_memory_equal(pixels.rgb, rgb, sizeof rgb);
    pixels_clear(&pixels);
    for (gsize cut = 8; cut + 12 < length; cut++)
        assert_int_equal(read_bytes(bytes, cut, &pixels), PIXELS_BROKEN);
}

static void a_png_that_is_too_large_is_refused_before_it_is_unpacked(void **state) {
    g_autofree guint8 *rgb = g_malloc0((gsize)8193 * 3);
    gsize length = 0;
    g_autofree guint8 *bytes = make_png(8193, 1, rgb, &length);
    struct pixels pixels;
    assert_int_equal(read_bytes(bytes, length, &pixels), PIXELS_TOO_LARGE);
}

static void a_fitted_picture_keeps_its_proportions_and_never_grows(void **state) {
    static const struct {
        guint width, height, box_width, box_height, fit_width, fit_height;
    } cases[] = {{720, 400, 80, 48, 80, 44},    {1024, 768, 80, 48, 64, 48}, {10, 10, 80, 48, 10, 10},
                 {8192, 1, 80, 48, 80, 1},      {1, 8192, 80, 48, 1, 48},    {640, 480, 1, 1, 1, 1},
                 {640, 480, 640, 480, 640, 480}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct pixels pixels = {cases[i].width, cases[i].height, NULL};
        pixels.rgb = g_malloc((gsize)pixels.width * pixels.height * 3);
        memset(pixels.rgb, 77, (gsize)pixels.width * pixels.height * 3);
        struct pixels fit = pixels_fit(&pixels, cases[i].box_width, cases[i].box_height);
        assert_int_equal(fit.width, cases[i].fit_width);
        assert_int_equal(fit.height, cases[i].fit_height);
        for (gsize at = 0; at < (gsize)fit.width * fit.height * 3; at++)
            assert_int_equal(fit.rgb[at], 77);
        pixels_clear(&fit);
        pixels_clear(&pixels);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ppm_is_read),
        cmocka_unit_test(other_depths_are_scaled_and_kept_within),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(a_png_is_read_and_half_of_one_is_not),
        cmocka_unit_test(a_png_that_is_too_large_is_refused_before_it_is_unpacked),
        cmocka_unit_test(a_fitted_picture_keeps_its_proportions_and_never_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
