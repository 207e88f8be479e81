/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/ui.h"

#include "config/error.h"
#include "tui/console/view.h"
#include "tui/handlers.h"
#include "tui/header.h"
#include "tui/hints.h"
#include "tui/jobline.h"

#define FRAME (16 * G_TIME_SPAN_MILLISECOND)

#define ROWS_MIN     12
#define COLUMNS_MIN  40
#define MESSAGE_ROWS 6

struct ui_handle *ui_handle_ref(struct ui *ui) {
    ui->handle->references++;
    return ui->handle;
}

void ui_handle_unref(struct ui_handle *handle) {
    if (--handle->references == 0)
        g_free(handle);
}

static gboolean draw_now(gpointer data) {
    struct ui *ui = data;
    ui->frame_source = 0;
    ui_draw(ui);
    return G_SOURCE_REMOVE;
}

void ui_dirty(struct ui *ui) {
    if (ui->frame_source != 0)
        return;
    gint64 wait = CLAMP(ui->last_frame + FRAME - g_get_monotonic_time(), 0, FRAME);
    ui->frame_source =
        g_timeout_add_full(G_PRIORITY_DEFAULT, (guint)(wait / G_TIME_SPAN_MILLISECOND), draw_now, ui, NULL);
}

struct view *ui_top(struct ui *ui) {
    return g_ptr_array_index(ui->views, ui->views->len - 1);
}

struct view *ui_screen(struct ui *ui) {
    for (guint i = ui->views->len; i > 0; i--) {
        struct view *view = g_ptr_array_index(ui->views, i - 1);
        if (view->ops->kind != VIEW_OVERLAY && view->ops->kind != VIEW_PANE)
            return view;
    }
    return g_ptr_array_index(ui->views, 0);
}

void ui_push(struct ui *ui, struct view *view) {
    view->ui = ui;
    g_ptr_array_add(ui->views, view);
    ui_dirty(ui);
}

struct view *ui_find(struct ui *ui, const struct view_ops *ops) {
    for (guint i = 0; i < ui->views->len; i++) {
        struct view *view = g_ptr_array_index(ui->views, i);
        if (view->ops == ops)
            return view;
    }
    return NULL;
}

void ui_close(struct view *view) {
    struct ui *ui = view->ui;
    g_ptr_array_remove(ui->views, view);
    ui_dirty(ui);
    view->ops->free(view);
}

/* The rows of a screen: header, tabs, the view, jobs, messages, hints. */
static void draw_screen(struct ui *ui, struct view *view) {
    struct area area = canvas_area(ui->canvas);
    header_draw(ui, ui->canvas, area);
    int spare = area.rows - 3;
    int jobs = jobline_rows(ui, MIN(3, spare / 3));
    int messages = messages_lines(ui->messages, MIN(MESSAGE_ROWS, (spare - jobs) / 2));
    int bottom = area.rows - 1 - jobs - messages;
    struct area body = {2, 0, bottom - 2, area.columns};
    struct view *pane = console_pane(ui);
    struct area aside = pane == NULL ? body : console_pane_cut(&body);
    view->ops->draw(view, ui->canvas, body);
    if (pane != NULL)
        pane->ops->draw(pane, ui->canvas, aside);
    messages_draw(ui->messages, ui->canvas, (struct area){bottom, 0, messages, area.columns});
    jobline_draw(ui, ui->canvas, (struct area){bottom + messages, 0, jobs, area.columns});
    hints_draw(ui, ui->canvas, (struct area){area.rows - 1, 0, 1, area.columns});
}

static void draw_view(struct ui *ui, struct view *view) {
    struct area area = canvas_area(ui->canvas);
    if (view->ops->kind == VIEW_SCREEN)
        draw_screen(ui, view);
    else if (view->ops->kind == VIEW_WHOLE)
        view->ops->draw(view, ui->canvas, area);
    else if (view->ops->kind == VIEW_OVERLAY)
        view->ops->draw(view, ui->canvas, (struct area){2, 0, area.rows - 3, area.columns});
    if (view->shown == 0)
        view->shown = ui->frames;
}

/* Nothing below it is to be seen. */
static gboolean fills(const struct view *view) {
    return view->ops->kind == VIEW_SCREEN || view->ops->kind == VIEW_WHOLE;
}

/* A guest's console takes every key. */
static gboolean is_console(const struct view *view) {
    return view->ops->kind == VIEW_WHOLE || view->ops->kind == VIEW_PANE;
}

void ui_draw(struct ui *ui) {
    if (ui->away)
        return;
    ui->frames++;
    canvas_begin(ui->canvas);
    struct area area = canvas_area(ui->canvas);
    if (area.rows < ROWS_MIN || area.columns < COLUMNS_MIN) {
        draw_format(ui->canvas, 0, 0, area.columns, STYLE_NORMAL, "%dx%d: needs %dx%d", area.columns,
                    area.rows, COLUMNS_MIN, ROWS_MIN);
    } else {
        guint bottom = ui->views->len - 1;
        while (bottom > 0 && !fills((struct view *)g_ptr_array_index(ui->views, bottom)))
            bottom--;
        for (guint i = bottom; i < ui->views->len; i++)
            draw_view(ui, g_ptr_array_index(ui->views, i));
    }
    canvas_end(ui->canvas);
    ui->last_frame = g_get_monotonic_time();
}

static gboolean small(struct ui *ui) {
    struct area area = canvas_area(ui->canvas);
    return area.rows < ROWS_MIN || area.columns < COLUMNS_MIN;
}

static void paste(struct ui *ui, const char *text) {
    struct view *top = ui_top(ui);
    if (top->ops->paste == NULL || !top->ops->paste(top, text))
        ui_say(ui, MESSAGE_NOTE, "a paste outside a text field: thrown away");
}

/* Also over a form and a question, which take all other keys; a guest's console takes this one too. */
static gboolean wants_manual(struct view *top, const struct input *input, const struct action *action) {
    return action != NULL && action->id == ACTION_manual && input->code != INPUT_CHARACTER &&
           !is_console(top);
}

void ui_key(struct ui *ui, const struct input *input) {
    struct view *top = ui_top(ui);
    ui->input = input;
    ui_dirty(ui);
    if (input->code < INPUT_MOUSE)
        messages_key(ui->messages);
    const struct action *action = keymap_action(ui->keymap, input);
    if (input->after_escape && !is_console(top))
        ui_say(ui, MESSAGE_NOTE, "a key right after Esc counts as an Alt key: it did nothing");
    if (input->code == INPUT_PASTE)
        paste(ui, input->paste);
    else if (small(ui) && (action == NULL || (action->id != ACTION_quit && action->id != ACTION_redraw)))
        ; /* nothing is done that the person cannot see */
    else if (wants_manual(top, input, action) || (!top->ops->key(top, input) && action != NULL))
        ui_run(ui, action);
    ui->input = NULL;
}

void ui_run(struct ui *ui, const struct action *action) {
    struct view *screen = ui_screen(ui);
    if ((action->flags & ACTION_CHANGES) != 0) {
        if (host_read_only(ui->engine->host)) {
            ui_say(ui, MESSAGE_ERROR, "read-only: '%s' is refused", action->name);
            return;
        }
        if (ui_too_fast(ui))
            return;
    }
    ui_dirty(ui);
    if (screen->ops->action == NULL || !screen->ops->action(screen, action))
        handlers_run(ui, action);
}

gboolean ui_too_fast(struct ui *ui) {
    if (ui->input == NULL || !ui->input->fast)
        return FALSE;
    ui_say(ui, MESSAGE_NOTE, "keys came faster than fingers type: nothing was changed");
    return TRUE;
}

struct snapshot *ui_now(struct ui *ui) {
    return host_snapshot(ui->engine->host);
}

/* A panic (on_crash=destroy) and the end of QEMU itself both leave the second. */
static gboolean has_crashed(const struct guest *guest) {
    return guest->state == GUEST_CRASHED ||
           (guest->state == GUEST_SHUT_OFF && g_strcmp0(guest->reason, "crashed") == 0);
}

static void tell_crash(struct ui *ui, const struct guest *guest) {
    const char *key = keymap_key(ui->keymap, ACTION_console_log);
    if (guest->facts->console_log == NULL)
        ui_say(ui, MESSAGE_ERROR, "%s: crashed", guest->name);
    else
        ui_say(ui, MESSAGE_ERROR, "%s: crashed; %s shows what its console printed last", guest->name,
               *key == '\0' ? actions[ACTION_console_log].name : key);
}

/* Says it once of each guest that its disks have stopped, or that went down by itself. */
static void tell_trouble(struct ui *ui, const struct snapshot *old) {
    for (guint i = 0; i < ui->snapshot->guests->len; i++) {
        const struct guest *guest = g_ptr_array_index(ui->snapshot->guests, i);
        const struct guest *before = old == NULL ? NULL : snapshot_guest(old, guest->uuid);
        if (guest->trouble != NULL && (before == NULL || before->trouble == NULL))
            ui_say(ui, MESSAGE_ERROR, "%s: paused: %s", guest->name, guest->trouble);
        if (before != NULL && has_crashed(guest) && !has_crashed(before))
            tell_crash(ui, guest);
    }
}

void ui_refresh(struct ui *ui) {
    struct snapshot *old = ui->snapshot;
    ui->snapshot = host_snapshot(ui->engine->host);
    for (guint i = ui->views->len; i > 0; i--) {
        struct view *view = g_ptr_array_index(ui->views, i - 1);
        if (view->ops->refresh != NULL)
            view->ops->refresh(view);
    }
    tell_trouble(ui, old);
    snapshot_unref(old);
    ui_dirty(ui);
}

void ui_say(struct ui *ui, enum message_kind kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    messages_add(ui->messages, kind, text);
    ui_dirty(ui);
}

void ui_say_error(struct ui *ui, const char *what, const GError *error) {
    const char *hint = error_hint(error);
    ui_say(ui, MESSAGE_ERROR, "%s%s%s", what == NULL ? "" : what, what == NULL ? "" : ": ", error->message);
    if (hint != NULL)
        ui_say(ui, MESSAGE_NOTE, "  hint: %s", hint);
}

void ui_set_theme(struct ui *ui, const char *name) {
    g_autoptr(GError) error = NULL;
    struct theme *theme = theme_load(name, &error);
    if (theme == NULL) {
        ui_say_error(ui, NULL, error);
        return;
    }
    theme_free(ui->theme);
    ui->theme = theme;
    canvas_set_theme(ui->canvas, theme);
}

void ui_set_keys(struct ui *ui) {
    g_clear_pointer(&ui->keymap, keymap_free);
    ui->keymap = keymap_new(ui->engine->settings);
    for (const char *const *problem = keymap_problems(ui->keymap); *problem != NULL; problem++)
        ui_say(ui, MESSAGE_ERROR, "[keys]: %s", *problem);
}

void ui_quit(struct ui *ui) {
    g_main_loop_quit(ui->loop);
}
