/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

struct tui_options {
    const char *theme; /* NULL: from the settings */
    gboolean colour;   /* FALSE: NO_COLOR or --color never */
    gboolean demo;
    const char *config;                      /* file of settings that --config names; NULL: the search path */
    gboolean (*valid_key)(const char *name); /* for settings_load() when that changes */
};

/* Whether a file is a theme; FALSE and an error with file, line and key. Blocks on a disk. */
gboolean tui_check_theme(const char *path, GError **error);

/* What the console would not take of settings that are well-formed: a theme or a column that there is not,
 * keys that two actions want. Lines for a person; the caller's. Blocks on a disk. */
GStrv tui_check_settings(const struct settings *settings);

/* Runs the console on this terminal until the person leaves: iterates the default main loop. FALSE and an
 * error when the terminal cannot bear it (no terminal, TERM=dumb). The terminal is given back as it was. Main
 * thread. */
gboolean tui_run(struct engine *engine, const struct tui_options *options, GError **error);
