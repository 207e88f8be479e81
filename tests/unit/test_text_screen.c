/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/screen/text_screen.h"

#include <string.h>

#include "tests/unit/unit.h"

/* Pictures are composed of the very glyphs that are looked for; real ones are in tests/guests/test_screen.py.
 */
static const struct {
    gunichar character;
    guint height;
    guint64 high, low;
} glyphs[] = {
#define GLYPH_16(character, high, low) {character, 16, high##ull, low##ull},
#define GLYPH_14(character, high, low) {character, 14, high##ull, low##ull},
#define GLYPH_8(character, high, low)  {character, 8, high##ull, low##ull},
#include "core/screen/fonts.def"
};

enum { GREY = 0xaaaaaa, BLACK = 0, BLUE = 0x0000aa, YELLOW = 0xffff55 };

static struct pixels canvas(guint width, guint height, guint32 colour) {
    struct pixels pixels = {width, height, g_malloc((gsize)width * height * 3)};
    for (gsize i = 0; i < (gsize)width * height; i++) {
        pixels.rgb[i * 3] = (guint8)(colour >> 16);
        pixels.rgb[i * 3 + 1] = (guint8)(colour >> 8);
        pixels.rgb[i * 3 + 2] = (guint8)colour;
    }
    return pixels;
}

static void plot(struct pixels *pixels, guint x, guint y, guint32 colour) {
    guint8 *at = pixels->rgb + ((gsize)y * pixels->width + x) * 3;
    at[0] = (guint8)(colour >> 16);
    at[1] = (guint8)(colour >> 8);
    at[2] = (guint8)colour;
}

struct hand {
    struct pixels *pixels;
    guint width, height, margin; /* of a cell */
    guint32 foreground, background;
};

static void draw_glyph(const struct hand *hand, guint column, guint row, gunichar character) {
    guint64 high = 0, low = 0;
    for (gsize i = G_N_ELEMENTS(glyphs); i-- > 0;) /* the first one, the VGA's, wins */
        if (glyphs[i].character == character && glyphs[i].height == hand->height) {
            high = glyphs[i].high;
            low = glyphs[i].low;
        }
    gboolean line = character >= 0x2500 && character < 0x25a0;
    for (guint y = 0; y < hand->height; y++)
        for (guint x = 0; x < hand->width; x++) {
            guint8 bits = (guint8)((y < 8 ? high : low) >> (7 - y % 8) * 8);
            gboolean on = x < 8 ? (bits & 0x80 >> x) != 0 : line && (bits & 1) != 0;
            plot(hand->pixels, hand->margin + column * hand->width + x, hand->margin + row * hand->height + y,
                 on ? hand->foreground : hand->background);
        }
}

static void draw_text(const struct hand *hand, guint column, guint row, const char *text) {
    for (; *text != '\0'; text = g_utf8_next_char(text))
        draw_glyph(hand, column++, row, g_utf8_get_char(text));
}

static char *line_of(const struct text_screen *screen, guint row) {
    GString *line = g_string_new(NULL);
    for (guint i = 0; i < screen->columns; i++)
        g_string_append_unichar(line, screen->cells[row * screen->columns + i].character);
    return g_strchomp(g_string_free(line, FALSE));
}

static void expect_line(const struct text_screen *screen, guint row, const char *text) {
    g_autofree char *line = line_of(screen, row);
    assert_string_equal(line, text);
}

static void every_mode_is_read(void **state) {
    static const struct {
        guint width, height, cell_width, cell_height, margin, columns, rows;
    } modes[] = {
        {720, 400, 9, 16, 0, 80, 25},  {640, 400, 8, 16, 0, 80, 25},    {720, 400, 9, 8, 0, 80, 50},
        {640, 400, 8, 8, 0, 80, 50},   {640, 350, 8, 14, 0, 80, 25},    {640, 480, 8, 16, 0, 80, 30},
        {800, 600, 8, 16, 0, 100, 37}, {1024, 768, 8, 16, 0, 128, 48},  {1280, 800, 8, 16, 0, 160, 50},
        {800, 600, 8, 16, 10, 97, 36}, {1024, 768, 8, 16, 10, 125, 46},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
        struct pixels pixels = canvas(modes[i].width, modes[i].height, BLACK);
        struct hand hand = {&pixels, modes[i].cell_width, modes[i].cell_height, modes[i].margin, GREY, BLACK};
        struct text_screen screen;
        draw_text(&hand, 0, 0, "No bootable device.");
        draw_text(&hand, 3, 5, "┌─┐ gpq {|}~ 0123456789");
        assert_true(text_screen_read(&pixels, &screen));
        assert_int_equal(screen.columns, modes[i].columns);
        assert_int_equal(screen.rows, modes[i].rows);
        expect_line(&screen, 0, "No bootable device.");
        expect_line(&screen, 5, "   ┌─┐ gpq {|}~ 0123456789");
        expect_line(&screen, 1, "");
        assert_false(screen.cursor);
        text_screen_clear(&screen);
        pixels_clear(&pixels);
    }
}

static void every_glyph_is_itself_in_any_colours(void **state) {
    struct pixels pixels = canvas(720, 400, BLACK);
    struct hand hand = {&pixels, 9, 16, 0, YELLOW, BLUE};
    struct text_screen screen;
    gunichar drawn[80 * 25] = {0};
    guint count = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(glyphs) && glyphs[i].height == 16 && count < 250; i++) {
        drawn[count] = glyphs[i].character;
        draw_glyph(&hand, count % 80, count / 80, glyphs[i].character);
        count++;
    }
    assert_true(text_screen_read(&pixels, &screen));
    for (guint i = 0; i < count; i++) {
        /* A whole block, and half of one, are also the background's colour with a part of it left. */
        gboolean block = drawn[i] >= 0x2580 && drawn[i] <= 0x259f;
        if (block)
            continue;
        assert_int_equal(screen.cells[i].character, drawn[i]);
        assert_int_equal(screen.cells[i].foreground, 11);
        assert_int_equal(screen.cells[i].background, 4);
    }
    text_screen_clear(&screen);
    pixels_clear(&pixels);
}

static void a_chosen_line_is_reversed(void **state) {
    struct pixels pixels = canvas(720, 400, BLACK);
    struct hand hand = {&pixels, 9, 16, 0, GREY, BLACK}, chosen = {&pixels, 9, 16, 0, BLACK, GREY};
    struct text_screen screen;
    draw_text(&hand, 1, 1, "Debian GNU/Linux");
    draw_text(&chosen, 1, 2, "Advanced options");
    assert_true(text_screen_read(&pixels, &screen));
    expect_line(&screen, 2, " Advanced options");
    assert_int_equal(screen.cells[2 * 80 + 1].foreground, 0);
    assert_int_equal(screen.cells[2 * 80 + 1].background, 7);
    text_screen_clear(&screen);
    pixels_clear(&pixels);
}

static void the_cursor_is_seen_over_nothing_and_over_a_letter(void **state) {
    static const gunichar under[] = {' ', 'e', 'A'};
    for (gsize i = 0; i < G_N_ELEMENTS(under); i++) {
        struct pixels pixels = canvas(720, 400, BLACK);
        struct hand hand = {&pixels, 9, 16, 0, GREY, BLACK};
        struct text_screen screen;
        draw_text(&hand, 0, 0, "grub>");
        if (under[i] != ' ')
            draw_glyph(&hand, 6, 0, under[i]);
        for (guint y = 13; y < 15; y++)
            for (guint x = 0; x < 9; x++)
                plot(&pixels, 6 * 9 + x, y, GREY);
        assert_true(text_screen_read(&pixels, &screen));
        assert_true(screen.cursor);
        assert_int_equal(screen.cursor_column, 6);
        assert_int_equal(screen.cursor_row, 0);
        assert_int_equal(screen.cells[6].character, under[i]);
        text_screen_clear(&screen);
        pixels_clear(&pixels);
    }
}

static void a_blank_screen_is_text_only_where_there_is_nothing_else(void **state) {
    struct pixels vga = canvas(720, 400, BLACK), graphics = canvas(1024, 768, BLUE);
    struct text_screen screen;
    assert_true(text_screen_read(&vga, &screen));
    expect_line(&screen, 0, "");
    text_screen_clear(&screen);
    assert_false(text_screen_read(&graphics, &screen));
    pixels_clear(&vga);
    pixels_clear(&graphics);
}

static void graphics_are_no_text(void **state) {
    static const guint sizes[][2] = {{720, 400}, {640, 480}, {1024, 768}, {1, 1}, {7, 3}, {17, 9}, {8, 4096}};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct pixels slope = canvas(sizes[i][0], sizes[i][1], BLACK);
        struct text_screen screen;
        for (guint y = 0; y < slope.height; y++)
            for (guint x = 0; x < slope.width; x++)
                plot(&slope, x, y, (x * 255 / slope.width) << 16 | (y * 7 & 0xff) << 8 | ((x ^ y) & 0xff));
        assert_false(text_screen_read(&slope, &screen));
        pixels_clear(&slope);
    }
}

/* A desktop: windows of one colour, and text in a font that is not known. */
static void a_desktop_with_a_little_text_is_no_text(void **state) {
    struct pixels pixels = canvas(1024, 768, 0x336699);
    struct hand hand = {&pixels, 8, 16, 0, BLACK, 0xffffff};
    struct text_screen screen;
    for (guint y = 101; y < 600; y++)
        for (guint x = 203; x < 805; x++)
            plot(&pixels, x, y, y < 130 ? 0x222222 + x % 3 : 0xf0f0f0);
    draw_text(&hand, 40, 20, "a terminal in a window");
    assert_false(text_screen_read(&pixels, &screen));
    pixels_clear(&pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mode_is_read),
        cmocka_unit_test(every_glyph_is_itself_in_any_colours),
        cmocka_unit_test(a_chosen_line_is_reversed),
        cmocka_unit_test(the_cursor_is_seen_over_nothing_and_over_a_letter),
        cmocka_unit_test(a_blank_screen_is_text_only_where_there_is_nothing_else),
        cmocka_unit_test(graphics_are_no_text),
        cmocka_unit_test(a_desktop_with_a_little_text_is_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
