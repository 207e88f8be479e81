/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/longjob/client.h"

/* Makes each long job of this user that another process began a job of the engine too, with steps, progress
 * and cancel, for as long as it runs. Main thread. */
struct job_watch;

/* ended is called on the main thread when such a job ended; error is NULL when it went well. */
struct job_watch *job_watch_new(struct engine *engine,
                                void (*ended)(struct job *job, const GError *error, gpointer data),
                                gpointer data);

/* Those that run stay jobs of the engine; nobody is told of their end any more. */
void job_watch_free(struct job_watch *watch);
