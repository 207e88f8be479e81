/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/screen/sketch.h"

#include <chafa.h>

/* A cell's pixels where the terminal does not say: chafa's own choice, and enough for its symbols. */
#define CELL_WIDTH  10
#define CELL_HEIGHT 20

static guint cell_width(const struct sketch_terminal *terminal) {
    return terminal->cell_width == 0 ? CELL_WIDTH : terminal->cell_width;
}

static guint cell_height(const struct sketch_terminal *terminal) {
    return terminal->cell_height == 0 ? CELL_HEIGHT : terminal->cell_height;
}

void sketch_box(const struct sketch_terminal *terminal, guint *width, guint *height) {
    *width = MIN(terminal->columns * cell_width(terminal), PIXELS_SIDE_MAX);
    *height = MIN(terminal->rows * cell_height(terminal), PIXELS_SIDE_MAX);
}

static ChafaPixelMode pixel_mode(const ChafaTermInfo *info, const struct sketch_terminal *terminal) {
    if (!terminal->pictures || !terminal->colour)
        return CHAFA_PIXEL_MODE_SYMBOLS;
    if (chafa_term_info_have_seq(info, CHAFA_TERM_SEQ_BEGIN_KITTY_IMMEDIATE_IMAGE_V1))
        return CHAFA_PIXEL_MODE_KITTY;
    return chafa_term_info_have_seq(info, CHAFA_TERM_SEQ_BEGIN_SIXELS) ? CHAFA_PIXEL_MODE_SIXELS
                                                                       : CHAFA_PIXEL_MODE_SYMBOLS;
}

/* chafa takes every xterm for one with colours by value; several that call themselves so are not. */
static gboolean has_direct_colours(char **environment) {
    const char *depth = g_environ_getenv(environment, "COLORTERM"),
               *term = g_environ_getenv(environment, "TERM");
    return g_strcmp0(depth, "truecolor") == 0 || g_strcmp0(depth, "24bit") == 0 ||
           (term != NULL && g_str_has_suffix(term, "-direct"));
}

static ChafaCanvasMode canvas_mode(const ChafaTermInfo *info, const struct sketch_terminal *terminal,
                                   char **environment) {
    static const struct {
        ChafaTermSeq needs;
        ChafaCanvasMode mode;
    } modes[] = {{CHAFA_TERM_SEQ_SET_COLOR_FGBG_DIRECT, CHAFA_CANVAS_MODE_TRUECOLOR},
                 {CHAFA_TERM_SEQ_SET_COLOR_FGBG_256, CHAFA_CANVAS_MODE_INDEXED_240},
                 {CHAFA_TERM_SEQ_SET_COLOR_FGBG_16, CHAFA_CANVAS_MODE_INDEXED_16}};
    for (gsize i = 0; terminal->colour && i < G_N_ELEMENTS(modes); i++)
        if (chafa_term_info_have_seq(info, modes[i].needs) &&
            (modes[i].mode != CHAFA_CANVAS_MODE_TRUECOLOR || has_direct_colours(environment)))
            return modes[i].mode;
    return CHAFA_CANVAS_MODE_FGBG;
}

/* The picture's own proportions in the box, never larger than it is where pixels are pixels. */
static void fit_cells(const struct pixels *pixels, const struct sketch_terminal *terminal, gint *columns,
                      gint *rows) {
    *columns = (gint)terminal->columns;
    *rows = (gint)terminal->rows;
    chafa_calc_canvas_geometry((gint)pixels->width, (gint)pixels->height, columns, rows,
                               (gfloat)cell_width(terminal) / (gfloat)cell_height(terminal), TRUE, FALSE);
    *columns = CLAMP(*columns, 1, (gint)terminal->columns);
    *rows = CLAMP(*rows, 1, (gint)terminal->rows);
}

static ChafaCanvasConfig *configure(const struct pixels *pixels, const struct sketch_terminal *terminal,
                                    const ChafaTermInfo *info, char **environment) {
    ChafaCanvasConfig *config = chafa_canvas_config_new();
    ChafaSymbolMap *symbols = chafa_symbol_map_new();
    gint columns, rows;
    fit_cells(pixels, terminal, &columns, &rows);
    chafa_symbol_map_add_by_tags(symbols, terminal->utf8 ? CHAFA_SYMBOL_TAG_BLOCK | CHAFA_SYMBOL_TAG_SPACE
                                                         : CHAFA_SYMBOL_TAG_ASCII);
    chafa_canvas_config_set_symbol_map(config, symbols);
    chafa_canvas_config_set_pixel_mode(config, pixel_mode(info, terminal));
    chafa_canvas_config_set_canvas_mode(config, canvas_mode(info, terminal, environment));
    chafa_canvas_config_set_geometry(config, columns, rows);
    chafa_canvas_config_set_cell_geometry(config, (gint)cell_width(terminal), (gint)cell_height(terminal));
    chafa_symbol_map_unref(symbols);
    return config;
}

char *sketch_pixels(const struct pixels *pixels, const struct sketch_terminal *terminal, char **environment) {
    ChafaTermInfo *info = chafa_term_db_detect(chafa_term_db_get_default(), environment);
    ChafaCanvasConfig *config = configure(pixels, terminal, info, environment);
    ChafaCanvas *canvas = chafa_canvas_new(config);
    chafa_canvas_draw_all_pixels(canvas, CHAFA_PIXEL_RGB8, pixels->rgb, (gint)pixels->width,
                                 (gint)pixels->height, (gint)pixels->width * 3);
    GString *text = chafa_canvas_print(canvas, info);
    g_string_append_c(text, '\n');
    chafa_canvas_unref(canvas);
    chafa_canvas_config_unref(config);
    chafa_term_info_unref(info);
    return g_string_free(text, FALSE);
}
