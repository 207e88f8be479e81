/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/hosts.h"

#include <string.h>
#include <sys/wait.h>

#include "config/units.h"
#include "core/doctor/mend.h"
#include "tui/copy.h"
#include "tui/list.h"
#include "tui/manual.h"
#include "tui/outside.h"
#include "tui/pager.h"
#include "tui/picture.h"

#define FACT_ROWS  3
#define BELOW_ROWS 2 /* what was found, and the fix */

struct hosts {
    struct view view;
    struct list *list;
    GPtrArray *checks; /* struct check; NULL: not looked yet */
    gboolean looking;
};

static const struct list_column columns[] = {
    {"STATUS", 7, FALSE, 0}, {"CHECK", 37, FALSE, 0}, {"FOUND", 0, FALSE, 60}};

/* What needs a person comes first. */
static const struct {
    enum check_status status;
    enum style style;
} orders[] = {{CHECK_FAILURE, STYLE_ERROR},
              {CHECK_WARNING, STYLE_WARNING},
              {CHECK_OK, STYLE_GOOD},
              {CHECK_SKIPPED, STYLE_STALE}};

static struct hosts *find(struct ui *ui);

/* ---- what is known ---- */

static void take(GPtrArray *checks, gpointer data) {
    struct ui_handle *handle = data;
    struct hosts *hosts = handle->ui == NULL ? NULL : find(handle->ui);
    ui_handle_unref(handle);
    if (hosts == NULL)
        return;
    hosts->looking = FALSE;
    g_clear_pointer(&hosts->checks, g_ptr_array_unref);
    hosts->checks = g_ptr_array_ref(checks);
    ui_dirty(hosts->view.ui);
}

static void look(struct hosts *hosts) {
    if (hosts->looking)
        return;
    hosts->looking = TRUE;
    doctor_request(hosts->view.ui->engine, FALSE, take, ui_handle_ref(hosts->view.ui));
    ui_dirty(hosts->view.ui);
}

static const struct check *selected(struct hosts *hosts) {
    const char *id = list_selected(hosts->list);
    for (guint i = 0; hosts->checks != NULL && id != NULL && i < hosts->checks->len; i++) {
        const struct check *check = g_ptr_array_index(hosts->checks, i);
        if (strcmp(check->kind->id, id) == 0)
            return check;
    }
    return NULL;
}

/* ---- the picture ---- */

static void fill(struct hosts *hosts) {
    GPtrArray *rows = list_rows();
    for (gsize order = 0; hosts->checks != NULL && order < G_N_ELEMENTS(orders); order++)
        for (guint i = 0; i < hosts->checks->len; i++) {
            const struct check *check = g_ptr_array_index(hosts->checks, i);
            if (check->status != orders[order].status)
                continue;
            char *cells[] = {g_strdup(check_status_word(check->status)), g_strdup(check->kind->title),
                             g_strdup(check->detail), NULL};
            list_add(rows, orders[order].style, check->kind->id, g_memdup2(cells, sizeof cells));
        }
    list_take(hosts->list, rows);
}

static char *size_text(guint64 bytes) {
    return bytes == UNKNOWN_SIZE || bytes == 0 ? g_strdup("-") : units_format_size(bytes);
}

static void draw_facts(struct hosts *hosts, struct canvas *canvas, struct area area) {
    const struct host_state *host = &hosts->view.ui->snapshot->host;
    g_autofree char *used = size_text(host->memory_used), *total = size_text(host->memory_total);
    const char *virtualization = host->hardware_virtualization < 0    ? "not known"
                                 : host->hardware_virtualization == 1 ? "yes"
                                                                      : "no";
    g_autofree char *load =
        isnan(host->load[0]) ? g_strdup("-")
                             : g_strdup_printf("%.2f %.2f %.2f", host->load[0], host->load[1], host->load[2]);
    draw_format(canvas, area.row, 1, area.columns - 1, STYLE_NORMAL, "%s  %s",
                host->hostname == NULL ? "-" : host->hostname, host_uri(hosts->view.ui->engine->host));
    draw_format(canvas, area.row + 1, 1, area.columns - 1, STYLE_NORMAL,
                "libvirt %s  %s %s  hardware virtualization: %s",
                host->libvirt_version == NULL ? "-" : host->libvirt_version,
                host->hypervisor == NULL ? "" : host->hypervisor,
                host->hypervisor_version == NULL ? "-" : host->hypervisor_version, virtualization);
    draw_format(canvas, area.row + 2, 1, area.columns - 1, STYLE_NORMAL, "%u CPUs  load %s  memory %s/%s",
                host->cpus, load, used, total);
}

static void draw_selected(struct hosts *hosts, struct canvas *canvas, struct area area) {
    const struct check *check = selected(hosts);
    int row = area.row + area.rows - BELOW_ROWS;
    if (check == NULL)
        return;
    draw_text(canvas, row, 0, area.columns, STYLE_DETAIL, check->detail);
    if (check->fix != NULL)
        draw_format(canvas, row + 1, 0, area.columns, STYLE_DETAIL, "fix: %s", check->fix);
}

static void draw(struct view *view, struct canvas *canvas, struct area area) {
    struct hosts *hosts = (struct hosts *)view;
    int facts = area.rows > 12 ? FACT_ROWS : 0, below = area.rows > 6 ? BELOW_ROWS : 0;
    struct area rows = {area.row + facts, area.column, area.rows - facts - below, area.columns};
    fill(hosts);
    if (facts > 0)
        draw_facts(hosts, canvas, area);
    list_draw(hosts->list, canvas, rows);
    if (hosts->checks == NULL)
        draw_text(canvas, rows.row + 1, 2, area.columns - 2, STYLE_NORMAL, "looking at the host");
    if (below > 0)
        draw_selected(hosts, canvas, area);
}

/* ---- what is done ---- */

static void show(struct hosts *hosts, const struct check *check) {
    GArray *lines = pager_lines();
    pager_add(lines,
              check->status == CHECK_FAILURE   ? STYLE_ERROR
              : check->status == CHECK_WARNING ? STYLE_WARNING
                                               : STYLE_NORMAL,
              "status", "%s", check_status_word(check->status));
    pager_add_wrapped(lines, STYLE_NORMAL, "found", check->detail);
    if (check->fix != NULL)
        pager_add_wrapped(lines, STYLE_NORMAL, "fix", check->fix);
    pager_add_wrapped(lines, STYLE_NORMAL, "about", check->kind->about);
    pager_add(lines, STYLE_NORMAL, "see", "%s", check->kind->see);
    pager_open(hosts->view.ui, check->kind->title, lines, FALSE);
}

static void copy_fix(struct hosts *hosts, const struct check *check) {
    g_autofree char *commands = check_commands(check);
    if (check->fix == NULL)
        ui_say(hosts->view.ui, MESSAGE_NOTE, "%s: nothing to mend", check->kind->title);
    else
        copy_text(hosts->view.ui, commands != NULL ? commands : check->fix);
}

static void mended(struct ui *ui, int status) {
    struct hosts *hosts = find(ui);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        ui_say(ui, MESSAGE_DONE, "setup mended it");
    else
        ui_say(ui, MESSAGE_NOTE,
               "it is not mended; what setup said is on the screen below (Ctrl-Z shows it)");
    if (hosts != NULL)
        look(hosts);
}

/* The commands are shown and asked for there, and have the terminal: sudo may want a password. */
static void mend(struct hosts *hosts, const struct check *check) {
    struct ui *ui = hosts->view.ui;
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    const char *config = ui->options->config;
    const char *const words[] = {self,
                                 "-c",
                                 host_uri(ui->engine->host),
                                 "setup",
                                 check->kind->id,
                                 config == NULL ? NULL : "--config",
                                 config,
                                 NULL};
    if (ui->options->demo)
        ui_say(ui, MESSAGE_NOTE, "the demo's host is in this process alone: other programs cannot mend it");
    else if (check->fix == NULL)
        ui_say(ui, MESSAGE_NOTE, "%s: nothing to mend", check->kind->title);
    else if (!mend_possible(check))
        ui_say(ui, MESSAGE_NOTE, "for a person: %s", check->fix);
    else
        outside_run(ui, words, NULL, mended);
}

static gboolean take_action(struct view *view, const struct action *action) {
    struct hosts *hosts = (struct hosts *)view;
    const struct check *check = selected(hosts);
    if (list_action(hosts->list, action))
        return TRUE;
    if (action->id == ACTION_show && check != NULL)
        show(hosts, check);
    else if (action->id == ACTION_copy && check != NULL)
        copy_fix(hosts, check);
    else if (action->id == ACTION_mend && check != NULL)
        mend(hosts, check);
    else if (action->id == ACTION_manual && check != NULL)
        manual_open_at(view->ui, check->kind->see);
    else
        return FALSE;
    return TRUE;
}

static gboolean take_key(struct view *view, const struct input *input) {
    if (input->code != INPUT_MOUSE)
        return FALSE;
    if (!picture_mouse(view->ui, input))
        list_mouse(((struct hosts *)view)->list, input);
    return TRUE;
}

static char *hints(struct view *view) {
    const struct keymap *keymap = view->ui->keymap;
    return g_strdup_printf("%s open  %s mend  %s copy the fix  %s %s  %s back  %s help",
                           keymap_key(keymap, ACTION_show), keymap_key(keymap, ACTION_mend),
                           keymap_key(keymap, ACTION_copy), keymap_key(keymap, ACTION_doctor),
                           ((struct hosts *)view)->looking ? "checking" : "check anew",
                           keymap_key(keymap, ACTION_back), keymap_key(keymap, ACTION_help));
}

static void free_view(struct view *view) {
    struct hosts *hosts = (struct hosts *)view;
    list_free(hosts->list);
    g_clear_pointer(&hosts->checks, g_ptr_array_unref);
    g_free(hosts);
}

static const struct view_ops ops = {
    .kind = VIEW_SCREEN,
    .title = "Host",
    .manual = "innkeep-keys(7), HOST",
    .tab = HOSTS_TAB,
    .draw = draw,
    .key = take_key,
    .action = take_action,
    .hints = hints,
    .free = free_view,
};

/* ---- public ---- */

static struct hosts *find(struct ui *ui) {
    return (struct hosts *)ui_find(ui, &ops);
}

void hosts_open(struct ui *ui) {
    struct hosts *hosts = g_new0(struct hosts, 1);
    hosts->view.ops = &ops;
    hosts->list = list_new(columns, G_N_ELEMENTS(columns));
    ui_push(ui, &hosts->view);
    look(hosts);
}

void hosts_check(struct ui *ui, const struct action *action) {
    picture_screen_number(ui, HOSTS_TAB);
    struct hosts *hosts = find(ui);
    if (hosts != NULL)
        look(hosts);
}

void hosts_mend(struct ui *ui, const struct action *action) {
    picture_screen_number(ui, HOSTS_TAB);
    ui_say(ui, MESSAGE_NOTE, "choose the check that is to be mended");
}
