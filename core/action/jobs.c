/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/action/jobs.h"

#include <string.h>

#include "config/error.h"
#include "core/base/thread.h"

/* Each worker may be stuck in a call on a hung guest; see PARKED_MAX of the poller for the sum. */
#define WORKERS 4

/* A rate is worth showing after this much work. */
#define RATE_AFTER_S 0.5

/* Jobs that ended and are still told of. */
#define ENDED_MAX 50

struct job_step {
    char *text;
    gint64 began;
};

struct job {
    gatomicrefcount references;
    guint id;
    char *title, *uuid;
    enum job_lane lane;
    job_work work;
    job_done done;
    gpointer data;
    GDestroyNotify free_data;
    GCancellable *cancellable, *leaving;
    GStrv asked;
    gboolean stays;
    char *result;      /* main thread */
    struct jobs *jobs; /* NULL once the queue is gone; main thread */
    GThread *thread;   /* that runs it, until it is joined; main thread */
    guint deadline_source;
    guint deadline_s;
    gboolean reported; /* done was called; main thread */
    gboolean cancelled_by_deadline;
    GMutex lock; /* guards what follows */
    enum job_state state;
    GArray *steps; /* struct job_step, the last is the one under way */
    guint64 progress_done, progress_total, progress_from;
    gint64 began, ended, progress_began;
    GError *error;
    gboolean ok;
};

struct jobs {
    GPtrArray *all;   /* struct job: waiting and running, oldest first; a reference each */
    GPtrArray *ended; /* those that ended, the last ENDED_MAX */
    guint running;    /* of the normal lanes */
    guint last_id;
    void (*changed)(gpointer data);
    gpointer data;
    gboolean (*blocked)(const char *uuid, gpointer data);
    gpointer gate_data;
};

struct job *job_ref(struct job *job) {
    g_atomic_ref_count_inc(&job->references);
    return job;
}

/* With it goes what is told only once: nothing of it is kept for later. */
static void forget_data(struct job *job) {
    if (job->free_data != NULL)
        job->free_data(job->data);
    job->free_data = NULL;
    job->data = NULL;
}

void job_unref(struct job *job) {
    if (job == NULL || !g_atomic_ref_count_dec(&job->references))
        return;
    forget_data(job);
    g_clear_error(&job->error);
    g_object_unref(job->cancellable);
    g_object_unref(job->leaving);
    g_mutex_clear(&job->lock);
    g_array_unref(job->steps);
    g_strfreev(job->asked);
    g_free(job->result);
    g_free(job->title);
    g_free(job->uuid);
    g_free(job);
}

static void tell(struct jobs *jobs) {
    if (jobs->changed != NULL)
        jobs->changed(jobs->data);
}

struct jobs *jobs_new(void (*changed)(gpointer data), gpointer data) {
    struct jobs *jobs = g_new0(struct jobs, 1);
    jobs->all = g_ptr_array_new_with_free_func((GDestroyNotify)job_unref);
    jobs->ended = g_ptr_array_new_with_free_func((GDestroyNotify)job_unref);
    jobs->changed = changed;
    jobs->data = data;
    return jobs;
}

void jobs_set_listener(struct jobs *jobs, void (*changed)(gpointer data), gpointer data) {
    jobs->changed = changed;
    jobs->data = data;
}

void jobs_set_gate(struct jobs *jobs, gboolean (*blocked)(const char *uuid, gpointer data), gpointer data) {
    jobs->blocked = blocked;
    jobs->gate_data = data;
}

static void set_state(struct job *job, enum job_state state) {
    g_mutex_lock(&job->lock);
    job->state = state;
    job->ended = state == JOB_WAITING || state == JOB_RUNNING ? 0 : g_get_monotonic_time();
    g_mutex_unlock(&job->lock);
}

enum job_state job_state(const struct job *job) {
    struct job *locked = (struct job *)job;
    g_mutex_lock(&locked->lock);
    enum job_state state = job->state;
    g_mutex_unlock(&locked->lock);
    return state;
}

static void dispatch(struct jobs *jobs);

/* Says once what became of the job. */
static void report(struct job *job, const GError *error) {
    if (job->reported)
        return;
    job->reported = TRUE;
    g_clear_handle_id(&job->deadline_source, g_source_remove);
    if (job->done != NULL)
        job->done(job, error, job->data);
}

static enum job_state end_state(const struct job *job) {
    if (job->ok)
        return JOB_DONE;
    if (job->cancelled_by_deadline)
        return JOB_TIMED_OUT;
    /* Another process may have been asked to cancel it. */
    gboolean interrupted = error_exit_status(job->error) == INNKEEP_ERROR_INTERRUPTED;
    return interrupted || g_cancellable_is_cancelled(job->cancellable) ? JOB_CANCELLED : JOB_FAILED;
}

/* Those of these lanes run beside the others, whose number is bounded. */
static gboolean is_beside(const struct job *job) {
    return job->lane == LANE_POWER || job->lane == LANE_OTHERS;
}

/* It waits and runs no more. */
static void put_away(struct jobs *jobs, struct job *job) {
    job->jobs = NULL;
    if (job->lane != LANE_QUIET)
        g_ptr_array_add(jobs->ended, job_ref(job));
    if (jobs->ended->len > ENDED_MAX)
        g_ptr_array_remove_index(jobs->ended, 0);
    g_ptr_array_remove(jobs->all, job);
}

static gboolean finish(gpointer data) {
    struct job *job = data;
    struct jobs *jobs = job->jobs;
    g_thread_join(g_steal_pointer(&job->thread)); /* nothing is left for it to do */
    set_state(job, end_state(job));
    if (jobs != NULL) {
        if (!is_beside(job))
            jobs->running--;
        report(job, job->ok ? NULL : job->error);
        put_away(jobs, job);
        dispatch(jobs);
        tell(jobs);
    }
    forget_data(job);
    job_unref(job);
    return G_SOURCE_REMOVE;
}

static gpointer run(gpointer data) {
    struct job *job = data;
    job->ok = job->work(job, job->data, &job->error);
    if (!job->ok && job->error == NULL)
        g_set_error(&job->error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s failed", job->title);
    on_main_thread(finish, job, NULL);
    return NULL;
}

static gboolean passed(gpointer data) {
    struct job *job = data;
    job->deadline_source = 0;
    job->cancelled_by_deadline = TRUE;
    g_cancellable_cancel(job->cancellable);
    g_autoptr(GError) error = g_error_new(G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "%s: no answer after %u s",
                                          job->title, job->deadline_s);
    struct jobs *jobs = job->jobs;
    gboolean waits = job_state(job) == JOB_WAITING;
    report(job, error);
    if (waits) {
        set_state(job, JOB_TIMED_OUT);
        job->error = g_error_copy(error);
        put_away(jobs, job);
    }
    tell(jobs);
    return G_SOURCE_REMOVE;
}

static void begin(struct jobs *jobs, struct job *job) {
    g_mutex_lock(&job->lock);
    job->state = JOB_RUNNING;
    job->began = g_get_monotonic_time();
    g_mutex_unlock(&job->lock);
    if (!is_beside(job))
        jobs->running++;
    job->thread = g_thread_new("job", run, job_ref(job));
}

/* In order for each guest: an older job of the same guest goes first. */
static gboolean may_begin(struct jobs *jobs, guint index) {
    struct job *job = g_ptr_array_index(jobs->all, index);
    if (is_beside(job))
        return TRUE;
    if (jobs->running >= WORKERS)
        return FALSE;
    if (job->uuid == NULL)
        return TRUE;
    if (jobs->blocked != NULL && jobs->blocked(job->uuid, jobs->gate_data))
        return FALSE;
    for (guint i = 0; i < index; i++)
        if (g_strcmp0(((struct job *)g_ptr_array_index(jobs->all, i))->uuid, job->uuid) == 0)
            return FALSE;
    return TRUE;
}

static void dispatch(struct jobs *jobs) {
    for (guint i = 0; i < jobs->all->len; i++) {
        struct job *job = g_ptr_array_index(jobs->all, i);
        if (job_state(job) == JOB_WAITING && may_begin(jobs, i))
            begin(jobs, job);
    }
}

void jobs_poke(struct jobs *jobs) {
    dispatch(jobs);
}

static void clear_step(gpointer data) {
    g_free(((struct job_step *)data)->text);
}

struct job *jobs_submit(struct jobs *jobs, const struct job_spec *spec) {
    struct job *job = g_new0(struct job, 1);
    g_atomic_ref_count_init(&job->references);
    g_mutex_init(&job->lock);
    job->steps = g_array_new(FALSE, FALSE, sizeof(struct job_step));
    g_array_set_clear_func(job->steps, clear_step);
    job->id = ++jobs->last_id;
    job->title = g_strdup(spec->title);
    job->uuid = g_strdup(spec->uuid);
    job->lane = spec->lane;
    job->work = spec->work;
    job->done = spec->done;
    job->data = spec->data;
    job->free_data = spec->free_data;
    job->cancellable = g_cancellable_new();
    job->leaving = g_cancellable_new();
    job->asked = g_strdupv(spec->asked);
    job->stays = spec->stays;
    job->jobs = jobs;
    job->deadline_s = spec->deadline_s;
    if (spec->deadline_s > 0)
        job->deadline_source = g_timeout_add_seconds(spec->deadline_s, passed, job);
    g_ptr_array_add(jobs->all, job);
    dispatch(jobs);
    tell(jobs);
    return job;
}

GPtrArray *jobs_active(struct jobs *jobs) {
    GPtrArray *active = g_ptr_array_new_with_free_func((GDestroyNotify)job_unref);
    for (guint i = 0; i < jobs->all->len; i++) {
        struct job *job = g_ptr_array_index(jobs->all, i);
        if (job->lane != LANE_QUIET && !job->reported)
            g_ptr_array_add(active, job_ref(job));
    }
    return active;
}

GPtrArray *jobs_ended(struct jobs *jobs) {
    GPtrArray *ended = g_ptr_array_new_with_free_func((GDestroyNotify)job_unref);
    for (guint i = 0; i < jobs->ended->len; i++)
        g_ptr_array_add(ended, job_ref(g_ptr_array_index(jobs->ended, i)));
    return ended;
}

guint jobs_active_count(struct jobs *jobs) {
    g_autoptr(GPtrArray) active = jobs_active(jobs);
    return active->len;
}

guint job_id(const struct job *job) {
    return job->id;
}

const char *job_title(const struct job *job) {
    return job->title;
}

const char *job_uuid(const struct job *job) {
    return job->uuid;
}

enum job_lane job_lane(const struct job *job) {
    return job->lane;
}

gboolean job_stays(const struct job *job) {
    return job->stays && job_state(job) == JOB_RUNNING;
}

GStrv job_asked(struct job *job) {
    return g_strdupv(job->asked);
}

void job_set_result(struct job *job, const char *message) {
    g_free(job->result);
    job->result = g_strdup(message);
}

const char *job_result(const struct job *job) {
    return job->result;
}

const GError *job_error(const struct job *job) {
    enum job_state state = job_state(job);
    return state == JOB_WAITING || state == JOB_RUNNING ? NULL : job->error;
}

static gint64 now_or_end(const struct job *job) {
    return job->ended == 0 ? g_get_monotonic_time() : job->ended;
}

double job_seconds(const struct job *job) {
    struct job *locked = (struct job *)job;
    g_mutex_lock(&locked->lock);
    double seconds = job->began == 0 ? 0 : (double)(now_or_end(job) - job->began) / G_USEC_PER_SEC;
    g_mutex_unlock(&locked->lock);
    return seconds;
}

void job_set_began(struct job *job, gint64 began) {
    g_mutex_lock(&job->lock);
    job->began = began;
    g_mutex_unlock(&job->lock);
}

static gboolean tell_changed(gpointer data) {
    struct job *job = data;
    if (job->jobs != NULL)
        tell(job->jobs);
    return G_SOURCE_REMOVE;
}

static void tell_from_worker(struct job *job) {
    on_main_thread(tell_changed, job_ref(job), (GDestroyNotify)job_unref);
}

void job_step_since(struct job *job, const char *text, gint64 began) {
    struct job_step step = {.text = g_strdup(text), .began = began};
    g_mutex_lock(&job->lock);
    g_array_append_val(job->steps, step);
    job->progress_total = 0;
    job->progress_began = 0;
    g_mutex_unlock(&job->lock);
    tell_from_worker(job);
}

void job_step(struct job *job, const char *step) {
    job_step_since(job, step, g_get_monotonic_time());
}

void job_progress(struct job *job, guint64 done, guint64 total) {
    g_mutex_lock(&job->lock);
    if (job->progress_began == 0) {
        job->progress_began = g_get_monotonic_time();
        job->progress_from = done;
    }
    gboolean moved =
        total == 0 || job->progress_total != total || done * 100 / total != job->progress_done * 100 / total;
    job->progress_done = done;
    job->progress_total = total;
    g_mutex_unlock(&job->lock);
    if (moved)
        tell_from_worker(job);
}

char *job_step_at(struct job *job, guint index) {
    g_mutex_lock(&job->lock);
    char *text =
        index < job->steps->len ? g_strdup(g_array_index(job->steps, struct job_step, index).text) : NULL;
    g_mutex_unlock(&job->lock);
    return text;
}

char *job_get_step(struct job *job) {
    g_mutex_lock(&job->lock);
    guint count = job->steps->len;
    char *text = count == 0 ? NULL : g_strdup(g_array_index(job->steps, struct job_step, count - 1).text);
    g_mutex_unlock(&job->lock);
    return text;
}

gint64 job_step_began(struct job *job, guint index) {
    g_mutex_lock(&job->lock);
    gint64 began = index < job->steps->len ? g_array_index(job->steps, struct job_step, index).began : 0;
    g_mutex_unlock(&job->lock);
    return began;
}

double job_step_seconds(struct job *job, guint index) {
    gint64 began = job_step_began(job, index), next = job_step_began(job, index + 1);
    g_mutex_lock(&job->lock);
    double seconds = (double)((next == 0 ? now_or_end(job) : next) - began) / G_USEC_PER_SEC;
    g_mutex_unlock(&job->lock);
    return MAX(0, seconds);
}

void job_get_progress(struct job *job, guint64 *done, guint64 *total, double *rate) {
    g_mutex_lock(&job->lock);
    *done = job->progress_done;
    *total = job->progress_total;
    double seconds = job->progress_began == 0
                         ? 0
                         : (double)(g_get_monotonic_time() - job->progress_began) / G_USEC_PER_SEC;
    guint64 moved = job->progress_done - MIN(job->progress_done, job->progress_from);
    *rate = seconds < RATE_AFTER_S ? 0 : (double)moved / seconds;
    g_mutex_unlock(&job->lock);
}

GCancellable *job_cancellable(struct job *job) {
    return job->cancellable;
}

GCancellable *job_leaving(struct job *job) {
    return job->leaving;
}

void job_cancel(struct job *job) {
    struct jobs *jobs = job->jobs;
    g_cancellable_cancel(job->cancellable);
    if (jobs == NULL || job_state(job) != JOB_WAITING)
        return;
    set_state(job, JOB_CANCELLED);
    g_autoptr(GError) error = g_error_new(G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: cancelled", job->title);
    report(job, error);
    job->error = g_error_copy(error);
    put_away(jobs, job);
    tell(jobs);
}

static gboolean give_up(gpointer data) {
    *(gboolean *)data = TRUE;
    return G_SOURCE_REMOVE;
}

void jobs_free(struct jobs *jobs, guint grace_ms) {
    gboolean late = FALSE;
    jobs->changed = NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)job_unref);
    for (guint i = 0; i < jobs->all->len; i++)
        g_ptr_array_add(all, job_ref(g_ptr_array_index(jobs->all, i)));
    for (guint i = 0; i < all->len; i++) {
        struct job *job = g_ptr_array_index(all, i);
        g_cancellable_cancel(job->leaving);
        if (!job_stays(job))
            job_cancel(job);
    }
    guint source = g_timeout_add(grace_ms, give_up, &late);
    while (jobs->all->len > 0 && !late)
        g_main_context_iteration(NULL, TRUE);
    if (!late)
        g_source_remove(source);
    for (guint i = 0; i < jobs->all->len; i++) {
        struct job *job = g_ptr_array_index(jobs->all, i);
        g_clear_handle_id(&job->deadline_source, g_source_remove);
        job->jobs = NULL;
    }
    g_ptr_array_unref(jobs->all);
    g_ptr_array_unref(jobs->ended);
    g_free(jobs);
}
