/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/leave.h"

#include "tui/input.h"
#include "tui/question.h"

static void quit(struct ui *ui, gpointer data) {
    (void)data;
    ui_quit(ui);
}

void leave_quit(struct ui *ui, const struct action *action) {
    guint jobs = jobs_active_count(ui->engine->jobs);
    if (jobs == 0) {
        ui_quit(ui);
        return;
    }
    g_autofree char *text = g_strdup_printf("Leave? %u %s; what has not finished is stopped and undone.",
                                            jobs, jobs == 1 ? "job runs" : "jobs run");
    const struct question_spec spec = {.title = "leave", .yes = quit};
    question_ask(ui, &spec, text);
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
