/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/doctor/doctor.h"

#include <string.h>

#include "core/doctor/examine.h"
#include "core/host/connection.h"

#define OPEN_LIMIT_S 10

#define CONNECTION NEED_CONNECTION
#define HERE       NEED_HERE
#define SYSTEM     NEED_SYSTEM
#define QEMU       NEED_QEMU
#define WALK       ONLY_WALK
const struct check_kind check_kinds[] = {
#define CHECK(id, name, title, section, needs, mend, about)                                                  \
    {name, title, #section, "innkeep-setup(7), " #section, needs, MEND_##mend, about},
#include "core/doctor/checks.def"
#undef CHECK
};
#undef CONNECTION
#undef HERE
#undef SYSTEM
#undef QEMU
#undef WALK
const guint check_kind_count = G_N_ELEMENTS(check_kinds);

static void (*const probes[])(struct examination *examination, struct check *check) = {
#define CHECK(id, ...) probe_##id,
#include "core/doctor/checks.def"
#undef CHECK
};

const char *check_status_word(enum check_status status) {
    static const char *const words[] = {"ok", "warning", "failure", "skipped"};
    return words[status];
}

static void check_free(gpointer data) {
    struct check *check = data;
    g_clear_pointer(&check->commands, g_ptr_array_unref);
    g_free(check->detail);
    g_free(check->fix);
    g_free(check->then);
    g_free(check);
}

/* ---- a connection, or why not ---- */

/* Opening has no limit in libvirt: a daemon that hangs holds the thread that asks. It is left behind then,
 * and frees all this itself. */
struct attempt {
    gatomicrefcount references;
    GMutex lock;
    GCond ended;
    char *uri;
    gboolean read_only, over, unauthorized;
    virConnectPtr connection;
    GError *refusal;
};

static void attempt_unref(struct attempt *attempt) {
    if (!g_atomic_ref_count_dec(&attempt->references))
        return;
    libvirt_connect_close(attempt->connection);
    g_clear_error(&attempt->refusal);
    g_mutex_clear(&attempt->lock);
    g_cond_clear(&attempt->ended);
    g_free(attempt->uri);
    g_free(attempt);
}

static gpointer attempt_thread(gpointer data) {
    struct attempt *attempt = data;
    GError *refusal = NULL;
    virConnectPtr connection = connection_open(attempt->uri, attempt->read_only, &refusal);
    int code = connection == NULL ? virGetLastErrorCode() : 0;
    g_mutex_lock(&attempt->lock);
    attempt->connection = connection;
    attempt->refusal = refusal;
    attempt->unauthorized = code == VIR_ERR_AUTH_FAILED || code == VIR_ERR_AUTH_CANCELLED ||
                            code == VIR_ERR_AUTH_UNAVAILABLE || code == VIR_ERR_ACCESS_DENIED;
    attempt->over = TRUE;
    g_cond_signal(&attempt->ended);
    g_mutex_unlock(&attempt->lock);
    attempt_unref(attempt);
    return NULL;
}

static void open_connection(struct examination *examination) {
    struct attempt *attempt = g_new0(struct attempt, 1);
    g_atomic_ref_count_init(&attempt->references);
    g_atomic_ref_count_inc(&attempt->references);
    g_mutex_init(&attempt->lock);
    g_cond_init(&attempt->ended);
    attempt->uri = g_strdup(examination->uri);
    attempt->read_only = host_read_only(examination->engine->host);
    gint64 until = g_get_monotonic_time() + OPEN_LIMIT_S * G_TIME_SPAN_SECOND;
    g_thread_unref(g_thread_new("doctor", attempt_thread, attempt));
    g_mutex_lock(&attempt->lock);
    while (!attempt->over && g_cond_wait_until(&attempt->ended, &attempt->lock, until))
        continue;
    if (attempt->over) {
        examination->connection = g_steal_pointer(&attempt->connection);
        examination->refusal = g_steal_pointer(&attempt->refusal);
        examination->unauthorized = attempt->unauthorized;
    } else
        error_set(&examination->refusal, INNKEEP_ERROR_TIMEOUT, NULL, "%s does not answer for %d s",
                  examination->uri, OPEN_LIMIT_S);
    g_mutex_unlock(&attempt->lock);
    attempt_unref(attempt);
}

/* ---- the walk ---- */

/* Why a check cannot be made; NULL: it can. */
static const char *hindrance(struct examination *examination, guint needs) {
    if ((needs & NEED_CONNECTION) != 0 && examination->connection == NULL)
        return "libvirt is not reached";
    if ((needs & NEED_QEMU) != 0 && g_strcmp0(virConnectGetType(examination->connection), "QEMU") != 0)
        return "no QEMU on this connection";
    if ((needs & NEED_HERE) != 0 && !examination->here)
        return "the host's own files are not seen from here";
    if ((needs & NEED_SYSTEM) != 0 && !examination->system)
        return "a session host has none of this";
    return NULL;
}

/* The text from the data, so that the two cannot differ. */
static void finish(struct check *check) {
    if (check->status == CHECK_OK || check->status == CHECK_SKIPPED || check->kind->mend == MEND_NOTHING) {
        g_clear_pointer(&check->commands, g_ptr_array_unref);
        g_clear_pointer(&check->then, g_free);
        return;
    }
    if (check->kind->mend < MEND_COMMANDS && check->commands != NULL)
        g_error("check %s carries commands, and its row says that none mend it", check->kind->id);
    g_autofree char *commands = check_commands(check);
    if (commands == NULL || check->then == NULL)
        check->fix = commands != NULL ? g_steal_pointer(&commands) : g_strdup(check->then);
    else
        check->fix = g_strdup_printf("%s, then %s", commands, check->then);
}

static gboolean work(struct job *job, gpointer data, GError **error) {
    struct examination *examination = data;
    examination->uri = g_strdup(host_uri(examination->engine->host));
    examination->here = connection_is_local(examination->uri);
    examination->system = strstr(examination->uri, "/session") == NULL;
    open_connection(examination);
    for (guint i = 0; i < check_kind_count && !g_cancellable_is_cancelled(job_cancellable(job)); i++) {
        if ((check_kinds[i].needs & ONLY_WALK) != 0 && !examination->walk)
            continue;
        struct check *check = g_new0(struct check, 1);
        check->kind = &check_kinds[i];
        check->careful = check->kind->mend == MEND_CAREFUL;
        const char *reason = hindrance(examination, check->kind->needs);
        if (reason != NULL)
            check_say(check, CHECK_SKIPPED, "%s", reason);
        else
            probes[i](examination, check);
        finish(check);
        g_ptr_array_add(examination->checks, check);
    }
    examine_forget(examination);
    g_clear_pointer(&examination->connection, libvirt_connect_close);
    return TRUE;
}

static void tell(struct job *job, const GError *error, gpointer data) {
    struct examination *examination = data;
    examination->done(examination->checks, examination->data);
}

static void examination_free(gpointer data) {
    struct examination *examination = data;
    g_clear_error(&examination->refusal);
    g_free(examination->uri);
    g_ptr_array_unref(examination->checks);
    g_free(examination);
}

void doctor_request(struct engine *engine, gboolean walk, doctor_done done, gpointer data) {
    struct examination *examination = g_new0(struct examination, 1);
    examination->engine = engine;
    examination->walk = walk;
    examination->checks = g_ptr_array_new_with_free_func(check_free);
    examination->done = done;
    examination->data = data;
    struct job_spec spec = {.title = "check the host",
                            .lane = LANE_QUIET,
                            .work = work,
                            .done = tell,
                            .data = examination,
                            .free_data = examination_free};
    jobs_submit(engine->jobs, &spec);
}
