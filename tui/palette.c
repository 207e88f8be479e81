/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/palette.h"

#include <string.h>

#include "tui/edit.h"
#include "tui/fuzzy.h"

#define WIDEST 76

struct entry {
    const struct action *action;
    char *theme; /* an entry "theme NAME" */
    char *name;
    int score;
};

struct palette {
    struct view view;
    struct edit *edit;
    GArray *entries; /* all */
    GPtrArray *hits; /* struct entry, the best first */
    guint at, top;
};

static int by_score(gconstpointer a, gconstpointer b) {
    const struct entry *first = *(const struct entry *const *)a, *second = *(const struct entry *const *)b;
    if (first->score != second->score)
        return second->score - first->score;
    return strcmp(first->name, second->name);
}

static void search(struct palette *palette) {
    g_autofree char *pattern = g_strstrip(g_strdup(edit_text(palette->edit)));
    gboolean themes = g_str_has_prefix(edit_text(palette->edit), "theme ");
    g_ptr_array_set_size(palette->hits, 0);
    for (guint i = 0; i < palette->entries->len; i++) {
        struct entry *entry = &g_array_index(palette->entries, struct entry, i);
        entry->score = fuzzy_score(pattern, entry->name);
        if (entry->score == 0 && strlen(pattern) > 2 && fuzzy_score(pattern, entry->action->help) > 0 &&
            strstr(entry->action->help, pattern) != NULL)
            entry->score = 1;
        if (themes && entry->theme == NULL)
            continue;
        if (entry->score > 0 && (*pattern != '\0' || entry->theme == NULL))
            g_ptr_array_add(palette->hits, entry);
    }
    g_ptr_array_sort(palette->hits, by_score);
    palette->at = palette->top = 0;
}

static void draw_entry(struct palette *palette, struct canvas *canvas, struct area line, guint index) {
    const struct entry *entry = g_ptr_array_index(palette->hits, index);
    enum style style = index == palette->at ? STYLE_SELECTED : STYLE_NORMAL;
    const char *keys = entry->theme == NULL ? keymap_keys(palette->view.ui->keymap, entry->action->id) : "";
    draw_fit(canvas, line.row, line.column, line.columns, style, FALSE, index == palette->at ? ">" : "");
    draw_text(canvas, line.row, line.column + 2, 18, style, entry->name);
    draw_text(canvas, line.row, line.column + 21, 8, index == palette->at ? style : STYLE_KEY, keys);
    draw_text(canvas, line.row, line.column + 30, line.columns - 30, style, entry->action->help);
}

static void draw(struct view *view, struct canvas *canvas, struct area area) {
    struct palette *palette = (struct palette *)view;
    int width = MIN(area.columns, WIDEST);
    int rows = MIN(area.rows, 16);
    struct area inside =
        draw_box(canvas, (struct area){area.row, (area.columns - width) / 2, rows, width}, "Actions");
    draw_text(canvas, inside.row, inside.column, 1, STYLE_KEY, ":");
    edit_draw(palette->edit, canvas, inside.row, inside.column + 1, inside.columns - 1, STYLE_FIELD, TRUE);
    guint page = (guint)inside.rows - 1;
    if (palette->at >= palette->top + page)
        palette->top = palette->at - page + 1;
    palette->top = MIN(palette->top, palette->at);
    for (guint i = 0; i < page && palette->top + i < palette->hits->len; i++)
        draw_entry(palette, canvas, (struct area){inside.row + 1 + (int)i, inside.column, 1, inside.columns},
                   palette->top + i);
    if (palette->hits->len == 0)
        draw_text(canvas, inside.row + 1, inside.column, inside.columns, STYLE_NORMAL,
                  "no action has these letters");
}

static void choose(struct palette *palette) {
    struct ui *ui = palette->view.ui;
    g_autofree char *typed = g_strstrip(g_strdup(edit_text(palette->edit)));
    gboolean named = g_str_has_prefix(typed, "theme ") && palette->hits->len == 0;
    const struct entry *entry =
        palette->hits->len == 0 ? NULL : g_ptr_array_index(palette->hits, palette->at);
    const struct action *action = entry == NULL ? NULL : entry->action;
    g_autofree char *theme = named           ? g_strdup(typed + strlen("theme "))
                             : entry == NULL ? NULL
                                             : g_strdup(entry->theme);
    if (action == NULL && theme == NULL)
        return;
    ui_close(&palette->view);
    if (theme != NULL)
        ui_set_theme(ui, theme);
    else
        ui_run(ui, action);
}

static gboolean take_key(struct view *view, const struct input *input) {
    struct palette *palette = (struct palette *)view;
    if (input->code == INPUT_ESCAPE || (input->code == INPUT_CONTROL && input->character == 'c'))
        ui_close(view);
    else if (input->code == INPUT_ENTER)
        choose(palette);
    else if (input->code == INPUT_UP && palette->at > 0)
        palette->at--;
    else if (input->code == INPUT_DOWN && palette->at + 1 < palette->hits->len)
        palette->at++;
    else if (edit_key(palette->edit, input))
        search(palette);
    return TRUE;
}

static gboolean take_paste(struct view *view, const char *text) {
    struct palette *palette = (struct palette *)view;
    edit_paste(palette->edit, text);
    search(palette);
    return TRUE;
}

static char *hints(struct view *view) {
    return g_strdup("Enter do it  Up/Down choose  Esc leave");
}

static void free_view(struct view *view) {
    struct palette *palette = (struct palette *)view;
    for (guint i = 0; i < palette->entries->len; i++) {
        struct entry *entry = &g_array_index(palette->entries, struct entry, i);
        g_free(entry->theme);
        g_free(entry->name);
    }
    g_array_unref(palette->entries);
    g_ptr_array_unref(palette->hits);
    edit_free(palette->edit);
    g_free(palette);
}

static const struct view_ops ops = {
    .kind = VIEW_OVERLAY,
    .title = "Palette",
    .manual = "innkeep-keys(7), PALETTE",
    .draw = draw,
    .key = take_key,
    .paste = take_paste,
    .hints = hints,
    .free = free_view,
};

static void open_with(struct ui *ui, const char *text) {
    struct palette *palette = g_new0(struct palette, 1);
    palette->view.ops = &ops;
    palette->edit = edit_new(text);
    palette->entries = g_array_new(FALSE, TRUE, sizeof(struct entry));
    palette->hits = g_ptr_array_new();
    for (guint id = 0; id < ACTION_COUNT; id++) {
        struct entry entry = {.action = &actions[id], .name = g_strdup(actions[id].name)};
        if ((actions[id].flags & ACTION_TUI) != 0 && id != ACTION_palette)
            g_array_append_val(palette->entries, entry);
        else
            g_free(entry.name);
    }
    g_auto(GStrv) names = theme_names();
    for (char **name = names; *name != NULL; name++) {
        struct entry entry = {&actions[ACTION_theme], g_strdup(*name), g_strconcat("theme ", *name, NULL), 0};
        g_array_append_val(palette->entries, entry);
    }
    search(palette);
    ui_push(ui, &palette->view);
}

void palette_open(struct ui *ui, const struct action *action) {
    open_with(ui, "");
}

void palette_theme(struct ui *ui, const struct action *action) {
    open_with(ui, "theme ");
}
