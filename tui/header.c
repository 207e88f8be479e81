/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/header.h"

#include <string.h>

#include "config/units.h"
#include "core/base/text.h"
#include "tui/console/consoles.h"

#define SPARKLINE 4

static const char *const tabs[] = {"1 Guests",   "2 Templates", "3 Services", "4 Storage",
                                   "5 Networks", "6 Host",      "7 Events"};

/* What a person should look at: guests that do not answer, crashed, or were stopped by their disks. */
static guint alerts(const struct snapshot *snapshot) {
    guint count = 0;
    for (guint i = 0; i < snapshot->guests->len; i++) {
        const struct guest *guest = g_ptr_array_index(snapshot->guests, i);
        count += !guest->responding || guest->state == GUEST_CRASHED || guest->trouble != NULL;
    }
    return count;
}

static char *memory_text(const struct host_state *host) {
    if (host->memory_total == 0 || host->memory_total == UNKNOWN_SIZE || host->memory_used == UNKNOWN_SIZE)
        return g_strdup("MEM -");
    double unit = host->memory_total >= 1 << 30 ? 1 << 30 : 1 << 20;
    return g_strdup_printf("MEM %.1f/%.1f%s", (double)host->memory_used / unit,
                           (double)host->memory_total / unit, unit > 1 << 20 ? "G" : "M");
}

/* The right end of the line, without the CPU figure: "MEM 11.2/31.3G  jobs 1  ! 2". */
static char *right_text(struct ui *ui) {
    const struct snapshot *snapshot = ui->snapshot;
    g_autofree char *memory = memory_text(&snapshot->host);
    GString *text = g_string_new(memory);
    guint jobs = jobs_active_count(ui->engine->jobs), alarm = alerts(snapshot);
    if (consoles_count(ui->consoles) > 0)
        g_string_append_printf(text, "  consoles %u", consoles_count(ui->consoles));
    if (jobs > 0)
        g_string_append_printf(text, "  jobs %u", jobs);
    if (alarm > 0)
        g_string_append_printf(text, "  ! %u", alarm);
    return g_string_free(text, FALSE);
}

static char *left_text(struct ui *ui) {
    const struct host_state *host = &ui->snapshot->host;
    GString *text = g_string_new(" innkeep");
    if (host->hostname != NULL) {
        g_autofree char *name = text_safe(host->hostname, 20, FALSE);
        g_string_append_printf(text, "  %s", name);
    }
    const char *uri = host->uri != NULL ? host->uri : host_uri(ui->engine->host);
    struct {
        gboolean shown;
        const char *text;
    } marks[] = {{ui->options->demo, "demo"},
                 {host_read_only(ui->engine->host), "read-only"},
                 {host->hardware_virtualization == 0 && !ui->options->demo, "emulation"},
                 {ui->frozen, "FROZEN"},
                 {uri != NULL && !ui->options->demo, uri}};
    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
        if (marks[i].shown)
            g_string_append_printf(text, "  %s", marks[i].text);
    return g_string_free(text, FALSE);
}

static void draw_host(struct ui *ui, struct canvas *canvas, struct area area) {
    const struct host_state *host = &ui->snapshot->host;
    enum style style = ui->snapshot->link == LINK_LOST ? STYLE_ALERT : STYLE_HEADER;
    g_autofree char *left = left_text(ui);
    g_autofree char *right = right_text(ui);
    g_autofree char *cpu =
        isnan(host->cpu_percent) ? g_strdup("  -") : g_strdup_printf("%3.0f%%", host->cpu_percent);
    draw_fit(canvas, area.row, 0, area.columns, style, FALSE, "");
    int at = area.columns - text_columns(right) - 1;
    int cpu_at = at - 2 - 4 - 1 - SPARKLINE - 4;
    draw_text(canvas, area.row, 0, MAX(0, cpu_at - 1), style, left);
    draw_text(canvas, area.row, at, area.columns - at, style, right);
    draw_text(canvas, area.row, cpu_at, 4, style, "CPU ");
    draw_sparkline(canvas, area.row, cpu_at + 4, SPARKLINE, style, &host->cpu_history, 100);
    draw_text(canvas, area.row, cpu_at + 4 + SPARKLINE + 1, 4, style, cpu);
}

/* The screen that is shown, or lies under what is. */
static guint tab_shown(struct ui *ui) {
    for (guint i = ui->views->len; i > 0; i--) {
        const struct view *view = g_ptr_array_index(ui->views, i - 1);
        if (view->ops->tab > 0)
            return view->ops->tab;
    }
    return 0;
}

void header_draw(struct ui *ui, struct canvas *canvas, struct area area) {
    draw_host(ui, canvas, area);
    guint shown = tab_shown(ui);
    int column = 1;
    for (gsize i = 0; i < G_N_ELEMENTS(tabs); i++) {
        enum style style = i + 1 == shown ? STYLE_TAB_ACTIVE : STYLE_TAB;
        column += draw_text(canvas, area.row + 1, column, area.columns - column, style, tabs[i]) + 2;
    }
}

int header_tab_at(int row, int column) {
    int at = 1;
    for (gsize i = 0; row == 1 && i < G_N_ELEMENTS(tabs); i++) {
        int width = (int)strlen(tabs[i]);
        if (column >= at && column < at + width)
            return (int)i + 1;
        at += width + 2;
    }
    return 0;
}
