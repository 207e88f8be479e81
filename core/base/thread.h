/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Has the main thread call function(data) soon, once; free_data (may be NULL) frees data afterwards. Any
 * thread.
 *
 * g_main_context_invoke() is no substitute: while the main thread is between two iterations of its loop it
 * runs the function on the calling thread. */
static inline void on_main_thread(GSourceFunc function, gpointer data, GDestroyNotify free_data) {
    g_idle_add_full(G_PRIORITY_DEFAULT, function, data, free_data);
}
