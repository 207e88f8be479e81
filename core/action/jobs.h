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
    LANE_OTHERS, /* what another process does: a thread of its own to look on, waits for nothing */
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
    GStrv asked;      /* label, value, …: what was asked, for a person; copied; NULL: not told */
    gboolean stays;   /* a process of its own carries it out, and goes on when this one ends */
    job_work work;
    job_done done; /* may be NULL */
    gpointer data; /* for work and done */
    GDestroyNotify free_data;
};

/* Main thread. changed(data) is called on the main thread when a job began, moved or ended. */
struct jobs *jobs_new(void (*changed)(gpointer data), gpointer data);
void jobs_set_listener(struct jobs *jobs, void (*changed)(gpointer data), gpointer data);

/* Cancels what runs, and leaves what stays, waits at most grace_ms for it (iterating the default main
 * context), frees. Main thread.
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

/* The last jobs that ended, oldest first, without the quiet ones; the caller's array of references. Main
 * thread. */
GPtrArray *jobs_ended(struct jobs *jobs);

guint job_id(const struct job *job);
const char *job_title(const struct job *job);
const char *job_uuid(const struct job *job);
enum job_state job_state(const struct job *job);

enum job_lane job_lane(const struct job *job);

/* Whether it would go on if this process ended now. Main thread. */
gboolean job_stays(const struct job *job);

/* What was asked, as in its spec; the caller's, or NULL. */
GStrv job_asked(struct job *job);

/* How long it runs or ran (0 while it waits). Any thread. */
double job_seconds(const struct job *job);

/* What the work says of itself; any thread. step is copied; total 0 means unknown. */
void job_step(struct job *job, const char *step);
void job_progress(struct job *job, guint64 done, guint64 total);

/* The same of what was done elsewhere: when it began, by the monotonic clock. */
void job_set_began(struct job *job, gint64 began);
void job_step_since(struct job *job, const char *step, gint64 began);

/* When that step began, by the monotonic clock, and how many seconds it took up to now. Any thread. */
gint64 job_step_began(struct job *job, guint index);
double job_step_seconds(struct job *job, guint index);

/* What came of it, for a person to read later; main thread. The error is kept by itself; borrowed, or NULL.
 */
void job_set_result(struct job *job, const char *message);
const char *job_result(const struct job *job);
const GError *job_error(const struct job *job);
char *job_step_at(struct job *job, guint index); /* the steps so far, from 0; NULL: no more. The caller's */
char *job_get_step(struct job *job);             /* the caller's, or NULL */
void job_get_progress(struct job *job, guint64 *done, guint64 *total, double *rate);

/* For the work to watch. Borrowed. */
GCancellable *job_cancellable(struct job *job);

/* For the work of a job that stays: cancelled when this process ends, and it need not be carried on with
 * here. Borrowed.
 */
GCancellable *job_leaving(struct job *job);

/* Asks it to stop and undo; one that waits ends at once. Main thread. */
void job_cancel(struct job *job);

struct job *job_ref(struct job *job);
void job_unref(struct job *job);
