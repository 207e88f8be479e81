/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* What a guest's serial console printed, kept by libvirt in a file of the host. The file of a guest that
 * innkeep makes follows from its UUID, which no rename changes and no other guest's name can be. It lies in
 * the folder of libvirt's own logs of guests: virtlogd may write there under SELinux and AppArmor, it rolls
 * over there (2 MiB and three before it, virtlogd.conf), and where the daemon writes by itself, libvirt's
 * rule for logrotate takes that folder's files. */

/* The file of a new guest of that UUID, or NULL: it shall have none ([host] console-log), or cannot have one
 * (the test driver; a session of another machine, whose folders are not known). make: its folder is made
 * where it is missing, which is so until a first guest was started. The caller's. A worker. */
char *console_log_new(const struct operation *operation, const char *uuid, gboolean make);

/* Removes what console_log_new() names, with what was rolled over. Nothing where there is none. FALSE: it
 * stays, for this process may not (another machine's, or root's). Blocks on a disk: a worker. */
gboolean console_log_remove(virConnectPtr connection, const char *uuid);

/* Whether path is the file that console_log_new() would give that guest. NULL is none. */
gboolean console_log_is_own(virConnectPtr connection, const char *uuid, const char *path);
