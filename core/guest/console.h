/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/host.h"

/* A guest's serial console: a connection of its own, opened and written to on threads of its own, so that no
 * other console and no key waits for it. All callbacks run on the main thread. */
struct console;

enum console_end {
    CONSOLE_REFUSED, /* it could not be opened: see the error (conflict: in use) */
    CONSOLE_ENDED,   /* the guest shut down or the console was taken over */
    CONSOLE_LOST,    /* the link to libvirt died */
};

struct console_events {
    void (*opened)(struct console *console, gpointer data);
    void (*output)(struct console *console, const guint8 *bytes, gsize length, gpointer data);
    void (*ended)(struct console *console, enum console_end end, const GError *error, gpointer data);
    /* After console_sysrq(); error NULL: the key was pressed. */
    void (*pressed)(struct console *console, const GError *error, gpointer data);
};

/* Begins to open the console; device NULL: the first serial console; force takes it from whoever has it.
 * events must outlive the console. Main thread. */
struct console *console_open(struct host *host, const char *uuid, const char *device, gboolean force,
                             const struct console_events *events, gpointer data);

/* Queues bytes for the guest; what does not fit in 64 KiB is dropped and FALSE returned. Main thread. */
gboolean console_send(struct console *console, const guint8 *bytes, gsize length);

/* Closes without waiting; no callback comes after it. Main thread. */
void console_close(struct console *console);

/* Presses Alt-SysRq and a letter or digit on the guest's keyboard, on the console's thread: libvirt has no
 * break for a serial line. The event pressed tells what came of it. FALSE: there is no such key, or one
 * is on its way. Main thread. */
gboolean console_sysrq(struct console *console, char key);

/* Before the program ends: waits until all that were closed have given their streams back to libvirt, which
 * ends them through the main loop, or for limit_ms at most; iterates the default main context itself. Main
 * thread. */
void console_wait_closed(guint limit_ms);
