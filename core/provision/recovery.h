/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

struct operation;

/* Takes back what ended processes left half done on this operation's host; what does not work now is left for
 * the next time. Every transaction does this before it begins. Blocks: a worker. */
void recovery_run(struct operation *operation);

/* The same as a quiet job where a journal is there, for the start of a program; nothing on a read-only host.
 * NULL when there is nothing to do. Main thread; done may be NULL. */
struct job *recovery_request(struct engine *engine, job_done done, gpointer data);
