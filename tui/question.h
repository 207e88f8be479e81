/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/ui.h"

/* A question over the screen. It is answered once, by a key that was pressed after it could be read, and not
 * by a burst. Who asks binds what it does to UUIDs, never to rows. */
struct question;

struct question_spec {
    const char *title; /* copied */
    const char *typed; /* text that must be typed; NULL: y/N; copied */
    void (*yes)(struct ui *ui, gpointer data);
    gpointer data;
    GDestroyNotify free_data; /* when it was answered or given up */
};

/* Asks. text is the question, one paragraph a line; copied, untrusted. Borrowed until it is answered. */
struct question *question_ask(struct ui *ui, const struct question_spec *spec, const char *text);

/* Puts lines below the text: what would go, what stays. Not ready: no answer counts yet. */
void question_list(struct question *question, const char *const *lines, gboolean ready);
