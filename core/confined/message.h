/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* What a confined child and its parent say to each other: a header, then length bytes. */
struct message_header {
    guint32 kind, length;
};

/* The child's side, which may wait for its parent and ends when that is gone. The parent's side is process.h.
 */
enum child_exit { CHILD_EXIT_ALONE = 0, CHILD_EXIT_BROKEN = 1, CHILD_EXIT_UNCONFINED = 2 };

/* head, then body (may be NULL), as one message. */
void message_say(int fd, guint32 kind, const void *head, gsize head_length, const void *body,
                 gsize body_length);

/* Waits for the next message; at most size bytes of it go to bytes, more end the process. */
struct message_header message_hear(int fd, void *bytes, gsize size);
