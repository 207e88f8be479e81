/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/parallel.h"

struct row {
    guint count;
    parallel_work work;
    gpointer data;
    GCancellable *cancellable;
    GMutex lock; /* guards what follows */
    guint next;
    GError *error; /* the first */
    gboolean failed;
};

/* The next to be done, or FALSE where nothing more shall begin. */
static gboolean take(struct row *row, guint *index) {
    g_mutex_lock(&row->lock);
    gboolean more = !row->failed && row->next < row->count;
    if (more && g_cancellable_set_error_if_cancelled(row->cancellable, &row->error)) {
        row->failed = TRUE;
        more = FALSE;
    }
    *index = row->next;
    row->next += more;
    g_mutex_unlock(&row->lock);
    return more;
}

static void fail(struct row *row, GError *error) {
    g_mutex_lock(&row->lock);
    if (row->failed)
        g_clear_error(&error);
    else
        row->error = error;
    row->failed = TRUE;
    g_mutex_unlock(&row->lock);
}

static gpointer run(gpointer data) {
    struct row *row = data;
    for (guint index; take(row, &index);) {
        GError *error = NULL;
        if (!row->work(index, row->data, &error))
            fail(row, error);
    }
    return NULL;
}

gboolean parallel_run(guint count, guint width, parallel_work work, gpointer data, GCancellable *cancellable,
                      GError **error) {
    struct row row = {.count = count, .work = work, .data = data, .cancellable = cancellable};
    g_autoptr(GPtrArray) threads = g_ptr_array_new();
    g_mutex_init(&row.lock);
    for (guint i = 1; i < MIN(width, count); i++)
        g_ptr_array_add(threads, g_thread_new("parallel", run, &row));
    run(&row);
    for (guint i = 0; i < threads->len; i++)
        g_thread_join(g_ptr_array_index(threads, i));
    g_mutex_clear(&row.lock);
    if (row.error != NULL)
        g_propagate_error(error, row.error);
    return !row.failed;
}
