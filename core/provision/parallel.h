/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

/* Does number index, from 0, of a row of like things. Runs on a thread of its own beside others. */
typedef gboolean (*parallel_work)(guint index, gpointer data, GError **error);

/* Does count things, at most width at once, and returns when all that began have ended. After the first
 * failure no more are begun; its error is told, later ones are not. Nothing is begun once cancellable (may be
 * NULL) is cancelled; then the error is G_IO_ERROR_CANCELLED. Blocks: a worker. */
gboolean parallel_run(guint count, guint width, parallel_work work, gpointer data, GCancellable *cancellable,
                      GError **error);
