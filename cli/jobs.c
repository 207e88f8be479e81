/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "config/error.h"
#include "core/base/text.h"
#include "core/longjob/client.h"

/* So much of an id names a job, if no other one begins like it. */
#define ID_LEAST 8

/* A long job, as its process tells it. No libvirt is asked. */
struct seen {
    char *id, *title, *step, *began_at, *uri, *user;
    gint64 began, pid, done, total;
    gboolean cancelling;
};

typedef struct seen seen_t;

static void seen_free(struct seen *seen) {
    g_free(seen->id);
    g_free(seen->title);
    g_free(seen->step);
    g_free(seen->began_at);
    g_free(seen->uri);
    g_free(seen->user);
    g_free(seen);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(seen_t, seen_free)

static void take(const struct job_line *line, gpointer data) {
    struct seen *seen = data;
    if (line->kind == JOB_LINE_HELLO && seen->title == NULL) {
        seen->title = g_strdup(line->title);
        seen->began_at = g_strdup(line->began_at);
        seen->uri = g_strdup(line->uri);
        seen->began = line->began;
        seen->pid = line->pid;
        seen->cancelling = line->cancelling != 0;
    } else if (line->kind == JOB_LINE_STEP) {
        g_free(seen->step);
        seen->step = g_strdup(line->text);
        seen->total = 0;
    } else if (line->kind == JOB_LINE_PROGRESS) {
        seen->done = line->done;
        seen->total = line->total;
    }
}

static gint compare(gconstpointer a, gconstpointer b) {
    const struct seen *one = *(struct seen *const *)a, *other = *(struct seen *const *)b;
    return (one->began > other->began) - (one->began < other->began);
}

/* The caller's. */
static char *user_name(uid_t user) {
    const struct passwd *entry = getpwuid(user);
    return entry != NULL ? g_strdup(entry->pw_name) : g_strdup_printf("%u", user);
}

/* All that run, the oldest first; the caller's array of struct seen. */
static GPtrArray *look(void) {
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)seen_free);
    g_autoptr(GPtrArray) ids = job_client_ids();
    for (guint i = 0; i < ids->len; i++) {
        struct seen *seen = g_new0(struct seen, 1);
        seen->id = g_strdup(g_ptr_array_index(ids, i));
        g_autoptr(job_client_t) client = job_client_look(seen->id, take, seen);
        if (client != NULL) {
            seen->user = user_name(job_client_user(client));
            g_ptr_array_add(all, seen);
        } else
            seen_free(seen);
    }
    g_ptr_array_sort(all, compare);
    return all;
}

static const char *state_of(const struct seen *seen) {
    return seen->cancelling ? "cancelling" : "running";
}

static double seconds_of(const struct seen *seen) {
    return (double)(g_get_monotonic_time() - seen->began) / G_USEC_PER_SEC;
}

/* In percent, or NAN. */
static double progress_of(const struct seen *seen) {
    return seen->total <= 0 ? NAN : CLAMP(100.0 * (double)seen->done / (double)seen->total, 0, 100);
}

static void list_json(const GPtrArray *all) {
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (guint i = 0; i < all->len; i++) {
        const struct seen *seen = g_ptr_array_index(all, i);
        json_builder_begin_object(builder);
        member_string(builder, "id", seen->id);
        member_string(builder, "state", state_of(seen));
        member_string(builder, "title", seen->title);
        member_string(builder, "step", seen->step);
        member_number(builder, "progress_percent", progress_of(seen));
        member_string(builder, "began_at", seen->began_at);
        member_number(builder, "seconds", seconds_of(seen));
        member_count(builder, "pid", seen->pid);
        member_string(builder, "uri", seen->uri);
        member_string(builder, "user", seen->user);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    output_builder(builder, FALSE);
}

static void list_words(const struct cli *cli, const GPtrArray *all) {
    static const char *const headers[] = {"ID",      "STATE", "JOB", "STEP", "DONE",
                                          "SECONDS", "USER",  "PID", NULL};
    struct table *table = table_new(headers, "llllrrlr");
    gboolean whole = cli_given(cli, PARAM_no_headers);
    for (guint i = 0; i < all->len; i++) {
        const struct seen *seen = g_ptr_array_index(all, i);
        double percent = progress_of(seen);
        g_autofree char *id = whole ? g_strdup(seen->id) : g_strndup(seen->id, ID_LEAST);
        g_autofree char *progress = isnan(percent) ? g_strdup("-") : g_strdup_printf("%.0f%%", percent);
        g_autofree char *seconds = g_strdup_printf("%.0f", seconds_of(seen));
        g_autofree char *pid = g_strdup_printf("%" G_GINT64_FORMAT, seen->pid);
        const char *cells[] = {id,       state_of(seen), seen->title, seen->step == NULL ? "-" : seen->step,
                               progress, seconds,        seen->user,  pid};
        table_add(table, cells);
    }
    table_print(cli, table, !whole);
    table_free(table);
}

int command_job_list(struct cli *cli) {
    GError *error = NULL;
    if (cli->operands[0] != NULL) {
        error_set(&error, INNKEEP_ERROR_USAGE, "innkeep job list", "job list takes no operand");
        return output_fail(cli, error);
    }
    g_autoptr(GPtrArray) all = look();
    if (cli->json)
        list_json(all);
    else
        list_words(cli, all);
    return 0;
}

/* ---- one ---- */

/* The whole id of the one that is meant; the caller's. NULL and an error. */
static char *id_of(const char *word, GError **error) {
    g_autoptr(GPtrArray) ids = job_client_ids();
    const char *found = NULL;
    guint count = 0;
    for (guint i = 0; i < ids->len; i++) {
        const char *id = g_ptr_array_index(ids, i);
        if (strlen(word) < ID_LEAST || !g_str_has_prefix(id, word))
            continue;
        found = id;
        count++;
    }
    if (count == 1)
        return g_strdup(found);
    error_set(error, count == 0 ? INNKEEP_ERROR_NOT_FOUND : INNKEEP_ERROR_USAGE, "innkeep job list",
              "%s '%s'", count == 0 ? "no job" : "more than one job begins with", word);
    return NULL;
}

/* What a job that ended says, as the command that began it would have said. */
static int tell_end(const struct cli *cli, const struct job_line *line, gboolean cancelled) {
    if (line->error != NULL && (!cancelled || error_exit_status(line->error) != INNKEEP_ERROR_INTERRUPTED))
        return output_error(cli, line->error);
    const char *message = line->error != NULL     ? line->error->message
                          : line->outcome != NULL ? line->outcome->message
                                                  : NULL;
    if (line->error == NULL && cancelled) {
        g_autoptr(GError) late = NULL;
        error_set(&late, INNKEEP_ERROR_CONFLICT, NULL, "too late to cancel: %s",
                  message == NULL ? "it is done" : message);
        return output_error(cli, late);
    }
    g_autofree char *safe = text_safe(message == NULL ? "done" : message, 2000, FALSE);
    if (!cli->quiet && !cli->json)
        printf("%s\n", safe);
    return 0;
}

static int tell_plan(const struct cli *cli, const struct seen *seen, gboolean to_cancel) {
    g_autoptr(outcome_t) outcome = outcome_new();
    g_ptr_array_add(outcome->plan,
                    step_new("job", seen->title, to_cancel ? "cancel" : "wait for", UNKNOWN_SIZE));
    output_plan(cli, outcome);
    return 0;
}

/* Stays with it up to its end, after asking it to end where that is wanted. */
static int stay(struct cli *cli, gboolean to_cancel) {
    GError *error = NULL;
    g_autoptr(seen_t) seen = g_new0(struct seen, 1);
    if (!cli_one_operand(cli, &error) || !cli_check_change(cli, &error))
        return output_fail(cli, error);
    g_autofree char *id = id_of(cli->operands[0], &error);
    if (id == NULL)
        return output_fail(cli, error);
    g_autoptr(job_client_t) client = job_client_look(id, take, seen);
    g_autoptr(job_line_t) cancel = job_line_new(JOB_LINE_CANCEL);
    if (client != NULL && cli->dry_run)
        return tell_plan(cli, seen, to_cancel);
    if (client == NULL || (to_cancel && !job_client_say(client, cancel))) {
        error_set(&error, INNKEEP_ERROR_NOT_FOUND, "innkeep job list", "no job '%s': it has ended",
                  cli->operands[0]);
        return output_fail(cli, error);
    }
    for (;;) {
        g_autoptr(job_line_t) line = NULL;
        if (job_client_next(client, NULL, -1, &line) != JOB_HEARD_LINE) {
            error_set(&error, INNKEEP_ERROR_FAILED, "any next start of innkeep takes back what it had begun",
                      "the job's process ended unexpectedly");
            return output_fail(cli, error);
        }
        if (line->kind == JOB_LINE_END)
            return tell_end(cli, line, to_cancel);
    }
}

int command_job_wait(struct cli *cli) {
    return stay(cli, FALSE);
}

int command_job_cancel(struct cli *cli) {
    return stay(cli, TRUE);
}
