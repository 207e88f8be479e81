/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Where the sockets of long jobs lie. Those that work on the system's libvirt of this machine are shared by
 * root and all members of the group that may use it, in /run/innkeep/jobs; all others are their user's alone,
 * in the state's directory. Functions block on a disk; any thread. */

/* Folders to look in, which are there; the caller's. */
GStrv job_folders(void);

/* A descriptor of the folder for a new socket of a job on that URI; -1 and an error. *group gets the group
 * that may come too, or (gid_t)-1. Root makes the shared folder where it is missing; elsewhere than where
 * root or the system made it, the user's own takes its place. */
int job_folder_open(const char *uri, gid_t *group, GError **error);
