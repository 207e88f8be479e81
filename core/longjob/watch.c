/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/longjob/watch.h"

#include <string.h>

#include "core/base/thread.h"
#include "core/longjob/proxy.h"

/* Reading one small folder so often shows a job soon enough. */
#define LOOK_US G_TIME_SPAN_SECOND

struct job_watch {
    gatomicrefcount references; /* the owner's, the thread's, and one for each that was found */
    struct engine *engine;      /* NULL once it is given up; main thread */
    void (*ended)(struct job *job, const GError *error, gpointer data);
    gpointer data;
    GMutex lock;
    GCond wake;
    gboolean over; /* guarded by lock */
};

/* A job of another process: what it said so far, then its own job's data. */
struct found {
    struct job_watch *watch;
    struct engine *engine; /* outlives its jobs */
    struct job_client *client;
    struct outcome *outcome;
    GPtrArray *lines; /* struct job_line; the first is its hello */
};

static void watch_unref(struct job_watch *watch) {
    if (!g_atomic_ref_count_dec(&watch->references))
        return;
    g_mutex_clear(&watch->lock);
    g_cond_clear(&watch->wake);
    g_free(watch);
}

static const struct job_line *hello_of(const struct found *found) {
    return g_ptr_array_index(found->lines, 0);
}

static void found_free(gpointer data) {
    struct found *found = data;
    if (found->lines->len > 0 && hello_of(found)->id != NULL)
        job_client_unfollow(hello_of(found)->id);
    job_client_free(found->client);
    outcome_free(found->outcome);
    g_ptr_array_unref(found->lines);
    watch_unref(found->watch);
    g_free(found);
}

/* ---- its job ---- */

static gboolean work(struct job *job, gpointer data, GError **error) {
    struct found *found = data;
    for (guint i = 0; i < found->lines->len; i++)
        proxy_take(job, g_ptr_array_index(found->lines, i));
    return proxy_follow(job, found->engine, g_steal_pointer(&found->client), hello_of(found)->pid,
                        found->outcome, error);
}

static void tell(struct job *job, const GError *error, gpointer data) {
    struct found *found = data;
    if (error == NULL)
        job_set_result(job, found->outcome->message);
    host_refresh(found->engine->host);
    if (found->watch->engine != NULL)
        found->watch->ended(job, error, found->watch->data);
}

static gboolean submit(gpointer data) {
    struct found *found = data;
    found->engine = found->watch->engine;
    if (found->engine == NULL) {
        found_free(found);
        return G_SOURCE_REMOVE;
    }
    const struct job_line *hello = hello_of(found);
    struct job_spec spec = {.title = hello->title,
                            .lane = LANE_OTHERS,
                            .asked = hello->asked,
                            .stays = TRUE,
                            .work = work,
                            .done = tell,
                            .data = found,
                            .free_data = found_free};
    jobs_submit(found->engine->jobs, &spec);
    return G_SOURCE_REMOVE;
}

/* ---- looking ---- */

static void keep(const struct job_line *line, gpointer data) {
    struct found *found = data;
    g_autofree char *text = job_line_text(line, FALSE);
    struct job_line *copy = job_line_parse(text, strlen(text) - 1);
    if (copy != NULL)
        g_ptr_array_add(found->lines, copy);
}

static void look_at(struct job_watch *watch, const char *id) {
    if (!job_client_follow(id))
        return;
    struct found *found = g_new0(struct found, 1);
    found->watch = watch;
    g_atomic_ref_count_inc(&watch->references);
    found->outcome = outcome_new();
    found->lines = g_ptr_array_new_with_free_func((GDestroyNotify)job_line_free);
    found->client = job_client_look(id, keep, found);
    if (found->client != NULL && g_strcmp0(hello_of(found)->id, id) == 0) {
        on_main_thread(submit, found, NULL);
        return;
    }
    g_ptr_array_set_size(found->lines, 0);
    found_free(found);
    job_client_unfollow(id);
}

static gpointer look(gpointer data) {
    struct job_watch *watch = data;
    g_mutex_lock(&watch->lock);
    while (!watch->over) {
        g_mutex_unlock(&watch->lock);
        g_autoptr(GPtrArray) ids = job_client_ids();
        for (guint i = 0; i < ids->len; i++)
            look_at(watch, g_ptr_array_index(ids, i));
        g_mutex_lock(&watch->lock);
        gint64 until = g_get_monotonic_time() + LOOK_US;
        while (!watch->over && g_cond_wait_until(&watch->wake, &watch->lock, until))
            continue;
    }
    g_mutex_unlock(&watch->lock);
    watch_unref(watch);
    return NULL;
}

struct job_watch *job_watch_new(struct engine *engine,
                                void (*ended)(struct job *job, const GError *error, gpointer data),
                                gpointer data) {
    struct job_watch *watch = g_new0(struct job_watch, 1);
    g_atomic_ref_count_init(&watch->references);
    g_atomic_ref_count_inc(&watch->references);
    watch->engine = engine;
    watch->ended = ended;
    watch->data = data;
    g_mutex_init(&watch->lock);
    g_cond_init(&watch->wake);
    g_thread_unref(g_thread_new("job-watch", look, watch));
    return watch;
}

void job_watch_free(struct job_watch *watch) {
    g_mutex_lock(&watch->lock);
    watch->over = TRUE;
    g_cond_signal(&watch->wake);
    g_mutex_unlock(&watch->lock);
    watch->engine = NULL;
    watch_unref(watch);
}
