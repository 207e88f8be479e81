/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console/scroll.h"

#include <string.h>

#include "config/units.h"
#include "core/base/text.h"
#include "tui/console/cells.h"
#include "tui/edit.h"

struct row {
    gboolean there;
    guint64 line;
    guint count;
    struct terminal_cell *cells;
};

struct place {
    guint64 line;
    guint column;
};

struct scroll {
    struct session *session;
    guint64 top; /* the line in the first row */
    struct place at, mark;
    gboolean selecting;
    GArray *rows; /* struct row: the lines from top on, as they were last told */
    struct edit *edit;
    char *wanted; /* what is looked for */
    int step;
    char *note;
};

static void clear_row(gpointer data) {
    g_free(((struct row *)data)->cells);
}

static const struct terminal_screen *screen_of(const struct scroll *scroll) {
    return scroll->session->terminal == NULL ? NULL : terminal_screen(scroll->session->terminal);
}

/* Brings the cursor into what there is and the window to the cursor, and asks for its lines. */
static void place(struct scroll *scroll) {
    const struct terminal_screen *screen = screen_of(scroll);
    if (screen == NULL)
        return;
    guint64 last = screen->end + screen->rows - 1;
    scroll->at.line = CLAMP(scroll->at.line, screen->first, last);
    scroll->at.column = MIN(scroll->at.column, screen->columns - 1);
    if (scroll->at.line < scroll->top)
        scroll->top = scroll->at.line;
    if (scroll->at.line >= scroll->top + screen->rows)
        scroll->top = scroll->at.line - screen->rows + 1;
    scroll->top = CLAMP(scroll->top, screen->first, screen->end);
    if (scroll->rows->len != screen->rows)
        g_array_set_size(scroll->rows, screen->rows);
    terminal_want(scroll->session->terminal, scroll->top, screen->rows);
    ui_dirty(scroll->session->ui);
}

struct scroll *scroll_new(struct session *session) {
    struct scroll *scroll = g_new0(struct scroll, 1);
    const struct terminal_screen *screen = terminal_screen(session->terminal);
    scroll->session = session;
    scroll->rows = g_array_new(FALSE, TRUE, sizeof(struct row));
    g_array_set_clear_func(scroll->rows, clear_row);
    scroll->top = screen->end;
    scroll->at = (struct place){screen->end + screen->cursor_row, screen->cursor_column};
    scroll->step = -1;
    place(scroll);
    return scroll;
}

void scroll_free(struct scroll *scroll) {
    g_array_unref(scroll->rows);
    edit_free(scroll->edit);
    g_free(scroll->wanted);
    g_free(scroll->note);
    g_free(scroll);
}

void scroll_line(struct scroll *scroll, guint64 line, const struct terminal_cell *cells, guint columns) {
    if (scroll->rows->len == 0)
        return;
    struct row *row = &g_array_index(scroll->rows, struct row, line % scroll->rows->len);
    g_free(row->cells);
    *row = (struct row){TRUE, line, columns, g_memdup2(cells, columns * sizeof *cells)};
}

static void note(struct scroll *scroll, const char *text) {
    g_free(scroll->note);
    scroll->note = g_strdup(text);
}

void scroll_found(struct scroll *scroll, gboolean found, guint64 line, guint column, guint columns) {
    (void)columns;
    note(scroll, found ? NULL : "not found");
    if (!found)
        return;
    scroll->at = (struct place){line, column};
    place(scroll);
}

void scroll_changed(struct scroll *scroll) {
    place(scroll);
}

static gboolean before(struct place a, struct place b) {
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

static gboolean selected(const struct scroll *scroll, struct place here) {
    struct place from = before(scroll->at, scroll->mark) ? scroll->at : scroll->mark,
                 to = before(scroll->at, scroll->mark) ? scroll->mark : scroll->at;
    return scroll->selecting && !before(here, from) && !before(to, here);
}

static void flip_matches(const struct scroll *scroll, const struct row *row, gboolean *flip) {
    if (scroll->wanted == NULL)
        return;
    glong length = 0;
    guint width = 0;
    g_autofree char *lower = g_utf8_strdown(scroll->wanted, -1);
    g_autofree gunichar *wanted = g_utf8_to_ucs4_fast(lower, -1, &length);
    for (int at = 0; (at = cell_find(row->cells, row->count, at, 1, wanted, length, &width)) >= 0;
         at += (int)width)
        for (guint i = 0; i < width; i++)
            flip[(guint)at + i] = TRUE;
}

void scroll_draw(struct scroll *scroll, struct canvas *canvas, struct area area) {
    for (guint i = 0; i < MIN(scroll->rows->len, (guint)area.rows); i++) {
        guint64 line = scroll->top + i;
        const struct row *row = &g_array_index(scroll->rows, struct row, line % scroll->rows->len);
        if (!row->there || row->line != line)
            continue;
        g_autofree gboolean *flip = g_new0(gboolean, row->count + 1);
        flip_matches(scroll, row, flip);
        for (guint column = 0; column < row->count; column++)
            if (selected(scroll, (struct place){line, column}))
                flip[column] = TRUE;
        cells_draw(canvas, area.row + (int)i, area.column, (guint)area.columns, row->cells, row->count, flip);
    }
    if (scroll->edit == NULL && (int)scroll->at.column < area.columns &&
        scroll->at.line - scroll->top < (guint64)area.rows)
        canvas_cursor(canvas, area.row + (int)(scroll->at.line - scroll->top),
                      area.column + (int)scroll->at.column);
}

char *scroll_status(const struct scroll *scroll) {
    const struct terminal_screen *screen = screen_of(scroll);
    if (screen == NULL)
        return NULL;
    guint64 line = scroll->at.line - MIN(scroll->at.line, screen->first) + 1,
            all = screen->end + screen->rows - screen->first;
    return g_strdup_printf(" line %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT "  %s%s%s", line, all,
                           scroll->note == NULL ? "" : scroll->note, scroll->note == NULL ? "" : "  ",
                           scroll->selecting ? "y copies  Esc no selection"
                                             : "/ find  n N next  Space select  y copy line  Esc leave");
}

void scroll_draw_field(const struct scroll *scroll, struct canvas *canvas, int row, int column, int columns) {
    if (scroll->edit == NULL)
        return;
    draw_fit(canvas, row, column, columns, STYLE_STATUS, FALSE, " /");
    edit_draw(scroll->edit, canvas, row, column + 3, columns - 3, STYLE_STATUS, TRUE);
}

static void find(struct scroll *scroll, int step) {
    if (scroll->wanted == NULL || scroll->session->terminal == NULL)
        return;
    terminal_find(scroll->session->terminal, scroll->at.line, (int)scroll->at.column + step, step,
                  scroll->wanted);
}

static void edit(struct scroll *scroll, const struct input *input) {
    gboolean control_c = input->code == INPUT_CONTROL && input->character == 'c';
    if (input->code == INPUT_ENTER) {
        g_free(scroll->wanted);
        scroll->wanted = *edit_text(scroll->edit) == '\0' ? NULL : g_strdup(edit_text(scroll->edit));
        g_clear_pointer(&scroll->edit, edit_free);
        note(scroll, NULL);
        find(scroll, scroll->step);
    } else if (input->code == INPUT_ESCAPE || control_c) {
        g_clear_pointer(&scroll->edit, edit_free);
    } else {
        edit_key(scroll->edit, input);
    }
}

void scroll_move(struct scroll *scroll, int lines) {
    guint64 up = lines < 0 ? (guint64)-lines : 0;
    scroll->at.line = scroll->at.line - MIN(scroll->at.line, up) + (lines > 0 ? (guint64)lines : 0);
    place(scroll);
}

static void copy(struct scroll *scroll) {
    struct place from = scroll->at, to = scroll->at;
    if (scroll->selecting) {
        from = before(scroll->at, scroll->mark) ? scroll->at : scroll->mark;
        to = before(scroll->at, scroll->mark) ? scroll->mark : scroll->at;
    } else {
        from.column = 0;
        to.column = G_MAXUINT16;
    }
    scroll->selecting = FALSE;
    session_copy(scroll->session, from.line, from.column, to.line, to.column);
}

static void take_letter(struct scroll *scroll, gunichar letter) {
    static const struct {
        gunichar letter;
        enum input_code code;
    } arrows[] = {{'k', INPUT_UP},    {'j', INPUT_DOWN}, {'h', INPUT_LEFT},
                  {'l', INPUT_RIGHT}, {'0', INPUT_HOME}, {'$', INPUT_END}};
    const struct terminal_screen *screen = screen_of(scroll);
    for (gsize i = 0; i < G_N_ELEMENTS(arrows); i++)
        if (arrows[i].letter == letter)
            scroll_key(scroll, &(struct input){.code = arrows[i].code});
    if (letter == 'g' || letter == 'G') {
        scroll->at.line = letter == 'g' ? screen->first : screen->end + screen->rows - 1;
        scroll->at.column = 0;
        place(scroll);
    } else if (letter == '/' || letter == '?') {
        scroll->step = letter == '/' ? -1 : 1;
        scroll->edit = edit_new("");
    } else if (letter == 'n' || letter == 'N') {
        find(scroll, letter == 'n' ? scroll->step : -scroll->step);
    } else if (letter == ' ' || letter == 'v') {
        scroll->selecting = !scroll->selecting;
        scroll->mark = scroll->at;
    } else if (letter == 'y') {
        copy(scroll);
    }
}

gboolean scroll_key(struct scroll *scroll, const struct input *input) {
    const struct terminal_screen *screen = screen_of(scroll);
    gboolean leaves =
        input->code == INPUT_ESCAPE || (input->code == INPUT_CHARACTER && input->character == 'q');
    if (screen == NULL)
        return FALSE;
    int page = (int)MAX(1u, screen->rows - 1);
    ui_dirty(scroll->session->ui);
    if (scroll->edit != NULL) {
        edit(scroll, input);
        return TRUE;
    }
    if (leaves && !scroll->selecting)
        return FALSE;
    note(scroll, NULL);
    switch (input->code) {
    case INPUT_UP:
    case INPUT_DOWN:
        scroll_move(scroll, input->code == INPUT_UP ? -1 : 1);
        break;
    case INPUT_PAGE_UP:
    case INPUT_PAGE_DOWN:
        scroll_move(scroll, input->code == INPUT_PAGE_UP ? -page : page);
        break;
    case INPUT_LEFT:
        scroll->at.column -= scroll->at.column > 0;
        break;
    case INPUT_RIGHT:
        scroll->at.column++;
        place(scroll);
        break;
    case INPUT_HOME:
        scroll->at.column = 0;
        break;
    case INPUT_END:
        scroll->at.column = screen->columns - 1;
        break;
    case INPUT_ESCAPE:
        scroll->selecting = FALSE;
        break;
    case INPUT_CHARACTER:
        if (leaves)
            scroll->selecting = FALSE;
        else
            take_letter(scroll, input->character);
        break;
    default:
        break;
    }
    return TRUE;
}

gboolean scroll_paste(struct scroll *scroll, const char *text) {
    if (scroll->edit != NULL)
        edit_paste(scroll->edit, text);
    return scroll->edit != NULL;
}
