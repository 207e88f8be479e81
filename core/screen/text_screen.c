/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/screen/text_screen.h"

#include <stdlib.h>
#include <string.h>

/* How a picture is cut into cells. */
struct grid {
    guint cell_width, cell_height, left, top, columns, rows;
};

/* A cell's pixels, a byte a row from the top: high the first eight rows, low the rest. */
struct pattern {
    guint64 high, low;
};

struct glyph {
    struct pattern pattern;
    gunichar character;
    guint rank; /* where two look the same, the first of the table is meant */
};

struct font {
    guint height;
    const struct glyph *table;
    gsize count;
    struct glyph *sorted; /* without those that look like one before them */
};

/* ---- the fonts ---- */

#define NOT_HERE(character, high, low)
#define HERE(character, high, low) {{high##ull, low##ull}, character, 0},

static const struct glyph glyphs_16[] = {
#define GLYPH_16 HERE
#define GLYPH_14 NOT_HERE
#define GLYPH_8  NOT_HERE
#include "core/screen/fonts.def"
#undef GLYPH_16
#undef GLYPH_14
#undef GLYPH_8
};
static const struct glyph glyphs_14[] = {
#define GLYPH_16 NOT_HERE
#define GLYPH_14 HERE
#define GLYPH_8  NOT_HERE
#include "core/screen/fonts.def"
#undef GLYPH_16
#undef GLYPH_14
#undef GLYPH_8
};
static const struct glyph glyphs_8[] = {
#define GLYPH_16 NOT_HERE
#define GLYPH_14 NOT_HERE
#define GLYPH_8  HERE
#include "core/screen/fonts.def"
#undef GLYPH_16
#undef GLYPH_14
#undef GLYPH_8
};

static struct font fonts[] = {{16, glyphs_16, G_N_ELEMENTS(glyphs_16), NULL},
                              {8, glyphs_8, G_N_ELEMENTS(glyphs_8), NULL},
                              {14, glyphs_14, G_N_ELEMENTS(glyphs_14), NULL}};

static int compare_patterns(const struct pattern *a, const struct pattern *b) {
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    return a->low == b->low ? 0 : a->low < b->low ? -1 : 1;
}

static int by_pattern(const void *a, const void *b) {
    return compare_patterns(&((const struct glyph *)a)->pattern, &((const struct glyph *)b)->pattern);
}

static int by_pattern_and_rank(const void *a, const void *b) {
    const struct glyph *first = a, *second = b;
    int order = by_pattern(a, b);
    return order != 0 ? order : first->rank < second->rank ? -1 : first->rank > second->rank;
}

static gpointer sort_fonts(gpointer data) {
    for (gsize i = 0; i < G_N_ELEMENTS(fonts); i++) {
        struct font *font = &fonts[i];
        gsize kept = 0;
        font->sorted = g_memdup2(font->table, font->count * sizeof *font->table);
        for (gsize j = 0; j < font->count; j++)
            font->sorted[j].rank = (guint)j;
        qsort(font->sorted, font->count, sizeof *font->sorted, by_pattern_and_rank);
        for (gsize j = 0; j < font->count; j++)
            if (kept == 0 || by_pattern(&font->sorted[kept - 1], &font->sorted[j]) != 0)
                font->sorted[kept++] = font->sorted[j];
        font->count = kept;
    }
    return fonts;
}

static const struct glyph *find_glyph(const struct font *font, struct pattern pattern) {
    const struct glyph wanted = {.pattern = pattern};
    return bsearch(&wanted, font->sorted, font->count, sizeof wanted, by_pattern);
}

/* ---- colours ---- */

/* The VGA's sixteen in a terminal's order; brown is its dark yellow. */
static const guint8 palette[16][3] = {
    {0x00, 0x00, 0x00}, {0xaa, 0x00, 0x00}, {0x00, 0xaa, 0x00}, {0xaa, 0x55, 0x00},
    {0x00, 0x00, 0xaa}, {0xaa, 0x00, 0xaa}, {0x00, 0xaa, 0xaa}, {0xaa, 0xaa, 0xaa},
    {0x55, 0x55, 0x55}, {0xff, 0x55, 0x55}, {0x55, 0xff, 0x55}, {0xff, 0xff, 0x55},
    {0x55, 0x55, 0xff}, {0xff, 0x55, 0xff}, {0x55, 0xff, 0xff}, {0xff, 0xff, 0xff},
};

static guint8 nearest_colour(guint32 rgb) {
    guint best = 0, best_distance = G_MAXUINT;
    for (guint i = 0; i < G_N_ELEMENTS(palette); i++) {
        int red = (int)(rgb >> 16) - palette[i][0], green = (int)(rgb >> 8 & 0xff) - palette[i][1],
            blue = (int)(rgb & 0xff) - palette[i][2];
        guint distance = (guint)(red * red + green * green + blue * blue);
        if (distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    return (guint8)best;
}

/* ---- cells ---- */

/* What is seen in one cell: two colours, and where the second one is. */
struct seen {
    guint32 first, second;
    struct pattern second_here;
    guint32 ninth; /* a bit a row, the lowest the first: the second colour in a ninth column */
    gboolean uniform;
};

static guint32 colour_at(const struct pixels *pixels, guint x, guint y) {
    const guint8 *at = pixels->rgb + ((gsize)y * pixels->width + x) * 3;
    return (guint32)at[0] << 16 | (guint32)at[1] << 8 | at[2];
}

static void set_pixel(struct pattern *pattern, guint x, guint y) {
    guint64 bit = (guint64)0x80 >> x << (7 - y % 8) * 8;
    *(y < 8 ? &pattern->high : &pattern->low) |= bit;
}

/* FALSE: more than two colours. */
static gboolean look_at(const struct pixels *pixels, const struct grid *grid, guint column, guint row,
                        struct seen *seen) {
    guint left = grid->left + column * grid->cell_width, top = grid->top + row * grid->cell_height;
    *seen = (struct seen){.first = colour_at(pixels, left, top), .uniform = TRUE};
    for (guint y = 0; y < grid->cell_height; y++)
        for (guint x = 0; x < grid->cell_width; x++) {
            guint32 colour = colour_at(pixels, left + x, top + y);
            if (colour == seen->first)
                continue;
            if (!seen->uniform && colour != seen->second)
                return FALSE;
            seen->second = colour;
            seen->uniform = FALSE;
            if (x < 8)
                set_pixel(&seen->second_here, x, y);
            else
                seen->ninth |= 1u << y;
        }
    return TRUE;
}

static struct pattern full_pattern(guint height) {
    struct pattern full = {~(guint64)0, 0};
    if (height > 8)
        full.low = ~(guint64)0 << (16 - height) * 8;
    return full;
}

static struct seen inverted(const struct seen *seen, guint height) {
    struct pattern full = full_pattern(height);
    return (struct seen){
        .first = seen->second,
        .second = seen->first,
        .second_here = {~seen->second_here.high & full.high, ~seen->second_here.low & full.low},
        .ninth = ~seen->ninth & ((1u << height) - 1)};
}

static guint8 row_of(const struct pattern *pattern, guint y) {
    return (guint8)((y < 8 ? pattern->high : pattern->low) >> (7 - y % 8) * 8);
}

/* The VGA leaves the ninth column empty, or repeats the eighth in it, for lines that are to meet. */
static gboolean ninth_fits(const struct seen *seen, guint height) {
    guint32 eighth = 0;
    for (guint y = 0; y < height; y++)
        eighth |= (guint32)(row_of(&seen->second_here, y) & 1) << y;
    return seen->ninth == 0 || seen->ninth == eighth;
}

static const struct glyph *glyph_of(const struct font *font, const struct grid *grid,
                                    const struct seen *seen) {
    return grid->cell_width == 9 && !ninth_fits(seen, font->height) ? NULL
                                                                    : find_glyph(font, seen->second_here);
}

/* A cursor is a bar of whole rows in a cell's lower half, over whatever stands there. */
#define CURSOR_ROWS_MAX 4

static gboolean is_cursor(const struct font *font, const struct grid *grid, const struct seen *seen,
                          gunichar *character) {
    guint bar = 0, first = 0;
    struct pattern mask = {0, 0};
    for (guint y = 0; y < font->height; y++) {
        gboolean whole =
            row_of(&seen->second_here, y) == 0xff && (grid->cell_width == 8 || (seen->ninth >> y & 1) != 0);
        if (!whole)
            continue;
        if (bar == 0)
            first = y;
        if (y != first + bar)
            return FALSE;
        bar++;
        for (guint x = 0; x < 8; x++)
            set_pixel(&mask, x, y);
    }
    if (bar == 0 || bar > CURSOR_ROWS_MAX || first < font->height / 2)
        return FALSE;
    struct pattern rest = {seen->second_here.high & ~mask.high, seen->second_here.low & ~mask.low};
    *character = ' ';
    if (rest.high == 0 && rest.low == 0)
        return TRUE;
    const struct glyph *found = NULL; /* a bar over a descender hides what tells some letters apart */
    for (gsize i = 0; i < font->count; i++) {
        const struct glyph *glyph = &font->sorted[i];
        if ((glyph->pattern.high & ~mask.high) == rest.high && (glyph->pattern.low & ~mask.low) == rest.low &&
            (found == NULL || glyph->rank < found->rank))
            found = glyph;
    }
    *character = found == NULL ? ' ' : found->character;
    return found != NULL;
}

/* ---- the screen ---- */

struct reading {
    const struct pixels *pixels;
    const struct grid *grid;
    const struct font *font;
    struct text_screen screen;
    guint known, unknown; /* cells with something in them, by whether it is known what */
};

static void put(struct text_cell *cell, gunichar character, guint32 foreground, guint32 background) {
    *cell = (struct text_cell){character, nearest_colour(foreground), nearest_colour(background)};
}

/* TRUE: it is the cursor's cell, and the first such. */
static gboolean take_cursor(struct reading *reading, const struct seen *seen, guint column, guint row,
                            struct text_cell *cell) {
    gunichar character;
    if (reading->screen.cursor || !is_cursor(reading->font, reading->grid, seen, &character))
        return FALSE;
    reading->screen.cursor = TRUE;
    reading->screen.cursor_column = column;
    reading->screen.cursor_row = row;
    put(cell, character, seen->second, seen->first);
    return TRUE;
}

static void take_cell(struct reading *reading, guint column, guint row) {
    struct text_cell *cell = reading->screen.cells + row * reading->screen.columns + column;
    struct seen seen;
    if (!look_at(reading->pixels, reading->grid, column, row, &seen)) {
        put(cell, 0xfffd, 0xaaaaaa, 0);
        reading->unknown++;
        return;
    }
    if (seen.uniform) {
        put(cell, ' ', seen.first == 0 ? 0xaaaaaa : seen.first, seen.first);
        return;
    }
    struct seen other = inverted(&seen, reading->font->height);
    const struct glyph *glyph = glyph_of(reading->font, reading->grid, &seen);
    const struct glyph *reverse = glyph_of(reading->font, reading->grid, &other);
    /* Half a block is the other half reversed: the background is that of the cell before. */
    gboolean goes_on = column > 0 && nearest_colour(other.first) == cell[-1].background;
    if (glyph == NULL || (reverse != NULL && goes_on)) {
        glyph = reverse == NULL ? glyph : reverse;
        seen = reverse == NULL ? seen : other;
    }
    if (glyph != NULL)
        put(cell, glyph->character, seen.second, seen.first);
    else if (!take_cursor(reading, &seen, column, row, cell) &&
             !take_cursor(reading, &other, column, row, cell)) {
        put(cell, 0xfffd, seen.second, seen.first);
        reading->unknown++;
        return;
    }
    reading->known++;
}

/* Of what is drawn one cell in twenty, and one, may be anything. */
static gboolean is_text(guint known, guint unknown) {
    return unknown <= 1 + known / 20;
}

/* A blank picture in graphics is no text; where the mode has text alone, it is. */
#define KNOWN_LEAST 3

static gboolean is_text_mode(const struct pixels *pixels, const struct grid *grid) {
    return pixels->height == 400 && (pixels->width == 720 || pixels->width == 640) && grid->left == 0;
}

static gboolean read_grid(const struct pixels *pixels, const struct grid *grid, const struct font *font,
                          struct text_screen *screen) {
    guint cells = grid->columns * grid->rows;
    struct reading reading = {.pixels = pixels, .grid = grid, .font = font};
    reading.screen = (struct text_screen){.columns = grid->columns, .rows = grid->rows};
    reading.screen.cells = g_new0(struct text_cell, cells);
    for (guint row = 0; row < grid->rows && is_text(cells, reading.unknown); row++)
        for (guint column = 0; column < grid->columns; column++)
            take_cell(&reading, column, row);
    gboolean enough = reading.known >= KNOWN_LEAST || is_text_mode(pixels, grid);
    if (enough && is_text(reading.known, reading.unknown)) {
        *screen = reading.screen;
        return TRUE;
    }
    text_screen_clear(&reading.screen);
    return FALSE;
}

/* Where the grid begins: kernels and firmware at the corner; GRUB's gfxterm leaves ten pixels on each side.
 */
static const guint margins[] = {0, 10};

void text_screen_prepare(void) {
    static GOnce sorted = G_ONCE_INIT;
    g_once(&sorted, sort_fonts, NULL);
}

gboolean text_screen_read(const struct pixels *pixels, struct text_screen *screen) {
    text_screen_prepare();
    for (gsize i = 0; i < G_N_ELEMENTS(fonts); i++)
        for (gsize j = 0; j < G_N_ELEMENTS(margins); j++)
            for (guint cell_width = pixels->width == 720 ? 9 : 8; cell_width >= 8; cell_width--) {
                guint margin = margins[j], height = fonts[i].height;
                if (pixels->width < 2 * margin + cell_width || pixels->height < 2 * margin + height)
                    continue;
                struct grid grid = {.cell_width = cell_width,
                                    .cell_height = height,
                                    .left = margin,
                                    .top = margin,
                                    .columns = (pixels->width - 2 * margin) / cell_width,
                                    .rows = (pixels->height - 2 * margin) / height};
                if (read_grid(pixels, &grid, &fonts[i], screen))
                    return TRUE;
            }
    return FALSE;
}

void text_screen_clear(struct text_screen *screen) {
    g_clear_pointer(&screen->cells, g_free);
    screen->columns = screen->rows = 0;
}
