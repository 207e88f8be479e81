/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/action.h"
#include "tui/draw.h"
#include "tui/key.h"

/* A screen, or what lies over one, is a table of functions. Views lie on a stack; the top one gets the keys.
 */
struct ui;
struct view;

enum view_kind {
    VIEW_SCREEN,  /* between header and hint bar */
    VIEW_WHOLE,   /* the whole terminal */
    VIEW_OVERLAY, /* over what lies below */
    VIEW_PANE,    /* beside or beneath the screen below, which draws it */
};

struct view_ops {
    enum view_kind kind;
    const char *title;
    const char
        *manual; /* where it is told of: "innkeep-keys(7), GUESTS"; NULL: where the screen below it is */
    guint tab;   /* the digit of its key; 0: it is none of the screens that have one */
    void (*draw)(struct view *view, struct canvas *canvas, struct area area);
    /* TRUE: the key was for this view; otherwise its action is run, if the view lets that happen. */
    gboolean (*key)(struct view *view, const struct input *input);
    /* Runs an action in a way of its own; FALSE: the general handler does it. May be NULL. */
    gboolean (*action)(struct view *view, const struct action *action);
    /* Pasted text; NULL: this view has no text field. FALSE: none is open now. */
    gboolean (*paste)(struct view *view, const char *text);
    /* UUID of the guest that an action goes to; NULL function: none. */
    const char *(*guest)(struct view *view);
    /* Something new is known of the host; may be NULL. */
    void (*refresh)(struct view *view);
    /* What the person asked for has ended, and changed something; may be NULL. */
    void (*changed)(struct view *view);
    /* For the hint bar, "key text  key text"; the caller's; NULL function: from the table of actions. */
    char *(*hints)(struct view *view);
    /* The terminal changed its size; may be NULL. */
    void (*resized)(struct view *view, struct area area);
    void (*free)(struct view *view);
};

struct view {
    const struct view_ops *ops;
    struct ui *ui;
    guint64 shown; /* number of the first frame that showed it; 0: none yet */
};
