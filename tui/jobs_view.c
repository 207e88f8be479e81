/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/jobs_view.h"

#include "config/error.h"
#include "core/base/text.h"
#include "tui/jobline.h"
#include "tui/pager.h"
#include "tui/wrap.h"

/* Columns: the cursor's, state, time, how far, then job and step share what is left. */
#define AT_STATE   2
#define STATE      9
#define AT_TIME    (AT_STATE + STATE + 1)
#define TIME       8
#define AT_DONE    (AT_TIME + TIME + 1)
#define DONE       5
#define AT_JOB     (AT_DONE + DONE + 2)
#define TEXT_WIDTH 72 /* of a message in the details */

struct jobs_view {
    struct view view;
    GPtrArray *rows;      /* struct job, references: those that run, the oldest first, then the others */
    struct job *selected; /* a reference; NULL: none */
    guint at;
    int top, page;
};

static const char *const states[] = {
    [JOB_WAITING] = "waits", [JOB_RUNNING] = "runs",        [JOB_DONE] = "done",
    [JOB_FAILED] = "failed", [JOB_CANCELLED] = "cancelled", [JOB_TIMED_OUT] = "timed out",
};

static enum style style_of(const struct job *job) {
    enum job_state state = job_state(job);
    return state == JOB_DONE                               ? STYLE_GOOD
           : state == JOB_FAILED || state == JOB_TIMED_OUT ? STYLE_ERROR
                                                           : STYLE_NORMAL;
}

/* "48%", or "" where it is not known or over; the caller's. */
static char *done_text(struct job *job) {
    guint64 done = 0, total = 0;
    double rate = 0;
    job_get_progress(job, &done, &total, &rate);
    if (total == 0 || job_state(job) != JOB_RUNNING)
        return g_strdup("");
    return g_strdup_printf("%.0f%%", 100.0 * (double)MIN(done, total) / (double)total);
}

/* ---- the details of one ---- */

static void add_wrapped(GArray *lines, enum style style, const char *key, const char *text) {
    g_autoptr(GPtrArray) pieces = wrap_text(text, TEXT_WIDTH, FALSE);
    for (guint i = 0; i < pieces->len; i++)
        pager_add(lines, style, i == 0 ? key : "", "%s", (const char *)g_ptr_array_index(pieces, i));
}

static void add_asked(GArray *lines, struct job *job) {
    g_auto(GStrv) asked = job_asked(job);
    for (char **pair = asked; pair != NULL && pair[0] != NULL && pair[1] != NULL; pair += 2)
        add_wrapped(lines, STYLE_NORMAL, pair[0], pair[1]);
    if (job_lane(job) == LANE_OTHERS)
        pager_add(lines, STYLE_NORMAL, "asked by", "another console or command");
}

static void add_steps(GArray *lines, struct job *job) {
    pager_add(lines, STYLE_NORMAL, NULL, "%s", "");
    pager_add(lines, STYLE_COLUMNS, NULL, "STEPS");
    guint count = 0;
    for (char *step; (step = job_step_at(job, count)) != NULL; count++) {
        g_autofree char *took = g_strdup_printf("%.1f s", job_step_seconds(job, count));
        pager_add(lines, STYLE_NORMAL, took, "%s", step);
        g_free(step);
    }
    if (count == 0)
        pager_add(lines, STYLE_NORMAL, NULL, "none so far");
}

static void add_end(GArray *lines, struct job *job) {
    const GError *error = job_error(job);
    if (error == NULL && job_result(job) == NULL)
        return;
    pager_add(lines, STYLE_NORMAL, NULL, "%s", "");
    if (error == NULL) {
        add_wrapped(lines, STYLE_GOOD, "result", job_result(job));
        return;
    }
    add_wrapped(lines, STYLE_ERROR, "error", error->message);
    if (error_hint(error) != NULL)
        add_wrapped(lines, STYLE_NORMAL, "hint", error_hint(error));
}

static GArray *details(gpointer data) {
    struct job *job = data;
    GArray *lines = pager_lines();
    g_autofree char *done = done_text(job), *time = jobline_clock(job_seconds(job));
    pager_add(lines, style_of(job), "state", "%s%s%s", states[job_state(job)], *done == '\0' ? "" : ", ",
              done);
    pager_add(lines, STYLE_NORMAL, "time", "%s", time);
    add_asked(lines, job);
    add_steps(lines, job);
    add_end(lines, job);
    return lines;
}

/* ---- the list ---- */

static void look(struct jobs_view *jobs) {
    struct engine *engine = jobs->view.ui->engine;
    g_autoptr(GPtrArray) ended = jobs_ended(engine->jobs);
    g_ptr_array_unref(jobs->rows);
    jobs->rows = jobs_active(engine->jobs);
    for (guint i = ended->len; i > 0; i--)
        g_ptr_array_add(jobs->rows, job_ref(g_ptr_array_index(ended, i - 1)));
    guint found = 0;
    if (jobs->selected != NULL && g_ptr_array_find(jobs->rows, jobs->selected, &found))
        jobs->at = found;
    jobs->at = jobs->rows->len == 0 ? 0 : MIN(jobs->at, jobs->rows->len - 1);
}

static void choose(struct jobs_view *jobs, int at) {
    g_clear_pointer(&jobs->selected, job_unref);
    if (jobs->rows->len == 0)
        return;
    jobs->at = (guint)CLAMP(at, 0, (int)jobs->rows->len - 1);
    jobs->selected = job_ref(g_ptr_array_index(jobs->rows, jobs->at));
}

static void draw_cells(struct canvas *canvas, int row, enum style style, const char *const cells[5]) {
    int left = canvas_area(canvas).columns - AT_JOB;
    int job = MAX(left / 2, 1);
    draw_fit(canvas, row, AT_STATE, STATE, style, FALSE, cells[0]);
    draw_fit(canvas, row, AT_TIME, TIME, style, TRUE, cells[1]);
    draw_fit(canvas, row, AT_DONE, DONE, style, TRUE, cells[2]);
    draw_fit(canvas, row, AT_JOB, job - 1, style, FALSE, cells[3]);
    draw_fit(canvas, row, AT_JOB + job, left - job, style, FALSE, cells[4]);
}

static void draw_row(struct jobs_view *jobs, struct canvas *canvas, int row, guint index) {
    struct job *job = g_ptr_array_index(jobs->rows, index);
    enum style style = index == jobs->at ? STYLE_SELECTED : style_of(job);
    g_autofree char *time = jobline_clock(job_seconds(job)), *done = done_text(job);
    g_autofree char *step = job_get_step(job);
    const char *const cells[5] = {states[job_state(job)], time, done, job_title(job),
                                  step == NULL ? "" : step};
    draw_fit(canvas, row, 0, canvas_area(canvas).columns, style, FALSE, index == jobs->at ? ">" : "");
    draw_cells(canvas, row, style, cells);
}

static void draw(struct view *view, struct canvas *canvas, struct area area) {
    static const char *const headers[5] = {"STATE", "TIME", "DONE", "JOB", "STEP"};
    struct jobs_view *jobs = (struct jobs_view *)view;
    look(jobs);
    draw_cells(canvas, area.row, STYLE_COLUMNS, headers);
    jobs->page = MAX(1, area.rows - 1);
    jobs->top = CLAMP(jobs->top, (int)jobs->at - jobs->page + 1, (int)jobs->at);
    jobs->top = CLAMP(jobs->top, 0, MAX(0, (int)jobs->rows->len - jobs->page));
    if (jobs->rows->len == 0)
        draw_text(canvas, area.row + 2, 4, area.columns - 4, STYLE_NORMAL, "no job runs, and none has ended");
    for (int i = 0; i < jobs->page && jobs->top + i < (int)jobs->rows->len; i++)
        draw_row(jobs, canvas, area.row + 1 + i, (guint)(jobs->top + i));
}

static void cancel(struct jobs_view *jobs) {
    struct job *job = jobs->rows->len == 0 ? NULL : g_ptr_array_index(jobs->rows, jobs->at);
    enum job_state state = job == NULL ? JOB_DONE : job_state(job);
    if (state != JOB_WAITING && state != JOB_RUNNING) {
        ui_say(jobs->view.ui, MESSAGE_NOTE, "%s", job == NULL ? "no job runs" : "that job has ended");
        return;
    }
    ui_say(jobs->view.ui, MESSAGE_NOTE, "cancelling: %s", job_title(job));
    job_cancel(job);
}

static void open_details(struct jobs_view *jobs) {
    if (jobs->rows->len == 0)
        return;
    choose(jobs, (int)jobs->at);
    g_autofree char *title = text_safe(job_title(jobs->selected), TEXT_WIDTH, FALSE);
    pager_open_live(jobs->view.ui, title, details, job_ref(jobs->selected), (GDestroyNotify)job_unref);
}

static gboolean take_key(struct view *view, const struct input *input) {
    struct jobs_view *jobs = (struct jobs_view *)view;
    if (input->code == INPUT_ESCAPE) {
        ui_close(view);
        return TRUE;
    }
    if (input->code != INPUT_MOUSE)
        return FALSE;
    if (input->button == BUTTON_WHEEL_UP || input->button == BUTTON_WHEEL_DOWN)
        choose(jobs, (int)jobs->at + (input->button == BUTTON_WHEEL_UP ? -3 : 3));
    return TRUE;
}

static gboolean take_action(struct view *view, const struct action *action) {
    struct jobs_view *jobs = (struct jobs_view *)view;
    int at = (int)jobs->at, page = MAX(1, jobs->page - 1);
    switch (action->id) {
    case ACTION_move_up:
        choose(jobs, at - 1);
        return TRUE;
    case ACTION_move_down:
        choose(jobs, at + 1);
        return TRUE;
    case ACTION_page_up:
        choose(jobs, at - page);
        return TRUE;
    case ACTION_page_down:
        choose(jobs, at + page);
        return TRUE;
    case ACTION_move_first:
        choose(jobs, 0);
        return TRUE;
    case ACTION_move_last:
        choose(jobs, (int)jobs->rows->len);
        return TRUE;
    case ACTION_show:
        open_details(jobs);
        return TRUE;
    case ACTION_cancel_job:
        cancel(jobs);
        return TRUE;
    case ACTION_jobs:
        return TRUE;
    default:
        return FALSE;
    }
}

static char *hints(struct view *view) {
    const struct keymap *keymap = view->ui->keymap;
    return g_strdup_printf("%s details  %s cancel it  %s back", keymap_key(keymap, ACTION_show),
                           keymap_key(keymap, ACTION_cancel_job), keymap_key(keymap, ACTION_back));
}

static void free_view(struct view *view) {
    struct jobs_view *jobs = (struct jobs_view *)view;
    g_clear_pointer(&jobs->selected, job_unref);
    g_ptr_array_unref(jobs->rows);
    g_free(jobs);
}

static const struct view_ops ops = {
    .kind = VIEW_SCREEN,
    .title = "Jobs",
    .manual = "innkeep-keys(7), JOBS",
    .draw = draw,
    .key = take_key,
    .action = take_action,
    .hints = hints,
    .free = free_view,
};

void jobs_view_open(struct ui *ui, const struct action *action) {
    struct jobs_view *jobs = g_new0(struct jobs_view, 1);
    jobs->view.ops = &ops;
    jobs->rows = g_ptr_array_new_with_free_func((GDestroyNotify)job_unref);
    ui_push(ui, &jobs->view);
}
