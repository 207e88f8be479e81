/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"
#include "tui/keymap.h"
#include "tui/messages.h"
#include "tui/tty.h"
#include "tui/tui.h"
#include "tui/view.h"

/* The console while it runs: what all its parts share. Main thread. */
struct ui {
    struct engine *engine;
    const struct tui_options *options;
    GMainLoop *loop;
    struct tty *tty;
    struct canvas *canvas;
    struct theme *theme;
    struct keymap *keymap;
    struct key_decoder *decoder;
    struct messages *messages;
    struct snapshot *snapshot; /* what is shown; older than the host's newest while frozen */
    gboolean frozen;
    gboolean away;             /* another program has the terminal: nothing is drawn */
    GPtrArray *views;          /* struct view, the bottom first */
    struct consoles *consoles; /* those that are open */
    struct view
        *pane; /* a console beside or beneath the screens, or NULL; on the stack while it has the keys */
    const struct input *input; /* the key that is being handled, or NULL */
    guint frame_source;
    gint64 last_frame;
    guint64 frames;
    struct ui_handle *handle;
    GError *ended; /* why it ends, when not by the person's wish */
};

/* For callbacks that may come after the console is gone: handle->ui is NULL then. Reference-counted. */
struct ui_handle {
    guint references;
    struct ui *ui;
};
struct ui_handle *ui_handle_ref(struct ui *ui);
void ui_handle_unref(struct ui_handle *handle);

/* Asks for a frame; many asks make one. */
void ui_dirty(struct ui *ui);
void ui_draw(struct ui *ui);

/* Puts a view on top (takes it), or takes one off and frees it. */
void ui_push(struct ui *ui, struct view *view);
void ui_close(struct view *view);
struct view *ui_top(struct ui *ui);

/* The view of that kind on the stack, or NULL. */
struct view *ui_find(struct ui *ui, const struct view_ops *ops);

/* The topmost view that is no overlay: what actions are about. */
struct view *ui_screen(struct ui *ui);

void ui_key(struct ui *ui, const struct input *input);

/* Runs an action as its key would. */
void ui_run(struct ui *ui, const struct action *action);

/* The host's newest snapshot, frozen picture or not; the caller's reference. */
struct snapshot *ui_now(struct ui *ui);

/* Takes the newest snapshot into the picture. */
void ui_refresh(struct ui *ui);

void ui_say(struct ui *ui, enum message_kind kind, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* An error and its hint. what, when not NULL, comes before it. */
void ui_say_error(struct ui *ui, const char *what, const GError *error);

/* Shows a theme; one that cannot be read is told of, and the one before stays. Blocks on a disk. */
void ui_set_theme(struct ui *ui, const char *name);

/* Takes the keys of the engine's settings, and says what cannot be understood of them. */
void ui_set_keys(struct ui *ui);

/* TRUE when the key that is being handled came faster than fingers type; says so. */
gboolean ui_too_fast(struct ui *ui);

void ui_quit(struct ui *ui);
