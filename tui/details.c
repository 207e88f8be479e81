/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/details.h"

#include <string.h>

#include "config/units.h"
#include "core/guest/details.h"
#include "core/guest/report.h"
#include "tui/act.h"
#include "tui/columns.h"
#include "tui/pager.h"

#define LABEL      11
#define GRAPH_ROWS 5

struct details {
    struct view view;
    char *uuid;
    struct guest *guest; /* as last seen: what is shown when it is gone */
    gboolean gone;
    GPtrArray *disks;      /* struct guest_disk as the storage tells them; NULL: not known yet */
    struct report *report; /* what the guest's agent told; NULL: nothing yet, or report_problem says why */
    char *report_problem;
    gboolean report_asked;
    int top, page, length;
};

static const char *yes(gboolean value) {
    return value ? "yes" : "no";
}

static char *size(guint64 bytes) {
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
    g_autofree char *used = size(guest->memory_used), *current = size(guest->memory_current),
                    *most = size(guest->memory_max);
    g_autofree char *reads = rate(guest->read_rate), *writes = rate(guest->write_rate),
                    *in = rate(guest->rx_rate), *out = rate(guest->tx_rate);
    g_autofree char *held = size(guest->block_allocation), *capacity = size(guest->block_capacity);
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

static void add_disks(GArray *lines, const struct guest_facts *facts, GPtrArray *disks) {
    pager_add(lines, STYLE_NORMAL, NULL, "%s", "");
    pager_add(lines, STYLE_COLUMNS, NULL, "%u DISKS", disks->len);
    for (guint i = 0; i < disks->len; i++) {
        const struct guest_disk *disk = g_ptr_array_index(disks, i);
        GString *text = g_string_new(disk->path != NULL     ? disk->path
                                     : disk->volume != NULL ? disk->volume
                                                            : "empty");
        const struct {
            const char *before, *value;
        } parts[] = {{", ", disk->format},
                     {", ", disk->bus},
                     {", pool ", disk->pool},
                     {", on ", disk->backing},
                     {", ", g_strcmp0(disk->device, "disk") == 0 ? NULL : disk->device},
                     {", ", disk->read_only ? "read-only" : NULL},
                     {", ", disk->shareable ? "shareable" : NULL}};
        for (gsize j = 0; j < G_N_ELEMENTS(parts); j++)
            if (parts[j].value != NULL)
                g_string_append_printf(text, "%s%s", parts[j].before, parts[j].value);
        for (char **made = facts->volumes; disk->path != NULL && *made != NULL; made++)
            if (strcmp(*made, disk->path) == 0)
                g_string_append(text, ", made by innkeep");
        pager_add(lines, STYLE_NORMAL, disk->target == NULL ? "-" : disk->target, "%s", text->str);
        g_string_free(text, TRUE);
        g_autofree char *held = size(disk->allocation), *capacity = size(disk->capacity);
        if (disk->capacity != UNKNOWN_SIZE)
            pager_add(lines, STYLE_NORMAL, "", "%s held of %s", held, capacity);
    }
}

static void add_nics(GArray *lines, const struct guest *guest) {
    const struct guest_facts *facts = guest->facts;
    pager_add(lines, STYLE_NORMAL, NULL, "%s", "");
    pager_add(lines, STYLE_COLUMNS, NULL, "%u NETWORK INTERFACES", facts->nics->len);
    for (guint i = 0; i < facts->nics->len; i++) {
        const struct guest_nic *nic = g_ptr_array_index(facts->nics, i);
        const char *where = nic->network != NULL ? nic->network : nic->bridge != NULL ? nic->bridge : "-";
        pager_add(lines, STYLE_NORMAL, nic->target == NULL ? "-" : nic->target, "%s %s%s, %s%s%s",
                  nic->mac == NULL ? "-" : nic->mac, nic->network != NULL ? "network " : "bridge ", where,
                  nic->model == NULL ? "-" : nic->model, nic->filter == NULL ? "" : ", filter ",
                  nic->filter == NULL ? "" : nic->filter);
        GPtrArray *known = nic->mac == NULL ? NULL : g_hash_table_lookup(guest->addresses, nic->mac);
        for (guint j = 0; known != NULL && j < known->len; j++) {
            const struct guest_address *address = g_ptr_array_index(known, j);
            pager_add(lines, STYLE_NORMAL, "", "%s/%u by %s", address->address, address->prefix,
                      address_source_word(address->source));
        }
    }
}

static void add_report(GArray *lines, const struct details *details) {
    g_auto(GStrv) told = details->report == NULL ? NULL : report_lines(details->report);
    if (!details->guest->facts->agent_channel)
        return;
    pager_add(lines, STYLE_NORMAL, NULL, "%s", "");
    pager_add(lines, STYLE_COLUMNS, NULL, "GUEST AGENT");
    if (details->report_problem != NULL)
        pager_add_wrapped(lines, STYLE_NORMAL, "", details->report_problem);
    else if (details->report_asked && told == NULL)
        pager_add(lines, STYLE_NORMAL, "", "being asked");
    for (char **at = told; at != NULL && *at != NULL; at += 2)
        pager_add(lines, STYLE_NORMAL, at[0], "%s", at[1]);
}

static GArray *all_lines(const struct details *details) {
    const struct guest *guest = details->guest;
    GArray *lines = pager_lines();
    if (details->gone)
        pager_add(lines, STYLE_ERROR, NULL, "This guest is gone; this is how it was seen last.");
    add_state(lines, guest);
    add_figures(lines, guest);
    add_provenance(lines, guest->facts);
    add_access(lines, guest->facts, keymap_key(details->view.ui->keymap, ACTION_console_log));
    add_disks(lines, guest->facts, details->disks != NULL ? details->disks : guest->facts->disks);
    add_nics(lines, guest);
    add_report(lines, details);
    return lines;
}

static void draw_graphs(const struct details *details, struct canvas *canvas, struct area area) {
    int half = area.columns / 2;
    draw_text(canvas, area.row, 1, half - 2, STYLE_COLUMNS, "CPU, last minute");
    draw_text(canvas, area.row, half + 1, half - 2, STYLE_COLUMNS, "MEMORY, last minute");
    draw_graph(canvas, (struct area){area.row + 1, 1, area.rows - 1, half - 2}, STYLE_GRAPH,
               &details->guest->cpu_history, 100);
    draw_graph(canvas, (struct area){area.row + 1, half + 1, area.rows - 1, half - 2}, STYLE_GRAPH,
               &details->guest->memory_history, 100);
}

static void draw(struct view *view, struct canvas *canvas, struct area area) {
    struct details *details = (struct details *)view;
    g_autoptr(GArray) lines = all_lines(details);
    draw_format(canvas, area.row, 0, area.columns - 25, STYLE_TITLE, " %s", details->guest->name);
    int graphs = area.rows >= 16 && guest_state_active(details->guest->state) ? GRAPH_ROWS : 0;
    if (graphs > 0)
        draw_graphs(details, canvas, (struct area){area.row + 1, 0, graphs, area.columns});
    int row = area.row + 1 + graphs;
    details->length = (int)lines->len;
    details->page = MAX(1, area.row + area.rows - row);
    details->top = CLAMP(details->top, 0, MAX(0, details->length - details->page));
    if (details->length > details->page) {
        g_autofree char *place = g_strdup_printf("%d-%d of %d lines", details->top + 1,
                                                 details->top + details->page, details->length);
        draw_fit(canvas, area.row, area.columns - 24, 23, STYLE_TITLE, TRUE, place);
    }
    for (int i = 0; i < details->page && details->top + i < details->length; i++) {
        const struct pager_line *line = &g_array_index(lines, struct pager_line, details->top + i);
        int indent = line->key == NULL ? 1 : LABEL + 2;
        if (line->key != NULL)
            draw_text(canvas, row + i, 1, LABEL, STYLE_KEY, line->key);
        draw_text(canvas, row + i, indent, area.columns - indent, line->style, line->text);
    }
}

static gboolean take_key(struct view *view, const struct input *input) {
    struct details *details = (struct details *)view;
    if (input->code == INPUT_ESCAPE) {
        ui_close(view);
        return TRUE;
    }
    if (input->code != INPUT_MOUSE)
        return FALSE;
    details->top += input->button == BUTTON_WHEEL_UP ? -3 : input->button == BUTTON_WHEEL_DOWN ? 3 : 0;
    return TRUE;
}

static gboolean take_action(struct view *view, const struct action *action) {
    struct details *details = (struct details *)view;
    switch (action->id) {
    case ACTION_move_up:
        details->top--;
        return TRUE;
    case ACTION_move_down:
        details->top++;
        return TRUE;
    case ACTION_page_up:
        details->top -= details->page - 1;
        return TRUE;
    case ACTION_page_down:
        details->top += details->page - 1;
        return TRUE;
    case ACTION_move_first:
        details->top = 0;
        return TRUE;
    case ACTION_move_last:
        details->top = details->length;
        return TRUE;
    case ACTION_show:
        return TRUE;
    default:
        return FALSE;
    }
}

static const char *shown_guest(struct view *view) {
    return ((struct details *)view)->uuid;
}

static void refresh(struct view *view) {
    struct details *details = (struct details *)view;
    const struct guest *guest = snapshot_guest(view->ui->snapshot, details->uuid);
    details->gone = guest == NULL;
    if (guest == NULL)
        return;
    guest_unref(details->guest);
    details->guest = guest_ref((struct guest *)guest);
}

static void free_view(struct view *view) {
    struct details *details = (struct details *)view;
    guest_unref(details->guest);
    g_clear_pointer(&details->disks, g_ptr_array_unref);
    g_clear_pointer(&details->report, report_unref);
    g_free(details->report_problem);
    g_free(details->uuid);
    g_free(details);
}

static const struct view_ops ops = {
    .kind = VIEW_SCREEN,
    .title = "Guest",
    .manual = "innkeep-keys(7), GUESTS",
    .draw = draw,
    .key = take_key,
    .action = take_action,
    .guest = shown_guest,
    .refresh = refresh,
    .free = free_view,
};

/* The view of that guest, if it is still open. */
static struct details *find_view(struct ui *ui, const char *uuid) {
    for (guint i = 0; ui != NULL && i < ui->views->len; i++) {
        struct view *view = g_ptr_array_index(ui->views, i);
        if (view->ops == &ops && strcmp(((struct details *)view)->uuid, uuid) == 0)
            return (struct details *)view;
    }
    return NULL;
}

/* Something is asked of the host for the view. */
struct question_of {
    struct ui_handle *handle;
    char *uuid;
};

static struct question_of *question_new(struct ui *ui, const char *uuid) {
    struct question_of *asked = g_new(struct question_of, 1);
    *asked = (struct question_of){ui_handle_ref(ui), g_strdup(uuid)};
    return asked;
}

static void question_free(struct question_of *asked) {
    ui_handle_unref(asked->handle);
    g_free(asked->uuid);
    g_free(asked);
}

static void storage_told(GPtrArray *disks, const GError *error, gpointer data) {
    struct question_of *asked = data;
    struct details *details = find_view(asked->handle->ui, asked->uuid);
    if (details != NULL && error == NULL) {
        g_clear_pointer(&details->disks, g_ptr_array_unref);
        details->disks = g_ptr_array_ref(disks);
        ui_dirty(details->view.ui);
    } else if (details != NULL) {
        ui_say_error(details->view.ui, "disks", error);
    }
    question_free(asked);
}

static void report_told(struct report *report, const GError *error, gpointer data) {
    struct question_of *asked = data;
    struct details *details = find_view(asked->handle->ui, asked->uuid);
    if (details != NULL) {
        g_clear_pointer(&details->report, report_unref);
        g_clear_pointer(&details->report_problem, g_free);
        details->report = report == NULL ? NULL : report_ref(report);
        details->report_problem = error == NULL ? NULL : g_strdup(error->message);
        ui_dirty(details->view.ui);
    }
    question_free(asked);
}

static void ask_agent(struct details *details) {
    struct ui *ui = details->view.ui;
    const char *why = NULL;
    g_clear_pointer(&details->report_problem, g_free);
    details->report_asked = report_possible(details->guest, host_read_only(ui->engine->host), &why);
    if (details->report_asked)
        report_request(ui->engine, details->guest, report_told, question_new(ui, details->uuid));
    else
        details->report_problem = g_strdup(why);
}

void details_open(struct ui *ui, const struct action *action) {
    g_autoptr(snapshot_t) now = NULL;
    const struct guest *guest = act_guest(ui, &now);
    if (guest == NULL)
        return;
    struct details *details = g_new0(struct details, 1);
    details->view.ops = &ops;
    details->uuid = g_strdup(guest->uuid);
    details->guest = guest_ref((struct guest *)guest);
    ui_push(ui, &details->view);
    details_request(ui->engine, guest, storage_told, question_new(ui, guest->uuid));
    ask_agent(details);
}
