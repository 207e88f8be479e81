/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/hints.h"

#include <string.h>

#include "core/base/text.h"

/* "Enter open" for an action that can be done here, nothing for one that cannot. */
static gboolean offered(struct ui *ui, const struct action *action) {
    if ((action->flags & ACTION_HINT) == 0 || *keymap_key(ui->keymap, action->id) == '\0')
        return FALSE;
    if ((action->flags & ACTION_CHANGES) != 0 && host_read_only(ui->engine->host))
        return FALSE;
    struct view *screen = ui_screen(ui);
    if (action->scope != SCOPE_GUEST)
        return TRUE;
    const char *uuid = screen->ops->guest == NULL ? NULL : screen->ops->guest(screen);
    const struct guest *guest = uuid == NULL ? NULL : snapshot_guest(ui->snapshot, uuid);
    return guest != NULL && action_legal(action, guest, NULL);
}

static int draw_hint(struct canvas *canvas, struct area area, int column, const char *key, const char *text) {
    int width = text_columns(key) + 1 + text_columns(text);
    if (column + width > area.columns)
        return column;
    column += draw_text(canvas, area.row, column, area.columns - column, STYLE_KEY, key) + 1;
    return column + draw_text(canvas, area.row, column, area.columns - column, STYLE_HINT, text) + 2;
}

/* A view's own hints, "key text  key text". */
static void draw_own(struct canvas *canvas, struct area area, const char *hints) {
    g_auto(GStrv) pairs = g_strsplit(hints, "  ", -1);
    int column = 0;
    for (char **pair = pairs; *pair != NULL; pair++) {
        char *space = strchr(*pair, ' ');
        if (space == NULL)
            continue;
        *space = '\0';
        column = draw_hint(canvas, area, column, *pair, space + 1);
    }
}

/* The word for an action: its help up to a colon ("open: everything …"), else its name. */
static char *word_of(const struct action *action) {
    const char *colon = strchr(action->help, ':');
    return colon != NULL ? g_strndup(action->help, (gsize)(colon - action->help)) : g_strdup(action->name);
}

void hints_draw(struct ui *ui, struct canvas *canvas, struct area area) {
    struct view *top = ui_top(ui);
    if (top->ops->hints != NULL) {
        g_autofree char *hints = top->ops->hints(top);
        if (hints != NULL) {
            draw_own(canvas, area, hints);
            return;
        }
    }
    g_autofree char *help_word = word_of(&actions[ACTION_help]);
    const char *help_key = keymap_key(ui->keymap, ACTION_help);
    int reserved = text_columns(help_key) + 3 + text_columns(help_word);
    struct area left = {area.row, 0, 1, area.columns - reserved};
    int column = 0;
    for (guint id = 0; id < ACTION_COUNT; id++) {
        if (id == ACTION_help || !offered(ui, &actions[id]))
            continue;
        g_autofree char *word = word_of(&actions[id]);
        column = draw_hint(canvas, left, column, keymap_key(ui->keymap, (enum action_id)id), word);
    }
    draw_hint(canvas, area, column, help_key, help_word);
}
