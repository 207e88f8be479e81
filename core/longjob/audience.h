/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/longjob/line.h"

/* Those who listen to a long job's process: who started it, and who comes to its socket. Main thread; nothing
 * blocks, and nobody who is slow, silent or gone holds anything up. */
struct audience;

struct audience_events {
    /* Somebody came: say to him (by audience_say) what there was so far. */
    void (*came)(struct audience *audience, gpointer listener, gpointer data);
    void (*cancel)(gpointer data); /* somebody asks for it */
};

/* starter: a connected socket, which it takes; who is there is told what only he may know. */
struct audience *audience_new(int starter, const struct audience_events *events, gpointer data);

/* Opens the socket of that id, for a job on that URI. FALSE and an error. */
gboolean audience_open(struct audience *audience, const char *id, const char *uri, GError **error);

/* Says it to that listener, or to all with NULL. */
void audience_say(struct audience *audience, gpointer listener, const struct job_line *line);

/* Nobody comes any more: the socket is gone. */
void audience_close(struct audience *audience);

/* Whether all that was said has been heard, or nobody is left to hear it. */
gboolean audience_heard(const struct audience *audience);
