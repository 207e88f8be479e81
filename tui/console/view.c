/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console/view.h"

#include "core/guest/viewer.h"
#include "tui/act.h"
#include "tui/console/cells.h"
#include "tui/console/devices.h"
#include "tui/console/keys.h"
#include "tui/console/past.h"
#include "tui/console/prefix.h"
#include "tui/console/scroll.h"
#include "tui/pager.h"
#include "tui/ssh.h"

static void on_line(guint64 line, const struct terminal_cell *cells, guint columns, gpointer data) {
    struct console_view *view = data;
    if (view->scroll != NULL)
        scroll_line(view->scroll, line, cells, columns);
}

static void on_found(gboolean found, guint64 line, guint column, guint columns, gpointer data) {
    struct console_view *view = data;
    if (view->scroll != NULL)
        scroll_found(view->scroll, found, line, column, columns);
}

static void on_changed(gpointer data) {
    struct console_view *view = data;
    if (view->scroll != NULL)
        scroll_changed(view->scroll);
}

static const struct session_watch watch = {on_line, on_found, on_changed};

static void look_away(struct console_view *view) {
    g_clear_pointer(&view->scroll, scroll_free);
    view->prefixed = view->help = FALSE;
    view->question = QUESTION_NONE;
    if (view->session == NULL)
        return;
    view->session->shown = FALSE;
    view->session->watch = NULL;
    view->session = NULL;
}

void console_view_turn(struct console_view *view, struct session *session) {
    look_away(view);
    view->session = session;
    session->shown = TRUE;
    session->unseen = FALSE;
    session->watch = &watch;
    session->watcher = view;
    ui_dirty(view->view.ui);
}

static void draw_live(struct console_view *view, struct canvas *canvas, struct area area) {
    const struct session *session = view->session;
    const struct terminal_screen *screen =
        session->terminal == NULL ? NULL : terminal_screen(session->terminal);
    if (screen == NULL || screen->cells == NULL)
        return;
    guint rows = MIN(screen->rows, (guint)area.rows);
    for (guint row = 0; row < rows; row++)
        cells_draw(canvas, area.row + (int)row, area.column, (guint)area.columns,
                   screen->cells + row * screen->columns, screen->columns, NULL);
    if (session->phase != SESSION_LIVE || !view->focused || !screen->cursor_visible ||
        screen->cursor_row >= rows || screen->cursor_column >= (guint)area.columns)
        return;
    canvas_cursor(canvas, area.row + (int)screen->cursor_row, area.column + (int)screen->cursor_column);
    canvas_cursor_shape(canvas, screen->cursor_shape);
}

static char *status_text(struct console_view *view) {
    const struct session *session = view->session;
    g_autofree char *prefix = key_name_text(&view->prefix);
    guint count = consoles_count(view->view.ui->consoles);
    GString *text = g_string_new(" ");
    const char *device = session->device == NULL ? "serial" : session->device;
    if (session->message != NULL || view->prefixed)
        g_string_append_printf(text, "%s: ", session->name);
    if (session->message != NULL)
        g_string_append(text, session->message);
    else if (view->prefixed)
        g_string_append_printf(text, "%s-: q leave  n p next  z pane  [ back  x close  ? all keys", prefix);
    else if (!view->focused)
        g_string_append_printf(text, "%s: %s console   %s goes there", session->name, device,
                               keymap_key(view->view.ui->keymap, ACTION_console));
    else
        g_string_append_printf(text, "%s: %s console   %s q leaves   %s ? help", session->name, device,
                               prefix, prefix);
    if (session->record != NULL && session->message == NULL)
        g_string_append(text, "  [logged]");
    if (count > 1 && session->message == NULL)
        g_string_append_printf(text, "   %u of %u", consoles_number(view->view.ui->consoles, session), count);
    return g_string_free(text, FALSE);
}

static void draw_status(struct console_view *view, struct canvas *canvas, struct area area) {
    enum style style = view->focused ? STYLE_STATUS : STYLE_DETAIL;
    g_autofree char *scrolled =
        view->scroll == NULL || view->session->message != NULL ? NULL : scroll_status(view->scroll);
    g_autofree char *text = scrolled != NULL ? NULL : status_text(view);
    draw_fit(canvas, area.row, area.column, area.columns, style, FALSE, scrolled != NULL ? scrolled : text);
    if (view->scroll != NULL)
        scroll_draw_field(view->scroll, canvas, area.row, area.column, area.columns);
}

static void draw(struct view *base, struct canvas *canvas, struct area area) {
    struct console_view *view = (struct console_view *)base;
    struct area screen = {area.row, area.column, area.rows - 1, area.columns};
    view->area = screen;
    session_resize(view->session, (guint)screen.columns, (guint)screen.rows);
    draw_fill(canvas, screen, STYLE_NORMAL);
    if (view->scroll != NULL)
        scroll_draw(view->scroll, canvas, screen);
    else
        draw_live(view, canvas, screen);
    if (view->help)
        prefix_help(view, canvas, screen);
    draw_status(view, canvas, (struct area){area.row + area.rows - 1, area.column, 1, area.columns});
}

/* The mouse is the guest's where it asked for it; else the wheel looks back. */
static void take_mouse(struct console_view *view, const struct input *input) {
    const struct session *session = view->session;
    const struct terminal_screen *screen =
        session->terminal == NULL ? NULL : terminal_screen(session->terminal);
    int row = input->row - view->area.row, column = input->column - view->area.column;
    gboolean inside = row >= 0 && column >= 0 && row < view->area.rows && column < view->area.columns;
    if (screen == NULL || !inside)
        return;
    if (view->scroll == NULL && session->phase == SESSION_LIVE && screen->mouse != 0) {
        g_autoptr(GByteArray) bytes = console_keys_mouse(input, row, column, screen->mouse_sgr, view->held);
        session_send(view->session, bytes->data, bytes->len);
    } else if (input->button == BUTTON_WHEEL_UP || input->button == BUTTON_WHEEL_DOWN) {
        if (view->scroll == NULL && input->button == BUTTON_WHEEL_UP)
            view->scroll = scroll_new(view->session);
        if (view->scroll != NULL)
            scroll_move(view->scroll, input->button == BUTTON_WHEEL_UP ? -3 : 3);
    }
    if (input->button <= BUTTON_RIGHT)
        view->held = input->button;
}

static void type(struct console_view *view, const struct input *input) {
    const struct session *session = view->session;
    const struct terminal_screen *screen =
        session->terminal == NULL ? NULL : terminal_screen(session->terminal);
    g_autoptr(GByteArray) bytes =
        console_keys_bytes(input, screen != NULL && screen->cursor_keys_application);
    session_send(view->session, bytes->data, bytes->len);
}

static gboolean take_key(struct view *base, const struct input *input) {
    struct console_view *view = (struct console_view *)base;
    if (input->code == INPUT_MOUSE) {
        take_mouse(view, input);
        return TRUE;
    }
    if (view->help) { /* it tells of the keys after the prefix: the next one is such a key */
        view->help = FALSE;
        view->prefixed = TRUE;
    }
    if (view->question != QUESTION_NONE) {
        prefix_answer(view, input);
    } else if (view->prefixed) {
        view->prefixed = FALSE;
        prefix_key(view, input);
    } else if (key_name_matches(&view->prefix, input)) {
        view->prefixed = TRUE;
        session_said(view->session);
    } else if (view->scroll != NULL) {
        session_said(view->session);
        if (!scroll_key(view->scroll, input))
            g_clear_pointer(&view->scroll, scroll_free);
    } else if (view->session->phase == SESSION_LIVE) {
        type(view, input);
    } else if (input->code == INPUT_CHARACTER && input->character == 'f') {
        session_open(view->session, view->session->phase != SESSION_FAILED);
    } else if (input->code == INPUT_ESCAPE || (input->code == INPUT_CHARACTER && input->character == 'q')) {
        console_view_leave(view);
    } /* what was meant for the guest must not reach the list */
    return TRUE;
}

static gboolean take_paste(struct view *base, const char *text) {
    struct console_view *view = (struct console_view *)base;
    if (view->scroll != NULL)
        return scroll_paste(view->scroll, text);
    if (view->session->phase != SESSION_LIVE || view->session->terminal == NULL || view->prefixed)
        return FALSE;
    g_autoptr(GByteArray) bytes = console_keys_paste(text, terminal_screen(view->session->terminal)->paste);
    session_send(view->session, bytes->data, bytes->len);
    return TRUE;
}

static const char *shown_guest(struct view *base) {
    return ((struct console_view *)base)->session->uuid;
}

static char *hints(struct view *base) {
    const struct console_view *view = (const struct console_view *)base;
    g_autofree char *prefix = key_name_text(&view->prefix);
    return g_strdup_printf("%s then:  q list  n next  z full  [ back  x close  ? help", prefix);
}

static void free_view(struct view *base) {
    look_away((struct console_view *)base);
    g_free(base);
}

#define OPS(of_kind)                                                                                         \
    {                                                                                                        \
        .kind = (of_kind), .title = "Console", .manual = "innkeep-keys(7), CONSOLE", .draw = draw,           \
        .key = take_key, .paste = take_paste, .guest = shown_guest, .hints = hints, .free = free_view        \
    }

static const struct view_ops whole = OPS(VIEW_WHOLE), pane = OPS(VIEW_PANE);

static struct console_view *view_of(struct ui *ui) {
    struct view *found = ui_find(ui, &whole);
    return (struct console_view *)(found != NULL ? found : ui->pane);
}

void console_view_show(struct ui *ui, struct session *session) {
    struct console_view *view = view_of(ui);
    const char *prefix = ui->engine->settings->ui_console_prefix;
    if (view == NULL) {
        view = g_new0(struct console_view, 1);
        view->view.ops = &whole;
        view->view.ui = ui;
        if (prefix == NULL || !key_name_parse(prefix, &view->prefix))
            view->prefix = (struct key_name){INPUT_CONTROL, ']'};
    }
    if (!view->focused)
        ui_push(ui, &view->view);
    view->focused = TRUE;
    console_view_turn(view, session);
}

void console_view_leave(struct console_view *view) {
    struct ui *ui = view->view.ui;
    g_clear_pointer(&view->scroll, scroll_free);
    view->prefixed = view->help = FALSE;
    view->question = QUESTION_NONE;
    if (ui->pane != &view->view) {
        ui_close(&view->view);
        return;
    }
    view->focused = FALSE;
    g_ptr_array_remove(ui->views, view);
    ui_dirty(ui);
}

void console_view_end(struct console_view *view) {
    struct ui *ui = view->view.ui;
    if (view->focused)
        g_ptr_array_remove(ui->views, view);
    if (ui->pane == &view->view)
        ui->pane = NULL;
    free_view(&view->view);
    ui_dirty(ui);
}

void console_view_zoom(struct console_view *view) {
    struct ui *ui = view->view.ui;
    gboolean to_pane = ui->pane == NULL;
    view->view.ops = to_pane ? &pane : &whole;
    ui->pane = to_pane ? &view->view : NULL;
    ui_dirty(ui);
}

/* A guest without a serial console: the other ways to it. */
static void offer_others(struct ui *ui, const struct guest *guest) {
    GArray *lines = pager_lines();
    g_autofree char *ssh = ssh_line(ui, guest);
    g_autofree char *hint = viewer_hint(guest);
    g_auto(GStrv) parts = g_strsplit(hint, "; ", -1); /* a line each: they are copied from here */
    pager_add(lines, STYLE_NORMAL, NULL, "%s has no serial console.", guest->name);
    pager_add(lines, STYLE_NORMAL, NULL, "%s", "");
    for (char **part = parts; *part != NULL; part++)
        pager_add(lines, STYLE_NORMAL, NULL, "%s", *part);
    pager_add(lines, STYLE_NORMAL, NULL, "its screen  (key %s)", keymap_key(ui->keymap, ACTION_screen));
    if (ssh != NULL)
        pager_add(lines, STYLE_NORMAL, NULL, "%s  (key %s)", ssh, keymap_key(ui->keymap, ACTION_ssh));
    pager_open(ui, "Console", lines, FALSE);
}

void console_view_open(struct ui *ui, const struct guest *guest, const char *device) {
    g_autoptr(GError) error = NULL;
    struct area area = canvas_area(ui->canvas);
    gboolean first =
        device == NULL || (guest->facts->consoles != NULL &&
                           g_strcmp0(device, guest->facts->consoles[0]) == 0); /* it has the log */
    struct session *session =
        session_new(ui, guest, device, (guint)area.columns, (guint)MAX(1, area.rows - 1), &error);
    if (session == NULL) {
        ui_say_error(ui, guest->name, error);
        return;
    }
    consoles_add(ui->consoles, session);
    console_view_show(ui, session);
    if (first)
        past_then_open(session, guest);
    else
        session_open(session, FALSE);
}

void console_view_attach(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    const struct guest *guest = act_guest(ui, &now);
    const char *why = NULL;
    if (guest == NULL)
        return;
    struct session *open = consoles_find(ui->consoles, guest->uuid, NULL);
    gboolean several = guest->facts->consoles != NULL && g_strv_length(guest->facts->consoles) > 1;
    if (several && action_legal(action, guest, NULL))
        devices_choose(ui, guest);
    else if (open != NULL)
        console_view_show(ui, open);
    else if (!action_legal(action, guest, &why))
        ui_say(ui, MESSAGE_ERROR, "%s: no console: %s", guest->name, why);
    else if (!guest->facts->serial)
        offer_others(ui, guest);
    else
        console_view_open(ui, guest, NULL);
}
