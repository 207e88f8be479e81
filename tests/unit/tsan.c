/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Linked into the unit tests when they are built with ThreadSanitizer. GLib's locks are futexes of its own in
 * a library that is not built with TSan, so that it takes everything they protect for a race. These functions
 * stand before GLib's, say what orders what, and call GLib's. */

#include <dlfcn.h>

#include <glib.h>
#include <sanitizer/tsan_interface.h>

static gpointer find(gpointer *cached, const char *name) {
    gpointer function = __atomic_load_n(cached, __ATOMIC_RELAXED);
    if (function == NULL) {
        function = dlsym(RTLD_NEXT, name);
        __atomic_store_n(cached, function, __ATOMIC_RELAXED);
    }
    return function;
}

/* GLib's own function of that name, called with the arguments that follow. */
#define GLIB(result, name, types, ...)                                                                       \
    __extension__({                                                                                          \
        static gpointer cached;                                                                              \
        ((result(*) types)find(&cached, #name))(__VA_ARGS__);                                                \
    })

void(g_mutex_lock)(GMutex *mutex) {
    GLIB(void, g_mutex_lock, (GMutex *), mutex);
    __tsan_acquire(mutex);
}

gboolean(g_mutex_trylock)(GMutex *mutex) {
    gboolean locked = GLIB(gboolean, g_mutex_trylock, (GMutex *), mutex);
    if (locked)
        __tsan_acquire(mutex);
    return locked;
}

void(g_mutex_unlock)(GMutex *mutex) {
    __tsan_release(mutex);
    GLIB(void, g_mutex_unlock, (GMutex *), mutex);
}

void(g_cond_wait)(GCond *cond, GMutex *mutex) {
    __tsan_release(mutex);
    GLIB(void, g_cond_wait, (GCond *, GMutex *), cond, mutex);
    __tsan_acquire(mutex);
}

gboolean(g_cond_wait_until)(GCond *cond, GMutex *mutex, gint64 end) {
    __tsan_release(mutex);
    gboolean woken = GLIB(gboolean, g_cond_wait_until, (GCond *, GMutex *, gint64), cond, mutex, end);
    __tsan_acquire(mutex);
    return woken;
}

void(g_atomic_ref_count_inc)(gatomicrefcount *count) {
    GLIB(void, g_atomic_ref_count_inc, (gatomicrefcount *), count);
}

gboolean(g_atomic_ref_count_dec)(gatomicrefcount *count) {
    __tsan_release(count);
    gboolean last = GLIB(gboolean, g_atomic_ref_count_dec, (gatomicrefcount *), count);
    if (last)
        __tsan_acquire(count);
    return last;
}

/* A call handed to a main loop: what was written before it was handed over is seen by it. */
struct call {
    GSourceFunc function;
    gpointer data;
    GDestroyNotify notify;
};

static gboolean call_run(gpointer data) {
    struct call *call = data;
    __tsan_acquire(call);
    return call->function(call->data);
}

static void call_free(gpointer data) {
    struct call *call = data;
    __tsan_acquire(call);
    if (call->notify != NULL)
        call->notify(call->data);
    g_free(call);
}

static struct call *call_new(GSourceFunc function, gpointer data, GDestroyNotify notify) {
    struct call *call = g_new(struct call, 1);
    *call = (struct call){.function = function, .data = data, .notify = notify};
    __tsan_release(call);
    return call;
}

guint(g_idle_add_full)(gint priority, GSourceFunc function, gpointer data, GDestroyNotify notify) {
    return GLIB(guint, g_idle_add_full, (gint, GSourceFunc, gpointer, GDestroyNotify), priority, call_run,
                call_new(function, data, notify), call_free);
}

void(g_main_context_invoke_full)(GMainContext *context, gint priority, GSourceFunc function, gpointer data,
                                 GDestroyNotify notify) {
    GLIB(void, g_main_context_invoke_full, (GMainContext *, gint, GSourceFunc, gpointer, GDestroyNotify),
         context, priority, call_run, call_new(function, data, notify), call_free);
}

void(g_main_context_invoke)(GMainContext *context, GSourceFunc function, gpointer data) {
    g_main_context_invoke_full(context, G_PRIORITY_DEFAULT, function, data, NULL);
}
