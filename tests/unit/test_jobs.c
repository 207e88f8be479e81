/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/action/jobs.h"

#include <string.h>

#include "tests/unit/unit.h"

/* Jobs that end when they are told to. */
struct task {
    GMutex lock;
    GCond wake;
    gboolean begun, may_end, done;
    GError *error;
    GString *order;
    char letter;
};

static struct task *task_new(GString *order, char letter) {
    struct task *task = g_new0(struct task, 1);
    g_mutex_init(&task->lock);
    g_cond_init(&task->wake);
    task->order = order;
    task->letter = letter;
    return task;
}

static void task_free(struct task *task) {
    g_clear_error(&task->error);
    g_mutex_clear(&task->lock);
    g_cond_clear(&task->wake);
    g_free(task);
}

static void cancelled(GCancellable *cancellable, gpointer data) {
    struct task *task = data;
    g_mutex_lock(&task->lock);
    g_cond_signal(&task->wake);
    g_mutex_unlock(&task->lock);
}

static gboolean work(struct job *job, gpointer data, GError **error) {
    struct task *task = data;
    gulong handler = g_cancellable_connect(job_cancellable(job), G_CALLBACK(cancelled), task, NULL);
    g_mutex_lock(&task->lock);
    task->begun = TRUE;
    while (!task->may_end && !g_cancellable_is_cancelled(job_cancellable(job)))
        g_cond_wait(&task->wake, &task->lock);
    g_mutex_unlock(&task->lock);
    g_cancellable_disconnect(job_cancellable(job), handler);
    return !g_cancellable_set_error_if_cancelled(job_cancellable(job), error);
}

static void done(struct job *job, const GError *error, gpointer data) {
    struct task *task = data;
    assert_false(task->done);
    task->done = TRUE;
    task->error = error == NULL ? NULL : g_error_copy(error);
    if (task->order != NULL)
        g_string_append_c(task->order, task->letter);
}

static struct job *submit(struct jobs *jobs, struct task *task, const char *uuid, enum job_lane lane,
                          guint deadline) {
    struct job_spec spec = {.title = "task",
                            .uuid = uuid,
                            .lane = lane,
                            .deadline_s = deadline,
                            .work = work,
                            .done = done,
                            .data = task};
    return jobs_submit(jobs, &spec);
}

static gboolean begun(struct task *task) {
    g_mutex_lock(&task->lock);
    gboolean is = task->begun;
    g_mutex_unlock(&task->lock);
    return is;
}

static void let_end(struct task *task) {
    g_mutex_lock(&task->lock);
    task->may_end = TRUE;
    g_cond_signal(&task->wake);
    g_mutex_unlock(&task->lock);
}

static gboolean tick(gpointer data) {
    return G_SOURCE_CONTINUE;
}

/* Iterates the main loop until *flag, at most ten seconds. */
static void wait_for(const gboolean *flag) {
    guint source = g_timeout_add(10, tick, NULL);
    gint64 until = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
    while (!*flag && g_get_monotonic_time() < until)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(source);
    assert_true(*flag);
}

static void wait_begun(struct task *task) {
    gint64 until = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
    while (!begun(task) && g_get_monotonic_time() < until)
        g_thread_yield();
    assert_true(begun(task));
}

static void jobs_of_one_guest_run_in_order(void **state) {
    struct jobs *jobs = jobs_new(NULL, NULL);
    g_autoptr(GString) order = g_string_new(NULL);
    struct task *first = task_new(order, 'a'), *second = task_new(order, 'b'), *other = task_new(order, 'c');
    submit(jobs, first, "one", LANE_NORMAL, 0);
    submit(jobs, second, "one", LANE_NORMAL, 0);
    submit(jobs, other, "two", LANE_NORMAL, 0);
    let_end(second);
    let_end(other);
    wait_for(&other->done);
    assert_false(begun(second));
    let_end(first);
    wait_for(&second->done);
    assert_string_equal(order->str, "cab");
    jobs_free(jobs, 1000);
    task_free(first);
    task_free(second);
    task_free(other);
}

static void at_most_four_run_and_power_off_waits_for_none(void **state) {
    struct jobs *jobs = jobs_new(NULL, NULL);
    struct task *tasks[5], *power = task_new(NULL, 0);
    for (int i = 0; i < 5; i++) {
        tasks[i] = task_new(NULL, 0);
        submit(jobs, tasks[i], NULL, LANE_NORMAL, 0);
    }
    for (int i = 0; i < 4; i++)
        wait_begun(tasks[i]);
    assert_false(begun(tasks[4]));
    let_end(power);
    submit(jobs, power, NULL, LANE_POWER, 0);
    wait_for(&power->done);
    assert_false(begun(tasks[4]));
    for (int i = 0; i < 5; i++)
        let_end(tasks[i]);
    wait_for(&tasks[4]->done);
    for (int i = 0; i < 4; i++)
        wait_for(&tasks[i]->done);
    jobs_free(jobs, 1000);
    for (int i = 0; i < 5; i++)
        task_free(tasks[i]);
    task_free(power);
}

static gboolean is_blocked(const char *uuid, gpointer data) {
    return *(gboolean *)data && strcmp(uuid, "hung") == 0;
}

static void jobs_of_a_guest_that_does_not_answer_wait_here(void **state) {
    gboolean hung = TRUE;
    struct jobs *jobs = jobs_new(NULL, NULL);
    struct task *held = task_new(NULL, 0), *other = task_new(NULL, 0), *power = task_new(NULL, 0);
    jobs_set_gate(jobs, is_blocked, &hung);
    let_end(held);
    let_end(other);
    let_end(power);
    submit(jobs, held, "hung", LANE_NORMAL, 0);
    submit(jobs, other, "well", LANE_NORMAL, 0);
    submit(jobs, power, "hung", LANE_POWER, 0);
    wait_for(&other->done);
    wait_for(&power->done);
    assert_false(begun(held));
    hung = FALSE;
    jobs_poke(jobs);
    wait_for(&held->done);
    jobs_free(jobs, 1000);
    task_free(held);
    task_free(other);
    task_free(power);
}

static void a_job_past_its_deadline_is_reported_once(void **state) {
    struct jobs *jobs = jobs_new(NULL, NULL);
    struct task *task = task_new(NULL, 0);
    submit(jobs, task, NULL, LANE_NORMAL, 1);
    wait_for(&task->done);
    assert_true(g_error_matches(task->error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT));
    assert_int_equal(jobs_active_count(jobs), 0);
    let_end(task);
    jobs_free(jobs, 5000);
    task_free(task);
}

static void a_waiting_job_is_cancelled_at_once_a_running_one_when_it_notices(void **state) {
    struct jobs *jobs = jobs_new(NULL, NULL);
    struct task *running = task_new(NULL, 0), *waiting = task_new(NULL, 0);
    struct job *first = submit(jobs, running, "one", LANE_NORMAL, 0);
    struct job *second = submit(jobs, waiting, "one", LANE_NORMAL, 0);
    job_cancel(second);
    assert_true(waiting->done);
    wait_begun(running);
    job_cancel(first);
    wait_for(&running->done);
    assert_true(g_error_matches(running->error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
    assert_false(begun(waiting));
    jobs_free(jobs, 1000);
    task_free(running);
    task_free(waiting);
}

static void jobs_that_ended_are_kept_with_their_steps_and_what_came_of_them(void **state) {
    struct jobs *jobs = jobs_new(NULL, NULL);
    struct task *well = task_new(NULL, 0), *cancelled_one = task_new(NULL, 0), *quiet = task_new(NULL, 0);
    struct job *job = submit(jobs, well, NULL, LANE_NORMAL, 0);
    job_step_since(job, "first", 1000000);
    job_step_since(job, "second", 3500000);
    job_set_result(job, "it is made");
    job_cancel(submit(jobs, cancelled_one, NULL, LANE_NORMAL, 0));
    submit(jobs, quiet, NULL, LANE_QUIET, 0);
    let_end(well);
    let_end(quiet);
    wait_for(&well->done);
    wait_for(&cancelled_one->done);
    wait_for(&quiet->done);
    g_autoptr(GPtrArray) ended = jobs_ended(jobs);
    assert_int_equal(ended->len, 2);
    assert_true(g_ptr_array_find(ended, job, NULL));
    g_autofree char *step = job_step_at(job, 1), *none = job_step_at(job, 2);
    assert_string_equal(step, "second");
    assert_null(none);
    assert_true(job_step_began(job, 1) == 3500000);
    assert_true(job_step_seconds(job, 0) == 2.5);
    double took = job_seconds(job);
    assert_string_equal(job_result(job), "it is made");
    assert_null(job_error(job));
    assert_true(job_seconds(job) == took);
    jobs_free(jobs, 1000);
    assert_int_equal(job_state(job), JOB_DONE); /* who holds one may still look at it */
    task_free(well);
    task_free(cancelled_one);
    task_free(quiet);
}

static gboolean work_left(struct job *job, gpointer data, GError **error) {
    struct task *task = data;
    gulong handler = g_cancellable_connect(job_leaving(job), G_CALLBACK(cancelled), task, NULL);
    g_mutex_lock(&task->lock);
    task->begun = TRUE;
    while (!g_cancellable_is_cancelled(job_leaving(job)))
        g_cond_wait(&task->wake, &task->lock);
    g_mutex_unlock(&task->lock);
    g_cancellable_disconnect(job_leaving(job), handler);
    task->may_end = g_cancellable_is_cancelled(job_cancellable(job));
    return TRUE;
}

static void what_stays_is_left_and_not_cancelled(void **state) {
    struct jobs *jobs = jobs_new(NULL, NULL);
    struct task *task = task_new(NULL, 0);
    const struct job_spec spec = {
        .title = "task", .stays = TRUE, .work = work_left, .done = done, .data = task};
    struct job *job = jobs_submit(jobs, &spec);
    assert_true(job_stays(job));
    wait_begun(task);
    jobs_free(jobs, 10000);
    assert_true(task->done);
    assert_false(task->may_end);
    task_free(task);
}

static void looking_on_counts_for_nothing(void **state) {
    struct jobs *jobs = jobs_new(NULL, NULL);
    struct task *others[5], *own = task_new(NULL, 0);
    for (int i = 0; i < 5; i++) {
        others[i] = task_new(NULL, 0);
        submit(jobs, others[i], NULL, LANE_OTHERS, 0);
    }
    let_end(own);
    submit(jobs, own, NULL, LANE_NORMAL, 0);
    wait_for(&own->done);
    assert_int_equal(jobs_active_count(jobs), 5);
    for (int i = 0; i < 5; i++)
        let_end(others[i]);
    for (int i = 0; i < 5; i++)
        wait_for(&others[i]->done);
    jobs_free(jobs, 1000);
    for (int i = 0; i < 5; i++)
        task_free(others[i]);
    task_free(own);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_of_one_guest_run_in_order),
        cmocka_unit_test(at_most_four_run_and_power_off_waits_for_none),
        cmocka_unit_test(jobs_of_a_guest_that_does_not_answer_wait_here),
        cmocka_unit_test(a_job_past_its_deadline_is_reported_once),
        cmocka_unit_test(jobs_that_ended_are_kept_with_their_steps_and_what_came_of_them),
        cmocka_unit_test(what_stays_is_left_and_not_cancelled),
        cmocka_unit_test(looking_on_counts_for_nothing),
        cmocka_unit_test(a_waiting_job_is_cancelled_at_once_a_running_one_when_it_notices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
