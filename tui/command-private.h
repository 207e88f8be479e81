/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/guest/exec.h"
#include "tui/command.h"
#include "tui/edit.h"

enum run_state { RUN_WAITS, RUN_RUNS, RUN_ENDED, RUN_FAILED };

/* One guest of those among which the command runs. */
struct run {
    struct runs *runs;
    char *uuid, *name;
    enum run_state state;
    struct job *job; /* while it runs; borrowed */
    char *verdict;   /* "exit 0", or why it did not run; NULL: not yet */
    gboolean good;   /* exit 0 */
    gsize bytes;     /* that lines were made of */
    GArray *cells;   /* the drawing's: lines as broken for so many columns; NULL: they have changed */
    int columns;
    GPtrArray *lines; /* struct run_line, made safe */
};

struct run_line {
    char *text;
    gboolean error; /* of the command's error output, or of innkeep */
};

/* Those of one command, or, before the first, the guests alone. Each that is under way holds a reference: its
 * end may come when the screen is gone. */
struct runs {
    guint references;
    struct ui_handle *handle;
    struct command *command; /* NULL: the screen is gone, or shows another's */
    struct exec_spec spec;
    GStrv words;
    GPtrArray *all; /* struct run, by name */
    guint begun, going;
};

struct command {
    struct view view;
    struct edit *edit;
    struct runs *runs;
    gboolean typing; /* keys go to the line */
    guint hidden;    /* marked guests that the filter hides: left out */
    int top, page, length;
};

/* Draws what the guests printed, from command->top on, and sets page and length. */
void command_draw_runs(struct command *command, struct canvas *canvas, struct area area);
