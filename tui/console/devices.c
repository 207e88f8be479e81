/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/console/devices.h"

#include "tui/list.h"

static const struct list_column columns[] = {{"CONSOLE", 16, FALSE, 0}, {"", 10, FALSE, 0}};

struct devices {
    struct view view;
    struct list *list;
    char *uuid, *name;
};

static void draw(struct view *view, struct canvas *canvas, struct area area) {
    struct devices *devices = (struct devices *)view;
    int width = MIN(area.columns, 44), rows = MIN(area.rows, 12);
    g_autofree char *title = g_strdup_printf("Consoles of %s", devices->name);
    struct area inside = draw_box(
        canvas, (struct area){area.row + (area.rows - rows) / 2, (area.columns - width) / 2, rows, width},
        title);
    list_draw(devices->list, canvas, inside);
}

static void choose(struct devices *devices) {
    struct ui *ui = devices->view.ui;
    const char *chosen = list_selected(devices->list);
    if (chosen == NULL)
        return;
    g_autoptr(snapshot_t) now = ui_now(ui);
    g_autofree char *device = g_strdup(chosen), *uuid = g_strdup(devices->uuid);
    const struct guest *guest = snapshot_guest(now, uuid);
    struct session *open = consoles_find(ui->consoles, uuid, device);
    ui_close(&devices->view);
    if (open != NULL)
        console_view_show(ui, open);
    else if (guest != NULL)
        console_view_open(ui, guest, device);
}

static gboolean take_key(struct view *view, const struct input *input) {
    struct devices *devices = (struct devices *)view;
    const struct action *action = keymap_action(view->ui->keymap, input);
    if (input->code == INPUT_MOUSE)
        list_mouse(devices->list, input);
    else if (input->code == INPUT_ENTER || (action != NULL && action->id == ACTION_console))
        choose(devices);
    else if (action != NULL && list_action(devices->list, action))
        return TRUE;
    else
        ui_close(view);
    return TRUE;
}

static char *hints(struct view *view) {
    return g_strdup("Enter attach  Up/Down move  q back");
}

static void free_view(struct view *view) {
    struct devices *devices = (struct devices *)view;
    list_free(devices->list);
    g_free(devices->uuid);
    g_free(devices->name);
    g_free(devices);
}

static const struct view_ops ops = {.kind = VIEW_OVERLAY,
                                    .title = "Consoles",
                                    .manual = "innkeep-keys(7), CONSOLE",
                                    .draw = draw,
                                    .key = take_key,
                                    .hints = hints,
                                    .free = free_view};

void devices_choose(struct ui *ui, const struct guest *guest) {
    struct devices *devices = g_new0(struct devices, 1);
    GPtrArray *rows = list_rows();
    devices->view.ops = &ops;
    devices->uuid = g_strdup(guest->uuid);
    devices->name = g_strdup(guest->name);
    devices->list = list_new(columns, G_N_ELEMENTS(columns));
    for (char **name = guest->facts->consoles; *name != NULL; name++) {
        const struct session *open = consoles_find(ui->consoles, guest->uuid, *name);
        char **cells = g_new0(char *, G_N_ELEMENTS(columns) + 1);
        cells[0] = g_strdup(*name);
        cells[1] = g_strdup(open == NULL ? "" : open->unseen ? "open, news" : "open");
        list_add(rows, STYLE_NORMAL, *name, cells);
    }
    list_take(devices->list, rows);
    ui_push(ui, &devices->view);
}
