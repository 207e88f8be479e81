/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console_view.h"

#include <string.h>

#include "config/error.h"
#include "core/confined/terminal.h"
#include "core/guest/console.h"
#include "core/guest/viewer.h"
#include "tui/act.h"
#include "tui/console_keys.h"
#include "tui/pager.h"
#include "tui/ssh.h"

enum phase {
    OPENING,
    LIVE,
    OVER,   /* its last screen stays; a key returns */
    IN_USE, /* f takes it over, another key returns */
};

struct console_view {
    struct view view;
    struct console *console;
    struct terminal *terminal;
    char *uuid, *name, *message;
    enum phase phase;
    gboolean prefixed, help;
    gboolean forced;      /* taken over: a second refusal is no question of that */
    gboolean unexplained; /* it ended, and why is not known yet */
    struct key_name prefix;
    guint columns, rows;
};

static void say(struct console_view *view, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void say(struct console_view *view, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_free(view->message);
    view->message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    ui_dirty(view->view.ui);
}

static void on_opened(struct console *console, gpointer data) {
    struct console_view *view = data;
    view->phase = LIVE;
    g_clear_pointer(&view->message, g_free);
    ui_dirty(view->view.ui);
}

static void on_output(struct console *console, const guint8 *bytes, gsize length, gpointer data) {
    struct console_view *view = data;
    if (view->terminal != NULL)
        terminal_feed(view->terminal, bytes, length);
}

static void on_ended(struct console *console, enum console_end end, const GError *error, gpointer data) {
    struct console_view *view = data;
    gboolean conflict =
        error != NULL && error->domain == INNKEEP_ERROR && error->code == INNKEEP_ERROR_CONFLICT;
    view->phase = OVER;
    view->prefixed = view->help = FALSE;
    if (end == CONSOLE_REFUSED && conflict && !view->forced) {
        view->phase = IN_USE;
        say(view, "in use: f takes it over, any other key returns");
    } else if (end == CONSOLE_REFUSED) {
        say(view, "any key returns; %s", error == NULL ? "it could not be opened" : error->message);
    } else if (end == CONSOLE_LOST) {
        say(view, "the link to libvirt was lost; any key returns");
    } else {
        say(view, "the console ended, or was taken over; any key returns");
        view->unexplained = TRUE;
        host_refresh(view->view.ui->engine->host);
    }
}

/* A console ends before the host tells why: when it does, so do we. */
static void refresh(struct view *base) {
    struct console_view *view = (struct console_view *)base;
    const struct guest *guest = snapshot_guest(base->ui->snapshot, view->uuid);
    if (view->phase != OVER || !view->unexplained || (guest != NULL && guest_state_active(guest->state)))
        return;
    view->unexplained = FALSE;
    say(view, "%s is %s; any key returns", view->name,
        guest == NULL ? "gone" : guest_state_screen(guest->state));
}

static const struct console_events console_events = {on_opened, on_output, on_ended};

static void on_changed(struct terminal *terminal, gpointer data) {
    ui_dirty(((struct console_view *)data)->view.ui);
}

static void on_reply(struct terminal *terminal, const guint8 *bytes, gsize length, gpointer data) {
    struct console_view *view = data;
    if (view->phase == LIVE)
        console_send(view->console, bytes, length);
}

static void on_died(struct terminal *terminal, const char *why, gpointer data) {
    struct console_view *view = data;
    view->phase = OVER;
    say(view, "the emulator died; any key returns, attaching again starts a new one (%s)", why);
}

static const struct terminal_events terminal_events = {on_changed, on_reply, on_died};

static void open_console(struct console_view *view, gboolean force) {
    g_clear_pointer(&view->console, console_close);
    view->phase = OPENING;
    view->forced = force;
    view->unexplained = FALSE;
    say(view, "opening the console of %s", view->name);
    view->console = console_open(view->view.ui->engine->host, view->uuid, NULL, force, &console_events, view);
}

static void draw_cells(struct console_view *view, struct canvas *canvas, struct area area) {
    const struct terminal_screen *screen = view->terminal == NULL ? NULL : terminal_screen(view->terminal);
    if (screen == NULL || screen->cells == NULL)
        return;
    guint rows = MIN(screen->rows, (guint)area.rows), columns = MIN(screen->columns, (guint)area.columns);
    for (guint row = 0; row < rows; row++)
        for (guint column = 0; column < columns; column++) {
            const struct terminal_cell *cell = &screen->cells[row * screen->columns + column];
            if (cell->columns > 0 && column + cell->columns <= columns)
                draw_cell(canvas, area.row + (int)row, area.column + (int)column, cell->character,
                          cell->foreground, cell->background, cell->attributes);
        }
    if (view->phase == LIVE && screen->cursor_visible && screen->cursor_row < rows &&
        screen->cursor_column < columns)
        canvas_cursor(canvas, area.row + (int)screen->cursor_row, area.column + (int)screen->cursor_column);
}

static const char *const help_lines[] = {"q or the prefix again   leave",
                                         "]   send the prefix's own byte to the guest",
                                         "f   take the console over", "?   this help"};

static void draw_help(struct canvas *canvas, struct area area, const char *prefix) {
    int rows = (int)G_N_ELEMENTS(help_lines) + 2, width = MIN(area.columns, 52);
    g_autofree char *title = g_strdup_printf("After %s", prefix);
    struct area inside = draw_box(
        canvas, (struct area){area.row + (area.rows - rows) / 2, (area.columns - width) / 2, rows, width},
        title);
    for (gsize i = 0; i < G_N_ELEMENTS(help_lines); i++)
        draw_text(canvas, inside.row + (int)i, inside.column, inside.columns, STYLE_NORMAL, help_lines[i]);
}

static void draw_status(struct console_view *view, struct canvas *canvas, int row, int columns) {
    g_autofree char *prefix = key_name_text(&view->prefix);
    g_autofree char *text = NULL;
    if (view->message != NULL)
        text = g_strdup_printf(" %s", view->message);
    else if (view->prefixed)
        text = g_strdup_printf(" %s-: q leave  ] send it  f take over  ? help", prefix);
    else
        text = g_strdup_printf(" %s: serial console   %s q leaves   %s ? help", view->name, prefix, prefix);
    draw_fit(canvas, row, 0, columns, STYLE_STATUS, FALSE, text);
}

static void draw(struct view *base, struct canvas *canvas, struct area area) {
    struct console_view *view = (struct console_view *)base;
    struct area screen = {area.row, area.column, area.rows - 1, area.columns};
    if (view->terminal != NULL &&
        (view->columns != (guint)screen.columns || view->rows != (guint)screen.rows)) {
        view->columns = (guint)screen.columns;
        view->rows = (guint)screen.rows;
        terminal_resize(view->terminal, view->columns, view->rows);
    }
    draw_cells(view, canvas, screen);
    if (view->help) {
        g_autofree char *prefix = key_name_text(&view->prefix);
        draw_help(canvas, screen, prefix);
    }
    draw_status(view, canvas, area.row + area.rows - 1, area.columns);
}

static void send(struct console_view *view, const guint8 *bytes, gsize length) {
    if (length > 0 && !console_send(view->console, bytes, length))
        say(view, "the guest does not read what is typed: some of it was dropped");
    else if (view->message != NULL)
        g_clear_pointer(&view->message, g_free);
}

/* The key after the prefix; none of them reaches the guest unless it is meant to. */
static void take_prefixed(struct console_view *view, const struct input *input) {
    gunichar letter = input->code == INPUT_CHARACTER ? input->character : 0;
    view->prefixed = FALSE;
    if (key_name_matches(&view->prefix, input) || letter == 'q') {
        ui_close(&view->view);
    } else if (letter == ']') {
        g_autoptr(GByteArray) bytes = console_keys_of_name(&view->prefix);
        send(view, bytes->data, bytes->len);
    } else if (letter == 'f') {
        open_console(view, TRUE);
    } else if (letter == '?') {
        view->help = TRUE;
    } else if (input->code != INPUT_ESCAPE) {
        say(view, "no such key after the prefix; ? shows them");
    }
}

static void take_live(struct console_view *view, const struct input *input) {
    const struct terminal_screen *screen = view->terminal == NULL ? NULL : terminal_screen(view->terminal);
    if (view->help) { /* it tells of the keys after the prefix: the next one is such a key */
        view->help = FALSE;
        view->prefixed = TRUE;
    }
    if (view->prefixed) {
        take_prefixed(view, input);
        return;
    }
    if (key_name_matches(&view->prefix, input)) {
        view->prefixed = TRUE;
        return;
    }
    g_autoptr(GByteArray) bytes =
        console_keys_bytes(input, screen != NULL && screen->cursor_keys_application);
    send(view, bytes->data, bytes->len);
}

static gboolean take_key(struct view *base, const struct input *input) {
    struct console_view *view = (struct console_view *)base;
    if (input->code == INPUT_MOUSE)
        return TRUE;
    gboolean leaves = input->code < INPUT_MOUSE;
    if (view->phase == LIVE)
        take_live(view, input);
    else if (view->phase == OPENING && key_name_matches(&view->prefix, input))
        view->prefixed = TRUE;
    else if (view->phase == OPENING && view->prefixed)
        take_prefixed(view, input);
    else if (view->phase == IN_USE && input->code == INPUT_CHARACTER && input->character == 'f')
        open_console(view, TRUE);
    else if (view->phase != OPENING && leaves)
        ui_close(base);
    return TRUE;
}

static gboolean take_paste(struct view *base, const char *text) {
    struct console_view *view = (struct console_view *)base;
    if (view->phase != LIVE || view->prefixed)
        return FALSE;
    g_autoptr(GByteArray) bytes = console_keys_paste(text);
    send(view, bytes->data, bytes->len);
    return TRUE;
}

static const char *shown_guest(struct view *base) {
    return ((struct console_view *)base)->uuid;
}

static void free_view(struct view *base) {
    struct console_view *view = (struct console_view *)base;
    g_clear_pointer(&view->console, console_close);
    g_clear_pointer(&view->terminal, terminal_free);
    g_free(view->uuid);
    g_free(view->name);
    g_free(view->message);
    g_free(view);
}

static const struct view_ops ops = {
    .kind = VIEW_WHOLE,
    .title = "Console",
    .manual = "innkeep-keys(7), CONSOLE",
    .draw = draw,
    .key = take_key,
    .paste = take_paste,
    .guest = shown_guest,
    .refresh = refresh,
    .free = free_view,
};

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
    if (ssh != NULL)
        pager_add(lines, STYLE_NORMAL, NULL, "%s  (key %s)", ssh, keymap_key(ui->keymap, ACTION_ssh));
    pager_open(ui, "Console", lines, FALSE);
}

void console_view_attach(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    g_autoptr(GError) error = NULL;
    const struct guest *guest = act_guest(ui, &now);
    const char *why = NULL, *prefix = ui->engine->settings->ui_console_prefix;
    if (guest == NULL)
        return;
    if (!action_legal(action, guest, &why)) {
        ui_say(ui, MESSAGE_ERROR, "%s: no console: %s", guest->name, why);
        return;
    }
    if (!guest->facts->serial) {
        offer_others(ui, guest);
        return;
    }
    struct area area = canvas_area(ui->canvas);
    struct console_view *view = g_new0(struct console_view, 1);
    view->view.ops = &ops;
    view->view.ui = ui;
    view->uuid = g_strdup(guest->uuid);
    view->name = g_strdup(guest->name);
    view->columns = (guint)area.columns;
    view->rows = (guint)area.rows - 1;
    if (prefix == NULL || !key_name_parse(prefix, &view->prefix))
        view->prefix = (struct key_name){INPUT_CONTROL, ']'};
    view->terminal = terminal_new(view->columns, view->rows, &terminal_events, view, &error);
    if (view->terminal == NULL) {
        ui_say_error(ui, guest->name, error);
        free_view(&view->view);
        return;
    }
    ui_push(ui, &view->view);
    open_console(view, FALSE);
}
