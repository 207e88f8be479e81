/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/leave.h"

#include "tui/input.h"
#include "tui/question.h"

#define TITLES_SHOWN 4

static void quit(struct ui *ui, gpointer data) {
    (void)data;
    ui_quit(ui);
}

/* "clone web -> copy, clone a -> b and 2 more"; the caller's. */
static char *titles(const GPtrArray *jobs) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < jobs->len && i < TITLES_SHOWN; i++)
        g_string_append_printf(text, "%s%s", i == 0 ? "" : ", ", job_title(g_ptr_array_index(jobs, i)));
    if (jobs->len > TITLES_SHOWN)
        g_string_append_printf(text, " and %u more", jobs->len - TITLES_SHOWN);
    return g_string_free(text, FALSE);
}

/* What other consoles began is no reason to ask. */
void leave_quit(struct ui *ui, const struct action *action) {
    g_autoptr(GPtrArray) active = jobs_active(ui->engine->jobs);
    g_autoptr(GPtrArray) going_on = g_ptr_array_new(), stopped = g_ptr_array_new();
    for (guint i = 0; i < active->len; i++) {
        struct job *job = g_ptr_array_index(active, i);
        if (job_lane(job) != LANE_OTHERS)
            g_ptr_array_add(job_stays(job) ? going_on : stopped, job);
    }
    if (going_on->len + stopped->len == 0) {
        ui_quit(ui);
        return;
    }
    g_autofree char *first = titles(going_on), *second = titles(stopped);
    g_autoptr(GString) text = g_string_new("Leave?");
    if (stopped->len > 0)
        g_string_append_printf(text, "\nStopped and undone: %s.", second);
    if (going_on->len > 0)
        g_string_append_printf(text, "\nGoes on without this console: %s.", first);
    const struct question_spec spec = {.title = "leave", .yes = quit};
    question_ask(ui, &spec, text->str);
}

void leave_back(struct ui *ui, const struct action *action) {
    if (ui->views->len > 1)
        ui_close(ui_top(ui));
    else
        leave_quit(ui, action);
}

void leave_suspend(struct ui *ui, const struct action *action) {
    input_suspend(ui);
}
