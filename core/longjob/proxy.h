/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/longjob/client.h"

/* The work of a job that a process of its own does: what that says becomes the job's steps and progress, and
 * a cancel of the job goes there. */

/* The program's first argument in the hidden role of that process. */
#define JOB_ROLE "--long-job"

/* Starts the process for the request, and stays with it to its end; fills outcome. Runs on a worker; blocks.
 * When the job is left (see job_leaving()) the process goes on and this returns FALSE. */
gboolean proxy_start(struct job *job, const struct engine *engine, const struct request *request,
                     struct outcome *outcome, GError **error);

/* The same with a process that runs already, as connected by job_client_look(). */
gboolean proxy_follow(struct job *job, const struct engine *engine, struct job_client *client, gint64 pid,
                      struct outcome *outcome, GError **error);

/* Takes what a line says into the job: its steps, progress, when it began. */
void proxy_take(struct job *job, const struct job_line *line);
