/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tui/act.h"
#include "tui/details/details-private.h"
#include "tui/pager.h"

#define LABEL     11
#define HEAD_ROWS 2 /* name; tabs */

static const struct {
    const char *title;
    GArray *(*lines)(const struct details *details); /* NULL: it draws itself */
} tabs[TAB_COUNT] = {[TAB_OVERVIEW] = {"Overview", overview_lines},
                     [TAB_DISKS] = {"Disks", disks_lines},
                     [TAB_NETWORK] = {"Network", network_lines},
                     [TAB_SNAPSHOTS] = {"Snapshots", NULL},
                     [TAB_AGENT] = {"Agent", agent_lines}};

static void draw_tabs(const struct details *details, struct canvas *canvas, struct area area) {
    int column = 1;
    for (guint i = 0; i < TAB_COUNT && column < area.columns; i++) {
        /* not by colour alone */
        g_autofree char *title = g_strdup_printf(i == (guint)details->tab ? "[%s]" : " %s ", tabs[i].title);
        column += draw_text(canvas, area.row, column, area.columns - column,
                            i == (guint)details->tab ? STYLE_TAB_ACTIVE : STYLE_TAB, title);
    }
}

static void draw_lines(struct details *details, struct canvas *canvas, struct area area) {
    g_autoptr(GArray) lines = tabs[details->tab].lines(details);
    details->length = (int)lines->len;
    details->page = MAX(1, area.rows);
    details->top = CLAMP(details->top, 0, MAX(0, details->length - details->page));
    for (int i = 0; i < details->page && details->top + i < details->length; i++) {
        const struct pager_line *line = &g_array_index(lines, struct pager_line, details->top + i);
        int indent = line->key == NULL ? 1 : LABEL + 2;
        if (line->key != NULL)
            draw_text(canvas, area.row + i, 1, LABEL, STYLE_KEY, line->key);
        draw_text(canvas, area.row + i, indent, area.columns - indent, line->style, line->text);
    }
}

static void draw(struct view *view, struct canvas *canvas, struct area area) {
    struct details *details = (struct details *)view;
    if (details->gone)
        draw_format(canvas, area.row, 0, area.columns, STYLE_ERROR,
                    " %s is gone; this is how it was seen last", details->guest->name);
    else
        draw_format(canvas, area.row, 0, area.columns, STYLE_TITLE, " %s", details->guest->name);
    draw_tabs(details, canvas, (struct area){area.row + 1, 0, 1, area.columns});
    struct area rest = {area.row + HEAD_ROWS, 0, area.rows - HEAD_ROWS, area.columns};
    if (tabs[details->tab].lines == NULL) {
        snapshots_draw(details, canvas, rest);
        return;
    }
    int graphs = details->tab == TAB_OVERVIEW ? overview_graphs(details, canvas, rest) : 0;
    draw_lines(details, canvas, (struct area){rest.row + graphs, 0, rest.rows - graphs, rest.columns});
    if (details->length <= details->page)
        return;
    g_autofree char *place =
        g_strdup_printf("%d-%d of %d lines", details->top + 1, details->top + details->page, details->length);
    draw_fit(canvas, area.row + 1, area.columns - 24, 23, STYLE_TITLE, TRUE, place);
}

static gboolean take_key(struct view *view, const struct input *input) {
    struct details *details = (struct details *)view;
    if (input->code == INPUT_ESCAPE) {
        ui_close(view);
        return TRUE;
    }
    if (input->code != INPUT_MOUSE)
        return FALSE;
    if (details->tab == TAB_SNAPSHOTS) {
        list_mouse(details->snapshot_list, input);
        return TRUE;
    }
    details->top += input->button == BUTTON_WHEEL_UP ? -3 : input->button == BUTTON_WHEEL_DOWN ? 3 : 0;
    return TRUE;
}

static gboolean scroll(struct details *details, const struct action *action) {
    switch (action->id) {
    case ACTION_move_up:
        details->top--;
        return TRUE;
    case ACTION_move_down:
        details->top++;
        return TRUE;
    case ACTION_page_up:
        details->top -= details->page - 1;
        return TRUE;
    case ACTION_page_down:
        details->top += details->page - 1;
        return TRUE;
    case ACTION_move_first:
        details->top = 0;
        return TRUE;
    case ACTION_move_last:
        details->top = details->length;
        return TRUE;
    default:
        return FALSE;
    }
}

static void turn(struct details *details, int by) {
    details->tab = (enum details_tab)(((int)details->tab + by + TAB_COUNT) % TAB_COUNT);
    details->top = 0;
    ui_dirty(details->view.ui);
}

static gboolean take_action(struct view *view, const struct action *action) {
    struct details *details = (struct details *)view;
    if (action->id == ACTION_previous_tab || action->id == ACTION_next_tab)
        turn(details, action->id == ACTION_next_tab ? 1 : -1);
    else if (action->id == ACTION_show)
        return TRUE;
    else if (details->tab == TAB_SNAPSHOTS)
        return snapshots_action(details, action);
    else
        return scroll(details, action);
    return TRUE;
}

static const char *shown_guest(struct view *view) {
    return ((struct details *)view)->uuid;
}

static void refresh(struct view *view) {
    struct details *details = (struct details *)view;
    const struct guest *guest = snapshot_guest(view->ui->snapshot, details->uuid);
    details->gone = guest == NULL;
    if (guest == NULL)
        return;
    guest_unref(details->guest);
    details->guest = guest_ref((struct guest *)guest);
}

/* What the person did may have changed its disks and snapshots. */
static void changed(struct view *view) {
    struct details *details = (struct details *)view;
    if (!details->gone)
        details_ask(details);
}

static char *hints(struct view *view) {
    const struct details *details = (struct details *)view;
    const struct keymap *keymap = view->ui->keymap;
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s %s tabs  ", keymap_key(keymap, ACTION_previous_tab),
                           keymap_key(keymap, ACTION_next_tab));
    if (details->tab == TAB_SNAPSHOTS)
        g_string_append_printf(text, "%s take one  %s revert to it  %s delete it  ",
                               keymap_key(keymap, ACTION_snapshot_create),
                               keymap_key(keymap, ACTION_snapshot_revert), keymap_key(keymap, ACTION_delete));
    else
        g_string_append_printf(text, "%s console  %s start  %s shut down  ",
                               keymap_key(keymap, ACTION_console), keymap_key(keymap, ACTION_start),
                               keymap_key(keymap, ACTION_shutdown));
    g_string_append_printf(text, "%s back  %s help", keymap_key(keymap, ACTION_back),
                           keymap_key(keymap, ACTION_help));
    return g_string_free(text, FALSE);
}

static void free_view(struct view *view) {
    struct details *details = (struct details *)view;
    guest_unref(details->guest);
    g_clear_pointer(&details->disks, g_ptr_array_unref);
    g_clear_pointer(&details->report, report_unref);
    g_free(details->report_problem);
    g_clear_pointer(&details->snapshots, g_ptr_array_unref);
    g_free(details->snapshots_problem);
    list_free(details->snapshot_list);
    g_free(details->uuid);
    g_free(details);
}

static const struct view_ops ops = {
    .kind = VIEW_SCREEN,
    .title = "Guest",
    .manual = "innkeep-keys(7), GUESTS",
    .draw = draw,
    .key = take_key,
    .action = take_action,
    .guest = shown_guest,
    .refresh = refresh,
    .changed = changed,
    .hints = hints,
    .free = free_view,
};

struct details *details_find(struct ui *ui, const char *uuid) {
    for (guint i = 0; ui != NULL && i < ui->views->len; i++) {
        struct view *view = g_ptr_array_index(ui->views, i);
        if (view->ops == &ops && strcmp(((struct details *)view)->uuid, uuid) == 0)
            return (struct details *)view;
    }
    return NULL;
}

static struct details *open_details(struct ui *ui) {
    g_autoptr(snapshot_t) now = NULL;
    const struct guest *guest = act_guest(ui, &now);
    if (guest == NULL)
        return NULL;
    struct details *details = g_new0(struct details, 1);
    details->view.ops = &ops;
    details->uuid = g_strdup(guest->uuid);
    details->guest = guest_ref((struct guest *)guest);
    details->snapshot_list = snapshots_list_new();
    ui_push(ui, &details->view);
    details_ask(details);
    return details;
}

void details_open(struct ui *ui, const struct action *action) {
    (void)action;
    open_details(ui);
}

void details_snapshot(struct ui *ui, const struct action *action) {
    struct view *screen = ui_screen(ui);
    struct details *details = screen->ops == &ops ? (struct details *)screen : open_details(ui);
    if (details == NULL)
        return;
    details->tab = TAB_SNAPSHOTS;
    enum action_id key = action->id == ACTION_snapshot_delete ? ACTION_delete : action->id;
    ui_say(ui, MESSAGE_NOTE, "choose the snapshot, then %s", keymap_key(ui->keymap, key));
}
