/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

/* Work that changes something or can block runs as a job on a worker thread: in order for each guest, shown,
 * with progress, a deadline and a cancel. */
struct jobs;
struct job;

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED, JOB_TIMED_OUT };

enum job_lane {
    LANE_NORMAL, /* at most four at once, in order for each guest */
    LANE_POWER,  /* power off: a thread of its own, waits for nothing */
    LANE_QUIET,  /* reading for a question or a form: like normal, not shown in the job line */
};

/* Runs on a worker. The result goes to done on the main thread. */
typedef gboolean (*job_work)(struct job *job, gpointer data, GError **error);

/* Main thread. error is NULL when it went well; borrowed. */
typedef void (*job_done)(struct job *job, const GError *error, gpointer data);

struct job_spec {
    const char *title; /* "start web"; copied; untrusted text */
    const char *uuid;  /* guest whose jobs run in order; NULL: none */
    enum job_lane lane;
    guint deadline_s; /* 0: none */
    job_work work;
    job_done done; /* may be NULL */
    gpointer data; /* for work and done */
    GDestroyNotify free_data;
};

/* Main thread. changed(data) is called on the main thread when a job began, moved or ended. */
struct jobs *jobs_new(void (*changed)(gpointer data), gpointer data);
void jobs_set_listener(struct jobs *jobs, void (*changed)(gpointer data), gpointer data);

/* Cancels what runs, waits at most grace_ms for it (iterating the default main context), frees. Main thread.
 */
void jobs_free(struct jobs *jobs, guint grace_ms);

/* Held back while blocked(uuid) is TRUE: a guest that does not answer. LANE_POWER is never held. Main thread.
 */
void jobs_set_gate(struct jobs *jobs, gboolean (*blocked)(const char *uuid, gpointer data), gpointer data);

/* Asks the gate again for jobs that wait. Main thread. */
void jobs_poke(struct jobs *jobs);

/* Queues; borrowed reference, valid until its done callback has returned. Main thread. */
struct job *jobs_submit(struct jobs *jobs, const struct job_spec *spec);

/* Jobs that wait or run, oldest first, without the quiet ones and those given up at their deadline; the
 * caller's array of references. Main thread.
 */
GPtrArray *jobs_active(struct jobs *jobs);
guint jobs_active_count(struct jobs *jobs);

guint job_id(const struct job *job);
const char *job_title(const struct job *job);
const char *job_uuid(const struct job *job);
enum job_state job_state(const struct job *job);

/* Seconds since it began (0 while it waits). Any thread. */
double job_seconds(const struct job *job);

/* What the work says of itself; any thread. step is copied; total 0 means unknown. */
void job_step(struct job *job, const char *step);
void job_progress(struct job *job, guint64 done, guint64 total);
char *job_step_at(struct job *job, guint index); /* the steps so far, from 0; NULL: no more. The caller's */
char *job_get_step(struct job *job);             /* the caller's, or NULL */
void job_get_progress(struct job *job, guint64 *done, guint64 *total, double *rate);

/* For the work to watch. Borrowed. */
GCancellable *job_cancellable(struct job *job);

/* Asks it to stop and undo; one that waits ends at once. Main thread. */
void job_cancel(struct job *job);

struct job *job_ref(struct job *job);
void job_unref(struct job *job);
