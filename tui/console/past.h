/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/console/session.h"

/* What a console printed before it was attached, from the log that libvirt keeps of it: read, put above what
 * comes, and then the console is opened. So a quiet one shows something, and nothing is sent to it. */
void past_then_open(struct session *session, const struct guest *guest);
