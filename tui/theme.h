/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* What a piece of the screen is, not what it looks like; a theme says that. X(enumerator, key in a theme's
 * file, look where no theme says anything). The last is without colours, so that it shows everywhere. */
#define STYLES(X)                                                                                            \
    X(NORMAL, "normal", "")                                                                                  \
    X(HEADER, "header", "reverse")                                                                           \
    X(ALERT, "alert", "reverse bold")                                                                        \
    X(TAB, "tab", "")                                                                                        \
    X(TAB_ACTIVE, "tab-active", "bold underline")                                                            \
    X(COLUMNS, "columns", "bold")                                                                            \
    X(SELECTED, "selected", "reverse")                                                                       \
    X(MARKED, "marked", "bold")                                                                              \
    X(RUNNING, "running", "")                                                                                \
    X(OFF, "off", "dim")                                                                                     \
    X(WARNING, "warning", "bold")                                                                            \
    X(ERROR, "error", "bold")                                                                                \
    X(GOOD, "good", "")                                                                                      \
    X(GRAPH, "graph", "")                                                                                    \
    X(STALE, "stale", "dim")                                                                                 \
    X(DETAIL, "detail", "")                                                                                  \
    X(KEY, "key", "bold")                                                                                    \
    X(HINT, "hint", "")                                                                                      \
    X(BORDER, "border", "")                                                                                  \
    X(TITLE, "title", "bold")                                                                                \
    X(FIELD, "field", "underline")                                                                           \
    X(FIELD_ACTIVE, "field-active", "reverse")                                                               \
    X(QUESTION, "question", "bold")                                                                          \
    X(STATUS, "status", "reverse")

enum style {
#define X(id, key, fallback) STYLE_##id,
    STYLES(X)
#undef X
        STYLE_COUNT
};

enum look_flags { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_UNDERLINE = 4, LOOK_REVERSE = 8 };

#define COLOUR_DEFAULT (-1)

struct look {
    int foreground, background; /* 0 to 255, or COLOUR_DEFAULT */
    guint flags;
};

struct theme {
    char *name;
    struct look looks[STYLE_COUNT];
};

/* A look from its words: "white on blue bold", "bright-red", "208 underline". FALSE and the offending word
 * (not owned, part of words) when one is not understood. */
gboolean theme_parse_look(const char *words, struct look *look, char **offending);

/* The theme without a file: no colours. */
struct theme *theme_plain(void);

/* themes/NAME.ini from the places where themes lie. NULL and an error with file, line and key. Blocks on a
 * disk. */
struct theme *theme_load(const char *name, GError **error);

/* What a file says, over what theme has. FALSE and an error with file, line and key. Blocks on a disk. */
gboolean theme_read(struct theme *theme, const char *path, GError **error);

/* Names of all themes that are there, sorted; the caller's. */
char **theme_names(void);

void theme_free(struct theme *theme);
typedef struct theme theme_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(theme_t, theme_free)
