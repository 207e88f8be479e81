/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/picture.h"

#include <stdlib.h>

#include "tui/header.h"
#include "tui/hosts.h"
#include "tui/templates.h"

/* Screens by the digit of their key, and what opens each over the list of guests. */
static const struct {
    const char *name;
    void (*open)(struct ui *ui);
} screens[] = {{"Guests", NULL},   {"Templates", templates_open}, {"Services", NULL}, {"Storage", NULL},
               {"Networks", NULL}, {"Host", hosts_open},          {"Events", NULL}};

#define GUESTS 1

static gboolean is_there(guint number) {
    return number == GUESTS || (number <= G_N_ELEMENTS(screens) && screens[number - 1].open != NULL);
}

void picture_screen_number(struct ui *ui, guint number) {
    if (number < 1 || number > G_N_ELEMENTS(screens))
        return;
    if (!is_there(number)) {
        ui_say(ui, MESSAGE_NOTE, "the screen %s is not in this version of innkeep", screens[number - 1].name);
        return;
    }
    if (ui_top(ui)->ops->tab == number)
        return;
    while (ui->views->len > 1)
        ui_close(ui_top(ui));
    if (number != GUESTS)
        screens[number - 1].open(ui);
}

/* The one that follows what is shown. */
static guint next_screen(struct ui *ui) {
    guint number = ui_screen(ui)->ops->tab;
    do
        number = number % G_N_ELEMENTS(screens) + 1;
    while (!is_there(number));
    return number;
}

void picture_screen(struct ui *ui, const struct action *action) {
    gboolean digit =
        ui->input != NULL && ui->input->code == INPUT_CHARACTER && g_unichar_isdigit(ui->input->character);
    picture_screen_number(ui, digit ? (guint)g_unichar_digit_value(ui->input->character) : next_screen(ui));
}

gboolean picture_mouse(struct ui *ui, const struct input *input) {
    int tab = header_tab_at(input->row, input->column);
    if (input->button != BUTTON_LEFT || tab <= 0)
        return FALSE;
    picture_screen_number(ui, (guint)tab);
    return TRUE;
}

/* What + and - step through, in milliseconds. */
static const guint intervals[] = {500, 1000, 2000, 3000, 5000, 10000, 20000, 30000, 60000};

static guint nearest(guint interval) {
    guint best = 0;
    for (guint i = 1; i < G_N_ELEMENTS(intervals); i++)
        if (abs((int)intervals[i] - (int)interval) < abs((int)intervals[best] - (int)interval))
            best = i;
    return best;
}

void picture_interval(struct ui *ui, const struct action *action) {
    guint at = nearest(host_interval(ui->engine->host));
    if (action->id == ACTION_interval_longer)
        at = MIN(at + 1, (guint)G_N_ELEMENTS(intervals) - 1);
    else
        at -= MIN(at, 1);
    host_set_interval(ui->engine->host, intervals[at]);
    ui_say(ui, MESSAGE_NOTE, "refreshed every %g s", intervals[at] / 1000.0);
}

void picture_freeze(struct ui *ui, const struct action *action) {
    ui->frozen = !ui->frozen;
    if (!ui->frozen)
        ui_refresh(ui);
    ui_say(ui, MESSAGE_NOTE,
           ui->frozen ? "the picture is frozen; actions still see the host as it is"
                      : "the picture is live again");
}

void picture_redraw(struct ui *ui, const struct action *action) {
    tty_resize(ui->tty);
    canvas_redraw(ui->canvas);
}

void picture_cancel_job(struct ui *ui, const struct action *action) {
    g_autoptr(GPtrArray) active = jobs_active(ui->engine->jobs);
    if (active->len == 0) {
        ui_say(ui, MESSAGE_NOTE, "no job runs");
        return;
    }
    struct job *job = g_ptr_array_index(active, 0);
    ui_say(ui, MESSAGE_NOTE, "cancelling: %s", job_title(job));
    job_cancel(job);
}
