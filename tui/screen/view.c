/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/screen/view.h"

#include <string.h>

#include "config/error.h"
#include "core/guest/screen.h"
#include "core/guest/viewer.h"
#include "tui/act.h"
#include "tui/copy.h"
#include "tui/edit.h"
#include "tui/pager.h"
#include "tui/screen/draw.h"
#include "tui/screen/keys.h"
#include "tui/ssh.h"

/* How soon the next picture is asked for: after a key, while the screen changes, and ever more seldom while
 * it does not. A picture costs QEMU and libvirt some milliseconds. */
#define LOOK_TYPED_MS   60
#define LOOK_CHANGED_MS 250
#define LOOK_IDLE_MS    1000

/* What a slow line bears, and what a cell of a picture in colours takes on it at most. */
#define BYTES_PER_SECOND (64 * 1024)
#define BYTES_PER_CELL   40

enum mode {
    OPENING,
    LIVE,
    OVER, /* its last picture stays; a key returns */
};

enum overlay { NOTHING, HELP, MENU, SEARCH };

struct screen_view {
    struct view view;
    struct guest_screen *screen;
    struct picture *picture;
    char *uuid, *name, *message;
    enum mode mode;
    enum overlay overlay;
    gboolean prefixed;
    struct key_name prefix;
    struct screen_shown shown;
    GBytes *file;         /* the last picture; NULL: none yet */
    guint columns, rows;  /* of the window that it is fitted into */
    guint timer, wait_ms; /* until the next look */
    guint menu_at;
    guint found;       /* the row that the search came to last */
    struct edit *edit; /* what is searched for, while it is typed */
};

static void say(struct screen_view *view, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void say(struct screen_view *view, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_free(view->message);
    view->message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    ui_dirty(view->view.ui);
}

/* ---- pictures ---- */

static gboolean look(gpointer data) {
    struct screen_view *view = data;
    view->timer = 0;
    if (view->mode != OVER)
        guest_screen_look(view->screen);
    return G_SOURCE_REMOVE;
}

static void look_in(struct screen_view *view, guint milliseconds) {
    g_clear_handle_id(&view->timer, g_source_remove);
    view->timer = g_timeout_add(milliseconds, look, view);
}

/* The box for half blocks: a pixel wide, two pixels high a cell. */
static void decode(struct screen_view *view) {
    if (view->file != NULL && view->picture != NULL)
        picture_read(view->picture, view->file, MAX(view->columns, 1), MAX(view->rows, 1) * 2, TRUE);
}

static void on_picture(struct guest_screen *screen, GBytes *file, gpointer data) {
    struct screen_view *view = data;
    if (file == NULL) {
        view->wait_ms = MIN(view->wait_ms * 2, LOOK_IDLE_MS);
        look_in(view, view->wait_ms);
        return;
    }
    g_clear_pointer(&view->file, g_bytes_unref);
    view->file = g_bytes_ref(file);
    decode(view); /* and looks again when that has ended */
}

static void on_seen(struct picture *picture, const struct picture_seen *seen, gpointer data) {
    struct screen_view *view = data;
    guint changed = screen_shown_take(&view->shown, seen);
    screen_shown_follow(&view->shown, view->columns, view->rows);
    view->wait_ms = changed == 0 ? MIN(view->wait_ms * 2, LOOK_IDLE_MS)
                                 : MAX(LOOK_CHANGED_MS, changed * BYTES_PER_CELL * 1000 / BYTES_PER_SECOND);
    if (view->mode == OPENING) {
        view->mode = LIVE;
        g_clear_pointer(&view->message, g_free);
    }
    if (view->mode == LIVE)
        look_in(view, view->wait_ms);
    ui_dirty(view->view.ui);
}

static void on_unreadable(struct picture *picture, const char *why, gpointer data) {
    struct screen_view *view = data;
    say(view, "its picture cannot be read: %s", why);
    look_in(view, LOOK_IDLE_MS);
}

static void on_died(struct picture *picture, const char *why, gpointer data) {
    struct screen_view *view = data;
    view->mode = OVER;
    say(view, "%s; any key returns, v opens it anew", why);
}

static const struct picture_events picture_events = {on_seen, on_unreadable, on_died};

/* ---- the guest ---- */

/* A guest whose screen is not to be had: why, and the other ways to it. */
static void offer_others(struct ui *ui, const struct guest *guest, const GError *error) {
    GArray *lines = pager_lines();
    g_autofree char *ssh = ssh_line(ui, guest);
    pager_add_wrapped(lines, STYLE_NORMAL, NULL, error->message);
    pager_add(lines, STYLE_NORMAL, NULL, "%s", "");
    if (guest->facts->serial)
        pager_add(lines, STYLE_NORMAL, NULL, "its serial console  (key %s)",
                  keymap_key(ui->keymap, ACTION_console));
    if (ssh != NULL)
        pager_add(lines, STYLE_NORMAL, NULL, "%s  (key %s)", ssh, keymap_key(ui->keymap, ACTION_ssh));
    if (guest->facts->graphics != NULL || (!guest->facts->serial && ssh == NULL)) {
        g_autofree char *hint = viewer_hint(guest);
        g_auto(GStrv) parts = g_strsplit(hint, "; ", -1); /* a line each: they are copied from here */
        for (char **part = parts; *part != NULL; part++)
            pager_add(lines, STYLE_NORMAL, NULL, "%s", *part);
    }
    pager_open(ui, "Screen", lines, FALSE);
}

static void on_typed(struct guest_screen *screen, gpointer data) {
    struct screen_view *view = data;
    if (view->mode == LIVE) {
        view->wait_ms = LOOK_CHANGED_MS;
        look_in(view, LOOK_TYPED_MS);
    }
}

static void on_failed(struct guest_screen *screen, const GError *error, gpointer data) {
    struct screen_view *view = data;
    struct ui *ui = view->view.ui;
    g_autoptr(snapshot_t) now = ui_now(ui);
    const struct guest *guest = snapshot_guest(now, view->uuid);
    view->mode = OVER;
    view->prefixed = FALSE;
    view->overlay = NOTHING;
    g_clear_handle_id(&view->timer, g_source_remove);
    if (view->shown.any || guest == NULL) {
        say(view, "any key returns; %s", error->message);
        host_refresh(ui->engine->host);
        return;
    }
    ui_close(&view->view);
    offer_others(ui, guest, error);
}

static const struct guest_screen_events screen_events = {on_picture, on_typed, on_failed};

static void press(struct screen_view *view, const struct key_press *presses, guint count) {
    if (count > 0 && !guest_screen_type(view->screen, presses, count))
        say(view, "the guest takes keys more slowly than they come: some were dropped");
}

static void press_name(struct screen_view *view, const char *name) {
    struct key_press one;
    if (keyboard_name(name, &one))
        press(view, &one, 1);
    say(view, "%s sent", name);
}

/* ---- drawing ---- */

static const char *const help_lines[] = {
    "q or the prefix again   leave",
    "m   menu: Ctrl-Alt-Del, Ctrl-Alt-F1, F12 and others",
    "]   send the prefix's own key to the guest",
    "arrows   move over a text that is larger than this",
    "/   search in a text; n next",
    "y   copy the text",
    "l   draw everything anew",
    "?   this help",
};

static struct area middle(struct area area, int rows, int columns) {
    rows = MIN(rows, area.rows);
    columns = MIN(columns, area.columns);
    return (struct area){area.row + (area.rows - rows) / 2, (area.columns - columns) / 2, rows, columns};
}

static void draw_help(struct canvas *canvas, struct area area, const char *prefix) {
    g_autofree char *title = g_strdup_printf("After %s", prefix);
    struct area inside = draw_box(canvas, middle(area, (int)G_N_ELEMENTS(help_lines) + 2, 58), title);
    for (gsize i = 0; i < G_N_ELEMENTS(help_lines) && (int)i < inside.rows; i++)
        draw_text(canvas, inside.row + (int)i, inside.column, inside.columns, STYLE_NORMAL, help_lines[i]);
}

static guint menu_rows(void) {
    guint count = 0;
    while (screen_menu[count].name != NULL)
        count++;
    return count;
}

static void draw_menu(struct screen_view *view, struct canvas *canvas, struct area area) {
    struct area inside = draw_box(canvas, middle(area, (int)menu_rows() + 2, 50), "Send a key");
    guint first = view->menu_at >= (guint)inside.rows ? view->menu_at - (guint)inside.rows + 1 : 0;
    for (guint i = first; screen_menu[i].name != NULL && i < first + (guint)inside.rows; i++) {
        enum style style = i == view->menu_at ? STYLE_SELECTED : STYLE_NORMAL;
        int row = inside.row + (int)(i - first);
        draw_fit(canvas, row, inside.column, inside.columns, style, FALSE, i == view->menu_at ? ">" : "");
        draw_text(canvas, row, inside.column + 2, 14, style, screen_menu[i].name);
        draw_text(canvas, row, inside.column + 17, inside.columns - 17, style, screen_menu[i].text);
    }
}

static void draw_status(struct screen_view *view, struct canvas *canvas, int row, int columns) {
    g_autofree char *prefix = key_name_text(&view->prefix);
    g_autofree char *text = NULL;
    if (view->overlay == SEARCH) {
        draw_fit(canvas, row, 0, columns, STYLE_STATUS, FALSE, " search:");
        edit_draw(view->edit, canvas, row, 9, columns - 9, STYLE_FIELD, TRUE);
        return;
    }
    if (view->message != NULL)
        text = g_strdup_printf(" %s", view->message);
    else if (view->prefixed)
        text = g_strdup_printf(" %s-: q leave  m keys  ] send it  / search  y copy  ? help", prefix);
    else if (view->shown.is_text)
        text = g_strdup_printf(" %s: screen, text %u x %u   %s q leaves   %s ? help", view->name,
                               view->shown.text.columns, view->shown.text.rows, prefix, prefix);
    else
        text = g_strdup_printf(" %s: screen, %u x %u   %s q leaves   %s ? help", view->name,
                               view->shown.width, view->shown.height, prefix, prefix);
    draw_fit(canvas, row, 0, columns, STYLE_STATUS, FALSE, text);
}

static void fit(struct screen_view *view, struct area area) {
    if (view->columns == (guint)area.columns && view->rows == (guint)area.rows)
        return;
    view->columns = (guint)area.columns;
    view->rows = (guint)area.rows;
    if (!view->shown.is_text)
        decode(view);
}

static void draw(struct view *base, struct canvas *canvas, struct area area) {
    struct screen_view *view = (struct screen_view *)base;
    struct area window = {area.row, area.column, area.rows - 1, area.columns};
    fit(view, window);
    screen_shown_follow(&view->shown, view->columns, view->rows);
    screen_shown_draw(&view->shown, canvas, window);
    if (view->overlay == HELP) {
        g_autofree char *prefix = key_name_text(&view->prefix);
        draw_help(canvas, window, prefix);
    } else if (view->overlay == MENU) {
        draw_menu(view, canvas, window);
    }
    draw_status(view, canvas, area.row + area.rows - 1, area.columns);
}

/* ---- keys ---- */

static void copy(struct screen_view *view) {
    if (!view->shown.is_text) {
        say(view, "this is a picture: there is no text to copy");
        return;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint row = 0; row < view->shown.text.rows; row++) {
        g_autofree char *line = text_screen_line(&view->shown.text, row, FALSE);
        g_string_append_printf(text, "%s\n", line);
    }
    while (text->len > 1 && text->str[text->len - 2] == '\n')
        g_string_truncate(text, text->len - 1);
    say(view, copy_lines(view->view.ui, text->str) ? "its text is copied"
                                                   : "this terminal takes nothing into its clipboard");
}

static void find(struct screen_view *view, guint from) {
    int row = screen_shown_find(&view->shown, from);
    if (row < 0) {
        say(view,
            view->shown.is_text ? "not on this screen" : "this is a picture: there is no text to search");
        return;
    }
    guint rows = MAX(view->rows, 1);
    view->found = (guint)row;
    if ((guint)row < view->shown.pan_row || (guint)row >= view->shown.pan_row + rows)
        view->shown.pan_row = (guint)row;
    say(view, "found in line %d", row + 1);
}

static void search(struct screen_view *view) {
    g_clear_pointer(&view->shown.search, g_free);
    if (*edit_text(view->edit) == '\0')
        return;
    view->shown.search = g_utf8_strdown(edit_text(view->edit), -1);
    find(view, 0);
}

static void take_search(struct screen_view *view, const struct input *input) {
    if (input->code == INPUT_ENTER)
        search(view);
    else if (input->code != INPUT_ESCAPE) {
        edit_key(view->edit, input);
        return;
    }
    view->overlay = NOTHING;
    g_clear_pointer(&view->edit, edit_free);
}

static void take_menu(struct screen_view *view, const struct input *input) {
    guint last = menu_rows() - 1;
    if (input->code == INPUT_UP) {
        view->menu_at -= MIN(view->menu_at, 1);
    } else if (input->code == INPUT_DOWN) {
        view->menu_at = MIN(view->menu_at + 1, last);
    } else {
        view->overlay = NOTHING;
        if (input->code == INPUT_ENTER)
            press_name(view, screen_menu[view->menu_at].name);
    }
}

static gboolean pan(struct screen_view *view, enum input_code code) {
    static const struct {
        enum input_code code;
        int columns, rows;
    } ways[] = {{INPUT_UP, 0, -1},   {INPUT_DOWN, 0, 1},     {INPUT_LEFT, -1, 0},
                {INPUT_RIGHT, 1, 0}, {INPUT_PAGE_UP, 0, -1}, {INPUT_PAGE_DOWN, 0, 1}};
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++)
        if (ways[i].code == code) {
            screen_shown_pan(&view->shown, ways[i].columns * (int)view->columns / 2,
                             ways[i].rows * (int)view->rows / 2);
            return TRUE;
        }
    return FALSE;
}

static void find_next(struct screen_view *view) {
    find(view, view->found + 1);
}

/* The key after the prefix; none of them reaches the guest unless it is meant to. */
static void take_prefixed(struct screen_view *view, const struct input *input) {
    gunichar letter = input->code == INPUT_CHARACTER ? input->character : 0;
    struct key_press one;
    view->prefixed = FALSE;
    if (key_name_matches(&view->prefix, input) || letter == 'q') {
        ui_close(&view->view);
    } else if (letter == ']') {
        if (screen_keys_of_name(&view->prefix, &one))
            press(view, &one, 1);
    } else if (letter == 'm') {
        view->overlay = MENU;
    } else if (letter == '?') {
        view->overlay = HELP;
    } else if (letter == '/') {
        view->overlay = SEARCH;
        view->edit = edit_new(NULL);
    } else if (letter == 'n') {
        find_next(view);
    } else if (letter == 'y') {
        copy(view);
    } else if (letter == 'l') {
        canvas_redraw(view->view.ui->canvas);
    } else if (!pan(view, input->code) && input->code != INPUT_ESCAPE) {
        say(view, "no such key after the prefix; ? shows them");
    }
}

static void take_live(struct screen_view *view, const struct input *input) {
    struct key_press one;
    g_clear_pointer(&view->message, g_free);
    if (view->overlay == HELP) { /* it tells of the keys after the prefix: the next one is such a key */
        view->overlay = NOTHING;
        view->prefixed = TRUE;
    }
    if (view->overlay == SEARCH)
        take_search(view, input);
    else if (view->overlay == MENU)
        take_menu(view, input);
    else if (view->prefixed)
        take_prefixed(view, input);
    else if (key_name_matches(&view->prefix, input))
        view->prefixed = TRUE;
    else if (view->mode == LIVE && screen_keys_press(input, &one))
        press(view, &one, 1);
    else if (view->mode == LIVE)
        say(view, "the guest's keyboard has no such key");
}

static gboolean take_key(struct view *base, const struct input *input) {
    struct screen_view *view = (struct screen_view *)base;
    if (input->code == INPUT_MOUSE)
        return TRUE;
    ui_dirty(base->ui);
    if (view->mode != OVER)
        take_live(view, input);
    else if (input->code < INPUT_MOUSE)
        ui_close(base);
    return TRUE;
}

static gboolean take_paste(struct view *base, const char *text) {
    struct screen_view *view = (struct screen_view *)base;
    guint dropped = 0;
    if (view->overlay == SEARCH) {
        edit_paste(view->edit, text);
        return TRUE;
    }
    if (view->mode != LIVE || view->prefixed || view->overlay != NOTHING)
        return FALSE;
    g_autoptr(GArray) presses = screen_keys_paste(text, &dropped);
    press(view, (const struct key_press *)(gpointer)presses->data, presses->len);
    if (dropped > 0)
        say(view, "%u characters were left out: the US keyboard has no key for them", dropped);
    return TRUE;
}

static const char *shown_guest(struct view *base) {
    return ((struct screen_view *)base)->uuid;
}

static void free_view(struct view *base) {
    struct screen_view *view = (struct screen_view *)base;
    g_clear_handle_id(&view->timer, g_source_remove);
    g_clear_pointer(&view->screen, guest_screen_close);
    g_clear_pointer(&view->picture, picture_free);
    g_clear_pointer(&view->file, g_bytes_unref);
    g_clear_pointer(&view->edit, edit_free);
    screen_shown_clear(&view->shown);
    g_free(view->uuid);
    g_free(view->name);
    g_free(view->message);
    g_free(view);
}

static const struct view_ops ops = {
    .kind = VIEW_WHOLE,
    .title = "Screen",
    .manual = "innkeep-keys(7), SCREEN",
    .draw = draw,
    .key = take_key,
    .paste = take_paste,
    .guest = shown_guest,
    .free = free_view,
};

void screen_view_open(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    g_autoptr(GError) error = NULL;
    const struct guest *guest = act_guest(ui, &now);
    const char *why = NULL, *prefix = ui->engine->settings->ui_console_prefix;
    if (guest == NULL)
        return;
    if (!action_legal(action, guest, &why)) {
        ui_say(ui, MESSAGE_ERROR, "%s: no screen: %s", guest->name, why);
        return;
    }
    struct screen_view *view = g_new0(struct screen_view, 1);
    view->view.ops = &ops;
    view->view.ui = ui;
    view->uuid = g_strdup(guest->uuid);
    view->name = g_strdup(guest->name);
    view->wait_ms = LOOK_CHANGED_MS;
    if (prefix == NULL || !key_name_parse(prefix, &view->prefix))
        view->prefix = (struct key_name){INPUT_CONTROL, ']'};
    view->picture = picture_new(&picture_events, view, &error);
    if (view->picture == NULL) {
        ui_say_error(ui, guest->name, error);
        free_view(&view->view);
        return;
    }
    view->screen = guest_screen_open(ui->engine->host, guest, &screen_events, view);
    say(view, "looking at the screen of %s", view->name);
    ui_push(ui, &view->view);
    guest_screen_look(view->screen);
}
