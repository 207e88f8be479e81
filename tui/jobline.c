/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/jobline.h"

#include "config/units.h"
#include "core/base/text.h"

#define BAR 22

int jobline_rows(struct ui *ui, int limit) {
    return MIN((int)jobs_active_count(ui->engine->jobs), limit);
}

char *jobline_clock(double seconds) {
    guint whole = (guint)seconds;
    return whole >= 3600 ? g_strdup_printf("%u:%02u:%02u", whole / 3600, whole / 60 % 60, whole % 60)
                         : g_strdup_printf("%u:%02u", whole / 60, whole % 60);
}

/* " 48% 310 MB/s  0:04 left", or what it does now and for how long. */
static char *figures(struct job *job, double *fraction) {
    guint64 done = 0, total = 0;
    double rate = NAN;
    job_get_progress(job, &done, &total, &rate);
    g_autofree char *step = job_get_step(job);
    g_autofree char *elapsed = jobline_clock(job_seconds(job));
    *fraction = total == 0 ? NAN : MIN(1.0, (double)done / (double)total);
    if (job_state(job) == JOB_WAITING)
        return g_strdup("waits");
    if (total == 0)
        return g_strdup_printf("%s %s", step == NULL ? "" : step, elapsed);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%.0f%%", *fraction * 100);
    /* counts of steps and seconds move too; only what is surely bytes has a rate worth reading */
    if (!isnan(rate) && rate > 0 && total >= 1 << 20) {
        g_autofree char *speed = units_format_size((guint64)rate);
        g_autofree char *left = jobline_clock((double)(total - MIN(done, total)) / rate);
        g_string_append_printf(text, "  %s/s  %s left", speed, left);
    } else {
        g_string_append_printf(text, "  %s  %s", step == NULL ? "" : step, elapsed);
    }
    return g_string_free(text, FALSE);
}

static void draw_job(struct canvas *canvas, struct area area, struct job *job) {
    double fraction;
    g_autofree char *numbers = figures(job, &fraction);
    int width = MIN(text_columns(numbers), area.columns / 2);
    int bar = area.columns >= 60 ? BAR : 0;
    int title = MIN(area.columns - bar - width - 4, text_columns(job_title(job)) + 1);
    int column = draw_text(canvas, area.row, 0, MAX(title, 10), STYLE_NORMAL, job_title(job)) + 2;
    if (bar > 0) {
        draw_bar(canvas, area.row, column, bar, STYLE_GRAPH, fraction);
        column += bar + 1;
    }
    draw_text(canvas, area.row, column, area.columns - column, STYLE_NORMAL, numbers);
}

void jobline_draw(struct ui *ui, struct canvas *canvas, struct area area) {
    if (area.rows <= 0)
        return;
    g_autoptr(GPtrArray) active = jobs_active(ui->engine->jobs);
    for (int i = 0; i < area.rows && i < (int)active->len; i++) {
        struct area line = {area.row + i, 0, 1, area.columns};
        gboolean last = i == area.rows - 1 && (int)active->len > area.rows;
        if (last)
            draw_format(canvas, line.row, 0, line.columns, STYLE_NORMAL, "and %d more jobs",
                        (int)active->len - i);
        else
            draw_job(canvas, line, g_ptr_array_index(active, (guint)i));
    }
}
