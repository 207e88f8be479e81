/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/guests.h"

#include "config/units.h"
#include "core/base/text.h"
#include "tui/console/consoles.h"

/* Lists this tall give their last rows to graphs of the selected guest. */
#define TALL       30
#define GRAPH_ROWS 6

GArray *guests_layout(struct guests *guests, int total) {
    return columns_layout((const char *const *)guests->view.ui->engine->settings->ui_columns, total);
}

static void draw_headers(struct guests *guests, struct canvas *canvas, int row, GArray *places) {
    gboolean plain = canvas_capabilities(canvas)->plain;
    for (guint i = 0; i < places->len; i++) {
        const struct column_place *place = &g_array_index(places, struct column_place, i);
        const char *arrow = place->column != guests->sort ? ""
                            : guests->inverted            ? (plain ? "^" : "↑")
                                                          : (plain ? "v" : "↓");
        g_autofree char *text = g_strconcat(place->column->header, arrow, NULL);
        int at = place->at, width = place->width;
        if (place->column->right && text_columns(text) > width) {
            at--;
            width++;
        }
        draw_fit(canvas, row, at, width, STYLE_COLUMNS, place->column->right, text);
    }
}

/* In the gap behind the first column: a console of it is open. */
static void draw_console_mark(struct guests *guests, struct canvas *canvas, int row,
                              const struct guest *guest, GArray *places, enum style style) {
    if (places->len == 0)
        return;
    const struct column_place *first = &g_array_index(places, struct column_place, 0);
    draw_text(canvas, row, first->at + first->width, 1, style,
              consoles_mark(guests->view.ui->consoles, guest->uuid));
}

static void draw_row(struct guests *guests, struct canvas *canvas, int row, guint index, GArray *places) {
    const struct guest *guest = g_ptr_array_index(guests->rows, index);
    gboolean selected = index == guests->at;
    gboolean marked = g_hash_table_contains(guests->marks, guest->uuid);
    gboolean stale = guests->view.ui->snapshot->link != LINK_UP;
    enum style base = selected ? STYLE_SELECTED : marked ? STYLE_MARKED : stale ? STYLE_STALE : STYLE_NORMAL;
    draw_fit(canvas, row, 0, canvas_area(canvas).columns, base, FALSE, "");
    draw_text(canvas, row, 0, 2, base, selected ? (marked ? ">*" : ">") : (marked ? "*" : ""));
    draw_console_mark(guests, canvas, row, guest, places, base);
    for (guint i = 0; i < places->len; i++) {
        const struct column_place *place = &g_array_index(places, struct column_place, i);
        const struct column *column = place->column;
        enum style style = base == STYLE_NORMAL && column->style != NULL ? column->style(guest) : base;
        if (column->draw != NULL) {
            column->draw(canvas, row, place->at, place->width, base == STYLE_NORMAL ? STYLE_GRAPH : base,
                         guest);
            continue;
        }
        g_autofree char *text = column->text(guest, place->width);
        draw_fit(canvas, row, place->at, place->width, style, column->right, text);
    }
}

/* What an empty list says: a host without guests teaches its first keys. */
static void draw_empty(struct guests *guests, struct canvas *canvas, struct area area) {
    struct ui *ui = guests->view.ui;
    int row = area.row + MIN(2, area.rows - 1), column = MIN(4, area.columns - 1);
    int columns_left = area.columns - column;
    const char *n = keymap_key(ui->keymap, ACTION_create), *now = keymap_key(ui->keymap, ACTION_create_now);
    if (ui->snapshot->guests->len > 0) {
        draw_format(canvas, row, column, columns_left, STYLE_NORMAL,
                    "no guest matches '%s'; %s clears the filter",
                    guests->filter_text == NULL ? "" : guests->filter_text,
                    keymap_key(ui->keymap, ACTION_filter_clear));
        return;
    }
    if (!ui->snapshot->listed) {
        draw_text(canvas, row, column, columns_left, STYLE_NORMAL,
                  ui->snapshot->link == LINK_LOST ? "no connection" : "connecting to libvirt");
        return;
    }
    if (area.rows < 7)
        row = area.row;
    draw_text(canvas, row, column, columns_left, STYLE_TITLE, "No guest lives here yet.");
    draw_format(canvas, row + 1, column, columns_left, STYLE_NORMAL,
                "%s  a new guest from the default template, at once", now);
    draw_format(canvas, row + 2, column, columns_left, STYLE_NORMAL,
                "%s  a new guest, with a form to fill in", n);
    draw_format(canvas, row + 3, column, columns_left, STYLE_NORMAL, "%s  all keys",
                keymap_key(ui->keymap, ACTION_help));
    if (row + 5 < area.row + area.rows)
        draw_format(canvas, row + 5, column, columns_left, STYLE_NORMAL,
                    "No template yet? %stemplate build  makes the built-in one, tiny",
                    keymap_key(ui->keymap, ACTION_palette));
}

static void append_fact(GString *text, const char *word, const char *value) {
    if (value != NULL)
        g_string_append_printf(text, "%s%s%s", text->len > 0 ? " · " : "", word, value);
}

/* "web: debian-12 · role web · service wiki 1 · linked · up 3d 2h" */
static char *detail_text(const struct guest *guest, gboolean plain) {
    const struct guest_facts *facts = guest->facts;
    GString *text = g_string_new(NULL);
    append_fact(text, "", facts->template_name);
    append_fact(text, "role ", facts->role);
    if (facts->service != NULL) {
        g_autofree char *service = g_strdup_printf("%s %u", facts->service, facts->replica);
        append_fact(text, "service ", service);
    }
    append_fact(text, "", facts->linked ? "linked" : NULL);
    append_fact(text, "", facts->managed ? NULL : "foreign");
    append_fact(text, "", facts->protected ? "protected" : NULL);
    append_fact(text, "", guest->autostart ? "autostart" : NULL);
    append_fact(text, "", guest->persistent ? NULL : "transient");
    g_autofree char *tags = *facts->tags == NULL ? NULL : g_strjoinv(",", facts->tags);
    append_fact(text, "tags ", tags);
    g_autofree char *uptime = guest->uptime_s < 0 ? NULL : units_format_duration((guint64)guest->uptime_s);
    append_fact(text, "up ", uptime);
    append_fact(text, "", facts->title);
    g_autofree char *name = text_safe(guest->name, 40, FALSE);
    char *line = g_strdup_printf("%s: %s", name, text->str);
    g_string_free(text, TRUE);
    for (char *dot; plain && (dot = strstr(line, " · ")) != NULL;)
        memmove(dot, ", ", 2), memmove(dot + 2, dot + 4, strlen(dot + 4) + 1);
    return line;
}

static void draw_detail(struct guests *guests, struct canvas *canvas, int row, int total) {
    struct ui *ui = guests->view.ui;
    guint marks = g_hash_table_size(guests->marks);
    if (guests->edit != NULL) {
        draw_text(canvas, row, 0, 2, STYLE_KEY, "/ ");
        int width = guests->edit_problem == NULL ? total - 2 : total / 3;
        edit_draw(guests->edit, canvas, row, 2, width, STYLE_FIELD, TRUE);
        if (guests->edit_problem != NULL)
            draw_text(canvas, row, width + 3, total - width - 3, STYLE_ERROR, guests->edit_problem);
        return;
    }
    GString *right = g_string_new(NULL);
    if (marks > 0)
        g_string_append_printf(right, "  %u marked", marks);
    if (guests->filter_text != NULL)
        g_string_append_printf(right, "  /%s  %u of %u", guests->filter_text, guests->rows->len,
                               ui->snapshot->guests->len);
    g_autofree char *safe = text_safe(right->str, total / 2, canvas_capabilities(canvas)->ascii);
    g_string_free(right, TRUE);
    int width = text_columns(safe);
    if (guests->rows->len > 0) {
        g_autofree char *text =
            detail_text(g_ptr_array_index(guests->rows, guests->at), canvas_capabilities(canvas)->ascii);
        draw_text(canvas, row, 0, total - width, STYLE_DETAIL, text);
    }
    draw_text(canvas, row, total - width, width, STYLE_KEY, safe);
}

static void draw_graphs(struct guests *guests, struct canvas *canvas, struct area area) {
    const struct guest *guest = g_ptr_array_index(guests->rows, guests->at);
    int half = area.columns / 2;
    g_autofree char *cpu =
        isnan(guest->cpu_percent) ? g_strdup("-") : g_strdup_printf("%.1f%%", guest->cpu_percent);
    g_autofree char *used =
        guest->memory_used == UNKNOWN_SIZE ? g_strdup("-") : units_format_size(guest->memory_used);
    const char *source = memory_source_word(guest->memory_source);
    draw_format(canvas, area.row, 1, half - 2, STYLE_COLUMNS, "CPU %s, last minute", cpu);
    draw_format(canvas, area.row, half + 1, half - 2, STYLE_COLUMNS, "MEMORY %s%s%s", used,
                source == NULL ? "" : " by ", source == NULL ? "" : source);
    draw_graph(canvas, (struct area){area.row + 1, 1, area.rows - 1, half - 2}, STYLE_GRAPH,
               &guest->cpu_history, 100);
    draw_graph(canvas, (struct area){area.row + 1, half + 1, area.rows - 1, half - 2}, STYLE_GRAPH,
               &guest->memory_history, 100);
}

/* Why what is shown may not be so any more; returns the rows it took. */
static int draw_banner(struct guests *guests, struct canvas *canvas, struct area area) {
    const struct snapshot *snapshot = guests->view.ui->snapshot;
    if (snapshot->link != LINK_LOST || area.rows < 4)
        return 0;
    GString *text = g_string_new("no connection");
    if (snapshot->stale_since > 0) {
        gint64 seconds = MAX(0, g_get_monotonic_time() - snapshot->stale_since) / G_USEC_PER_SEC;
        g_autofree char *since = units_format_duration((guint64)seconds);
        g_string_append_printf(text, " for %s, all below is old", since);
    }
    g_string_append_printf(text, ": %s", snapshot->link_error == NULL ? "it was lost" : snapshot->link_error);
    draw_fit(canvas, area.row, 0, area.columns, STYLE_ALERT, FALSE, text->str);
    g_string_free(text, TRUE);
    if (snapshot->link_hint == NULL)
        return 1;
    g_autofree char *hint = g_strdup_printf("  hint: %s", snapshot->link_hint);
    draw_fit(canvas, area.row + 1, 0, area.columns, STYLE_ALERT, FALSE, hint);
    return 2;
}

/* Keeps the selected row on the screen. */
static void scroll(struct guests *guests, int rows) {
    guests->shown_rows = (guint)MAX(rows, 1);
    if (guests->at < guests->top)
        guests->top = guests->at;
    if (guests->at >= guests->top + guests->shown_rows)
        guests->top = guests->at - guests->shown_rows + 1;
    if (guests->top + guests->shown_rows > guests->rows->len)
        guests->top = guests->rows->len > guests->shown_rows ? guests->rows->len - guests->shown_rows : 0;
}

void guests_draw(struct view *view, struct canvas *canvas, struct area area) {
    struct guests *guests = (struct guests *)view;
    g_autoptr(GArray) places = guests_layout(guests, area.columns);
    draw_headers(guests, canvas, area.row, places);
    struct area list = {area.row + 1, 0, area.rows - 2, area.columns};
    draw_detail(guests, canvas, area.row + area.rows - 1, area.columns);
    if (area.rows >= TALL && guests->rows->len > 0) {
        list.rows -= GRAPH_ROWS + 1;
        draw_graphs(guests, canvas, (struct area){list.row + list.rows + 1, 0, GRAPH_ROWS, area.columns});
    }
    int banner = draw_banner(guests, canvas, list);
    list.row += banner;
    list.rows -= banner;
    guests->list_row = list.row;
    scroll(guests, list.rows);
    if (guests->rows->len == 0)
        draw_empty(guests, canvas, list);
    for (int row = 0; row < list.rows && guests->top + (guint)row < guests->rows->len; row++)
        draw_row(guests, canvas, list.row + row, guests->top + (guint)row, places);
}
