/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/guest/keyboard.h"
#include "core/host/host.h"

/* A guest's screen looked at, and its keyboard typed on: a connection and a thread of its own, so that a QEMU
 * that does not answer holds up nothing else, keys arrive in their order, and no two pictures of one guest
 * are asked for at once. Not one of the guest's jobs: a shutdown waits a minute there, which is when its
 * screen is worth looking at. All callbacks run on the main thread. */
struct guest_screen;

struct guest_screen_events {
    /* Answers guest_screen_look(): the picture as libvirt gave it, not looked into, or NULL where it is the
     * same as the last one. */
    void (*picture)(struct guest_screen *screen, GBytes *file, gpointer data);
    /* All that was typed so far has been sent. */
    void (*typed)(struct guest_screen *screen, gpointer data);
    /* It goes no further; conflict: it is not running, or has no display. The last call. */
    void (*failed)(struct guest_screen *screen, const GError *error, gpointer data);
};

/* Begins to connect. events must outlive the screen. Main thread. */
struct guest_screen *guest_screen_open(struct host *host, const struct guest *guest,
                                       const struct guest_screen_events *events, gpointer data);

/* Asks for a picture, after what was typed before; while one is asked for it asks for no other. Main thread.
 */
void guest_screen_look(struct guest_screen *screen);

/* Queues keys for the guest; FALSE and none of them where too many wait. Main thread. */
enum { GUEST_SCREEN_KEYS_MAX = 4096 };
gboolean guest_screen_type(struct guest_screen *screen, const struct key_press *presses, guint count);

/* Closes without waiting; no callback comes after it. Main thread. */
void guest_screen_close(struct guest_screen *screen);
