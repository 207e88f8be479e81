/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/pager.h"

#include "core/base/text.h"

#define WIDEST   92
#define KEY_MOST 14

struct pager {
    struct view view;
    char *title;
    GArray *lines;
    int top, page, key_width;
    GArray *(*fill)(gpointer data); /* NULL: the lines stay as they are */
    gpointer data;
    GDestroyNotify free_data;
};

static void clear_line(gpointer data) {
    struct pager_line *line = data;
    g_free(line->key);
    g_free(line->text);
}

GArray *pager_lines(void) {
    GArray *lines = g_array_new(FALSE, TRUE, sizeof(struct pager_line));
    g_array_set_clear_func(lines, clear_line);
    return lines;
}

void pager_add(GArray *lines, enum style style, const char *key, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    struct pager_line line = {g_strdup(key), g_strdup_vprintf(format, arguments), style};
    va_end(arguments);
    g_array_append_val(lines, line);
}

static void measure(struct pager *pager) {
    for (guint i = 0; i < pager->lines->len; i++) {
        const char *key = g_array_index(pager->lines, struct pager_line, i).key;
        if (key != NULL)
            pager->key_width = MIN(KEY_MOST, MAX(pager->key_width, text_columns(key)));
    }
}

static void refill(struct pager *pager) {
    g_array_unref(pager->lines);
    pager->lines = pager->fill(pager->data);
    measure(pager);
}

static void draw(struct view *view, struct canvas *canvas, struct area area) {
    struct pager *pager = (struct pager *)view;
    if (pager->fill != NULL)
        refill(pager);
    int width = MIN(area.columns, WIDEST);
    int rows = MIN(area.rows, (int)pager->lines->len + 2);
    struct area box = {area.row + (area.rows - rows) / 2, (area.columns - width) / 2, rows, width};
    struct area inside = draw_box(canvas, box, pager->title);
    pager->page = inside.rows;
    pager->top = CLAMP(pager->top, 0, MAX(0, (int)pager->lines->len - inside.rows));
    for (int i = 0; i < inside.rows && pager->top + i < (int)pager->lines->len; i++) {
        const struct pager_line *line = &g_array_index(pager->lines, struct pager_line, pager->top + i);
        int indent = line->key == NULL ? 0 : pager->key_width + 1;
        if (line->key != NULL)
            draw_text(canvas, inside.row + i, inside.column, pager->key_width, STYLE_KEY, line->key);
        draw_text(canvas, inside.row + i, inside.column + indent, inside.columns - indent, line->style,
                  line->text);
    }
    if ((int)pager->lines->len > inside.rows)
        draw_format(canvas, box.row + box.rows - 1, box.column + 2, box.columns - 4, STYLE_TITLE,
                    " %d-%d of %d ", pager->top + 1, pager->top + inside.rows, (int)pager->lines->len);
}

/* Its own keys are those that move the list; everything else closes it, and means nothing more. */
static gboolean take_key(struct view *view, const struct input *input) {
    struct pager *pager = (struct pager *)view;
    const struct action *action = keymap_action(view->ui->keymap, input);
    int page = MAX(1, pager->page - 1);
    if (input->code == INPUT_MOUSE) {
        pager->top += input->button == BUTTON_WHEEL_UP ? -3 : input->button == BUTTON_WHEEL_DOWN ? 3 : 0;
        return TRUE;
    }
    if (action == NULL)
        return TRUE;
    switch (action->id) {
    case ACTION_move_up:
        pager->top--;
        break;
    case ACTION_move_down:
        pager->top++;
        break;
    case ACTION_page_up:
        pager->top -= page;
        break;
    case ACTION_page_down:
    case ACTION_mark:
        pager->top += page;
        break;
    case ACTION_move_first:
        pager->top = 0;
        break;
    case ACTION_move_last:
        pager->top = (int)pager->lines->len;
        break;
    case ACTION_mark_clear:
    case ACTION_back:
    case ACTION_help:
    case ACTION_show:
        ui_close(view);
        break;
    case ACTION_manual:
    case ACTION_quit:
    case ACTION_redraw:
    case ACTION_suspend_console:
        return FALSE;
    case ACTION_cancel_job: /* of what changes while one looks on, the screen below knows */
        return pager->fill == NULL;
    default:
        break;
    }
    return TRUE;
}

static char *hints(struct view *view) {
    return g_strdup("Up/Down scroll  q back");
}

static void free_view(struct view *view) {
    struct pager *pager = (struct pager *)view;
    if (pager->free_data != NULL)
        pager->free_data(pager->data);
    g_array_unref(pager->lines);
    g_free(pager->title);
    g_free(pager);
}

static const struct view_ops ops = {
    .kind = VIEW_OVERLAY, .title = "Pager", .draw = draw, .key = take_key, .hints = hints, .free = free_view};

static struct pager *open(struct ui *ui, const char *title, GArray *lines) {
    struct pager *pager = g_new0(struct pager, 1);
    pager->view.ops = &ops;
    pager->title = g_strdup(title);
    pager->lines = lines;
    measure(pager);
    ui_push(ui, &pager->view);
    return pager;
}

void pager_open(struct ui *ui, const char *title, GArray *lines, gboolean at_end) {
    struct pager *pager = open(ui, title, lines);
    pager->top = at_end ? (int)lines->len : 0;
}

void pager_open_live(struct ui *ui, const char *title, GArray *(*fill)(gpointer data), gpointer data,
                     GDestroyNotify free_data) {
    struct pager *pager = open(ui, title, fill(data));
    pager->fill = fill;
    pager->data = data;
    pager->free_data = free_data;
}
