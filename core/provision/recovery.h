/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"
#include "core/base/libvirt.h"

/* Takes back what ended processes left half done on this connection's host; what does not work now is left
 * for the next time. Every transaction does this before it begins. Blocks: a worker. */
void recovery_run(virConnectPtr connection);

/* The same as a quiet job, for the start of a program; nothing on a read-only host. Main thread. */
void recovery_request(struct engine *engine);
