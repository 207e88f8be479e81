/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "config/units.h"
#include "tui/columns.h"
#include "tui/details/details-private.h"
#include "tui/pager.h"

#define GRAPH_ROWS 4 /* one of them its title */

static const char *yes(gboolean value) {
    return value ? "yes" : "no";
}

char *details_size(guint64 bytes) {
    return bytes == UNKNOWN_SIZE ? g_strdup("-") : units_format_size(bytes);
}

static char *rate(double bytes) {
    if (isnan(bytes))
        return g_strdup("-");
    g_autofree char *text = units_format_size((guint64)bytes);
    return g_strdup_printf("%s/s", text);
}

static void add_state(GArray *lines, const struct guest *guest) {
    g_autofree char *uptime = guest->uptime_s < 0 ? NULL : units_format_duration((guint64)guest->uptime_s);
    const char *word = guest_state_active(guest->state) && !guest->responding
                           ? "no answer"
                           : guest_state_screen(guest->state);
    pager_add(lines, STYLE_NORMAL, "state", "%s%s%s%s%s", word, guest->reason == NULL ? "" : ", ",
              guest->trouble != NULL  ? guest->trouble
              : guest->reason == NULL ? ""
                                      : guest->reason,
              uptime == NULL ? "" : ", up ", uptime == NULL ? "" : uptime);
    pager_add(lines, STYLE_NORMAL, "uuid", "%s", guest->uuid);
    pager_add(lines, STYLE_NORMAL, "kept", "persistent %s, autostart %s, protected %s",
              yes(guest->persistent), yes(guest->autostart), yes(guest->facts->protected));
    if (guest->facts->title != NULL)
        pager_add(lines, STYLE_NORMAL, "title", "%s", guest->facts->title);
    if (guest->facts->description != NULL)
        pager_add(lines, STYLE_NORMAL, "description", "%s", guest->facts->description);
}

static void add_figures(GArray *lines, const struct guest *guest) {
    g_autofree char *used = details_size(guest->memory_used), *current = details_size(guest->memory_current),
                    *most = details_size(guest->memory_max);
    g_autofree char *reads = rate(guest->read_rate), *writes = rate(guest->write_rate),
                    *in = rate(guest->rx_rate), *out = rate(guest->tx_rate);
    g_autofree char *held = details_size(guest->block_allocation),
                    *capacity = details_size(guest->block_capacity);
    const char *source = memory_source_word(guest->memory_source);
    if (isnan(guest->cpu_percent))
        pager_add(lines, STYLE_NORMAL, "cpu", "%u vCPU%s", guest->vcpus, guest->vcpus == 1 ? "" : "s");
    else
        pager_add(lines, STYLE_NORMAL, "cpu", "%u vCPU%s, %.1f%% of that, %.1f%% of the host", guest->vcpus,
                  guest->vcpus == 1 ? "" : "s", guest->cpu_percent, guest->host_cpu_percent);
    pager_add(lines, STYLE_NORMAL, "memory", "%s used%s%s, %s now, %s at most", used,
              source == NULL ? "" : " by ", source == NULL ? "" : source, current, most);
    pager_add(lines, STYLE_NORMAL, "storage", "%s held of %s; read %s, write %s", held, capacity, reads,
              writes);
    pager_add(lines, STYLE_NORMAL, "network", "in %s, out %s", in, out);
}

static void add_provenance(GArray *lines, const struct guest_facts *facts) {
    if (!facts->managed) {
        pager_add(lines, STYLE_NORMAL, "origin", "foreign: innkeep did not make it");
        return;
    }
    pager_add(lines, STYLE_NORMAL, "origin", "made by innkeep%s%s%s%s%s",
              facts->template_name == NULL ? "" : " from ",
              facts->template_name == NULL ? "" : facts->template_name, facts->created == NULL ? "" : " on ",
              facts->created == NULL ? "" : facts->created, facts->linked ? ", linked" : "");
    if (facts->role != NULL)
        pager_add(lines, STYLE_NORMAL, "role", "%s", facts->role);
    if (facts->service != NULL)
        pager_add(lines, STYLE_NORMAL, "service", "%s, member %s, replica %u", facts->service,
                  facts->member == NULL ? "-" : facts->member, facts->replica);
    g_autofree char *tags = g_strjoinv(", ", facts->tags);
    if (*tags != '\0')
        pager_add(lines, STYLE_NORMAL, "tags", "%s", tags);
}

static void add_access(GArray *lines, const struct guest_facts *facts, const char *key) {
    pager_add(lines, STYLE_NORMAL, "access", "serial console %s, guest agent channel %s, balloon %s",
              yes(facts->serial), yes(facts->agent_channel), yes(facts->balloon));
    if (facts->console_log != NULL)
        pager_add(lines, STYLE_NORMAL, "console log", "kept; %s shows it",
                  *key == '\0' ? actions[ACTION_console_log].name : key);
    pager_add(lines, STYLE_NORMAL, "display", "%s", facts->graphics == NULL ? "none" : facts->graphics);
    pager_add(lines, STYLE_NORMAL, "cpu mode", "%s",
              facts->hardware_virtualization ? "hardware virtualization" : "emulation");
}

GArray *overview_lines(const struct details *details) {
    GArray *lines = pager_lines();
    add_state(lines, details->guest);
    add_figures(lines, details->guest);
    add_provenance(lines, details->guest->facts);
    add_access(lines, details->guest->facts, keymap_key(details->view.ui->keymap, ACTION_console_log));
    return lines;
}

/* A rate has no most: the graph's is the highest of the minute. */
static void draw_rates(struct canvas *canvas, struct area area, const char *what,
                       const struct history *history) {
    double peak = history_peak(history);
    g_autofree char *most = rate(peak);
    draw_format(canvas, area.row, area.column, area.columns, STYLE_COLUMNS, "%s, last minute, peak %s", what,
                most);
    draw_graph(canvas, (struct area){area.row + 1, area.column, area.rows - 1, area.columns}, STYLE_GRAPH,
               history, peak > 0 ? peak : 1);
}

static void draw_percent(struct canvas *canvas, struct area area, const char *what,
                         const struct history *history) {
    draw_format(canvas, area.row, area.column, area.columns, STYLE_COLUMNS, "%s, last minute", what);
    draw_graph(canvas, (struct area){area.row + 1, area.column, area.rows - 1, area.columns}, STYLE_GRAPH,
               history, 100);
}

int overview_graphs(const struct details *details, struct canvas *canvas, struct area area) {
    const struct guest *guest = details->guest;
    int half = area.columns / 2, pairs = area.rows >= 18 ? 2 : area.rows >= 14 ? 1 : 0;
    if (!guest_state_active(guest->state) || pairs == 0)
        return 0;
    struct area left = {area.row, 1, GRAPH_ROWS, half - 2},
                right = {area.row, half + 1, GRAPH_ROWS, half - 2};
    draw_percent(canvas, left, "CPU", &guest->cpu_history);
    draw_percent(canvas, right, "MEMORY", &guest->memory_history);
    if (pairs == 2) {
        left.row = right.row = area.row + GRAPH_ROWS;
        draw_rates(canvas, left, "DISKS", &guest->disk_history);
        draw_rates(canvas, right, "NETWORK", &guest->network_history);
    }
    return pairs * GRAPH_ROWS;
}
