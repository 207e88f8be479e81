/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

/* Other programs, run as argument vectors, never by a shell. */

/* The path of a program in $PATH, or in the sbin directories that a person's $PATH may lack; NULL where it is
 * not installed. The caller's. Any thread. */
char *command_find(const char *name);

/* A word, and the arguments, as a person types them in a shell: only what must be is quoted. The caller's.
 * Any thread. */
char *command_word(const char *word);
char *command_text(char *const *argv);

/* Runs a program to its end in the directory, with nothing on its input and its messages in English; output,
 * where not NULL, is set to what it wrote, the caller's. A failure's error holds the last line of its
 * messages; cancelling kills it. Blocks: for a worker thread. */
gboolean command_run(const char *const *argv, const char *directory, char **output, GCancellable *cancellable,
                     GError **error);

/* The same with a limit in seconds, after which the program is killed and the error says that it timed out.
 */
gboolean command_run_limited(const char *const *argv, guint seconds, char **output, GError **error);
