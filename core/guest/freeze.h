/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* A running guest's file systems at rest for a moment, through its guest agent. All functions block: a
 * worker. */

/* NULL when the guest runs and its agent is connected; else why its file systems cannot be frozen, for a
 * person: "no guest agent". Static. */
const char *freeze_prevented(virDomainPtr domain);

/* Whether they are frozen, by its agent. FALSE and an error: it does not say. */
gboolean freeze_status(virDomainPtr domain, guint timeout_s, gboolean *frozen, GError **error);

/* After it, whether it succeeded or not, freeze_end() is due: an agent that answers too late may have frozen.
 * *count (may be NULL): how many file systems, as the guest says. */
gboolean freeze_begin(virDomainPtr domain, guint *count, GError **error);

/* Fine with file systems that are not frozen, and with a guest that is off or gone. */
gboolean freeze_end(virDomainPtr domain, guint *count, GError **error);
