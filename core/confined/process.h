/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* A confined child of this program, as its parent has it: two pipes with messages in them (struct
 * message_header, then that many bytes), and its death. What the messages mean is its owner's business. The
 * child is hostile: what it says is given on as it came, in whole messages and never more than message_max
 * bytes of one. Main thread. */
struct confined;

struct confined_events {
    /* The owner may free the child in it, and touches nothing of its own after that. FALSE: what came is
     * impossible, the child is to die. */
    gboolean (*message)(guint32 kind, const guint8 *bytes, gsize length, gpointer data);
    void (*died)(const char *why, gpointer data); /* once, and never after confined_free() */
};

struct confined_kind {
    const char *role;  /* the program's first argument */
    const char *noun;  /* "terminal": for what is said to a person */
    gsize message_max; /* of what the child says, in bytes */
};

/* Starts the child. NULL and an error when that cannot be. kind and events must outlive it. */
struct confined *confined_start(const struct confined_kind *kind, const struct confined_events *events,
                                gpointer data, GError **error);

/* Queues a message for the child; of a dead one it is dropped. Nothing is bounded here: see
 * confined_backlog(). */
void confined_send(struct confined *confined, guint32 kind, const void *bytes, gsize length);

/* How many bytes wait for the child. */
gsize confined_backlog(const struct confined *confined);

/* Drops the messages of a kind that wait, but for one that is half written. */
void confined_drop(struct confined *confined, guint32 kind);

/* Kills the child and forgets it. */
void confined_free(struct confined *confined);
