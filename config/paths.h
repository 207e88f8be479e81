/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Where innkeep's files lie. A build that was not installed finds the shipped files in its source tree.
 * $INNKEEP_DATADIR and $INNKEEP_STATEDIR stand in for the shipped files' and the state's directory (tests).
 * Any thread; results are the caller's. */

/* Directories to look in, best first; they need not exist. below is "" or such as "templates". personal:
 * begin with the person's own ~/.config/innkeep; FALSE for what is enforced and must not depend on who looks.
 */
GStrv paths_directories(const char *below, gboolean personal);

/* The first file of that name ("innkeep.ini", "themes/mono.ini") in paths_directories(), or NULL. Blocks on a
 * disk. */
char *paths_find(const char *name, gboolean personal);

/* The manual page "innkeep-keys.7" that belongs to this program: of the build, or as installed. NULL: neither
 * is there. Blocks on a disk. */
char *paths_manual(const char *page);

/* The state's directory: /var/lib/innkeep for root, else ~/.local/state/innkeep; below, when not "", is a
 * directory in it. Made with mode 0700 where missing. NULL and an error. Blocks on a disk. */
char *paths_state_directory(const char *below, GError **error);
