/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/templates.h"

#include <string.h>

#include "config/units.h"
#include "core/template/catalogue.h"
#include "tui/act.h"
#include "tui/create.h"
#include "tui/list.h"
#include "tui/pager.h"
#include "tui/picture.h"
#include "tui/question.h"
#include "tui/template_fetch.h"

/* Other programs change the pool too; while the screen is shown it is read again when it is this old. */
#define READ_AFTER_US (10 * G_TIME_SPAN_SECOND)

struct templates {
    struct view view;
    struct list *list;
    GPtrArray *infos; /* struct template_info; NULL: not read yet */
    char *problem;    /* why it could not be read */
    gboolean reading, again;
    gint64 read_at; /* monotonic */
};

static const struct list_column columns[] = {
    {"NAME", 18, FALSE, 0}, {"STATE", 13, FALSE, 0}, {"SIZE", 5, TRUE, 0},     {"AGE", 7, TRUE, 60},
    {"GUESTS", 6, TRUE, 0}, {"DISK", 5, TRUE, 100},  {"MEMORY", 6, TRUE, 100}, {"DESCRIPTION", 0, FALSE, 70},
};

/* What a job on a template is called in its row; the job is known by its title. */
static const struct {
    enum action_id id;
    const char *doing;
} works[] = {
    {ACTION_template_fetch, "fetching"},  {ACTION_template_import, "importing"},
    {ACTION_template_build, "building"},  {ACTION_template_verify, "checking"},
    {ACTION_template_delete, "deleting"},
};

static struct templates *find(struct ui *ui);

/* ---- what is known ---- */

static void read_them(struct templates *templates);

static void take(GPtrArray *infos, const GError *error, gpointer data) {
    struct ui_handle *handle = data;
    struct templates *templates = handle->ui == NULL ? NULL : find(handle->ui);
    ui_handle_unref(handle);
    if (templates == NULL)
        return;
    templates->reading = FALSE;
    templates->read_at = g_get_monotonic_time();
    g_clear_pointer(&templates->problem, g_free);
    if (error != NULL)
        templates->problem = g_strdup(error->message);
    else {
        g_clear_pointer(&templates->infos, g_ptr_array_unref);
        templates->infos = g_ptr_array_ref(infos);
    }
    if (templates->again)
        read_them(templates);
    ui_dirty(templates->view.ui);
}

static void read_them(struct templates *templates) {
    templates->again = templates->reading;
    if (templates->reading)
        return;
    templates->reading = TRUE;
    catalogue_request(templates->view.ui->engine, TRUE, take, ui_handle_ref(templates->view.ui));
}

static void refresh(struct view *view) {
    struct templates *templates = (struct templates *)view;
    if (g_get_monotonic_time() - templates->read_at > READ_AFTER_US)
        read_them(templates);
}

static void changed(struct view *view) {
    read_them((struct templates *)view);
}

static const struct template_info *info_of(struct templates *templates, const char *name) {
    for (guint i = 0; templates->infos != NULL && name != NULL && i < templates->infos->len; i++) {
        const struct template_info *info = g_ptr_array_index(templates->infos, i);
        if (strcmp(info->name, name) == 0)
            return info;
    }
    return NULL;
}

/* ---- the picture ---- */

/* "ready", or what makes it so; the caller's. */
static char *rest_text(const struct template_info *info) {
    return info->ready ? g_strdup("ready") : g_strdup_printf("to %s", info->state);
}

/* "fetching 48%" while a job works on it; the caller's. */
static char *state_text(const struct template_info *info, GPtrArray *jobs) {
    for (guint i = 0; i < jobs->len * G_N_ELEMENTS(works); i++) {
        struct job *job = g_ptr_array_index(jobs, i / G_N_ELEMENTS(works));
        gsize work = i % G_N_ELEMENTS(works);
        g_autofree char *title = g_strdup_printf("%s %s", actions[works[work].id].name, info->name);
        guint64 done = 0, total = 0;
        double rate;
        if (strcmp(job_title(job), title) != 0)
            continue;
        job_get_progress(job, &done, &total, &rate);
        return total == 0 ? g_strdup(works[work].doing)
                          : g_strdup_printf("%s %.0f%%", works[work].doing,
                                            100.0 * (double)MIN(done, total) / (double)total);
    }
    return rest_text(info);
}

static char *size_text(guint64 bytes) {
    return bytes == 0 || bytes == UNKNOWN_SIZE ? g_strdup("-") : units_format_size(bytes);
}

static void fill(struct templates *templates) {
    GPtrArray *rows = list_rows();
    g_autoptr(GPtrArray) jobs = jobs_active(templates->view.ui->engine->jobs);
    for (guint i = 0; templates->infos != NULL && i < templates->infos->len; i++) {
        const struct template_info *info = g_ptr_array_index(templates->infos, i);
        char *cells[] = {g_strdup(info->name),
                         state_text(info, jobs),
                         size_text(info->size),
                         template_info_age(info),
                         g_strdup_printf("%u", info->dependants->len),
                         size_text(info->disk),
                         size_text(info->memory),
                         g_strdup(info->description == NULL ? "" : info->description),
                         NULL};
        list_add(rows, info->ready ? STYLE_NORMAL : STYLE_STALE, info->name, g_memdup2(cells, sizeof cells));
    }
    list_take(templates->list, rows);
}

/* Who stands on the template, else how it becomes ready; the caller's. */
static char *standing_text(struct ui *ui, const struct template_info *info) {
    if (info->dependants->len > 0) {
        GString *text = g_string_new("stands under ");
        for (guint i = 0; i < info->dependants->len; i++)
            g_string_append_printf(text, "%s%s", i == 0 ? "" : ", ",
                                   (const char *)g_ptr_array_index(info->dependants, i));
        return g_string_free(text, FALSE);
    }
    if (info->ready)
        return g_strdup("no guest stands on it");
    if (strcmp(info->state, "import") == 0)
        return g_strdup("its image is not in the pool");
    return g_strdup_printf("%s %ss it", keymap_key(ui->keymap, ACTION_template_fetch),
                           strcmp(info->state, "fetch") == 0 ? "fetche" : info->state);
}

static void draw_selected(struct templates *templates, struct canvas *canvas, struct area area) {
    const struct template_info *info = info_of(templates, list_selected(templates->list));
    if (info == NULL)
        return;
    g_autofree char *standing = standing_text(templates->view.ui, info);
    draw_format(canvas, area.row + area.rows - 1, 0, area.columns, STYLE_DETAIL, "%s: %s%s%s", info->name,
                standing, info->description == NULL ? "" : "; ",
                info->description == NULL ? "" : info->description);
}

static void draw(struct view *view, struct canvas *canvas, struct area area) {
    struct templates *templates = (struct templates *)view;
    struct area rows = {area.row, area.column, area.rows - 1, area.columns};
    fill(templates);
    list_draw(templates->list, canvas, rows);
    if (templates->problem != NULL)
        draw_text(canvas, area.row + 2, 2, area.columns - 2, STYLE_ERROR, templates->problem);
    else if (templates->infos == NULL)
        draw_text(canvas, area.row + 2, 2, area.columns - 2, STYLE_NORMAL, "reading the templates");
    else if (templates->infos->len == 0)
        draw_text(canvas, area.row + 2, 2, area.columns - 2, STYLE_NORMAL, "there is no template");
    draw_selected(templates, canvas, area);
}

static void show(struct templates *templates) {
    const struct template_info *info = info_of(templates, list_selected(templates->list));
    if (info == NULL)
        return;
    g_autofree char *size = size_text(info->size), *disk = size_text(info->disk);
    g_autofree char *memory = size_text(info->memory), *age = template_info_age(info);
    g_autofree char *vcpus = g_strdup_printf("%u", info->vcpus), *state = rest_text(info);
    g_autofree char *title = g_strdup_printf("Template %s", info->name);
    const struct {
        const char *label, *value;
    } lines[] = {
        {"description", info->description},
        {"os", info->os},
        {"state", state},
        {"pool", info->pool},
        {"volume", info->volume},
        {"size", size},
        {"age", age},
        {"source", info->source},
        {"definition", info->path_of_definition == NULL ? "in the pool" : info->path_of_definition},
        {"vcpus", vcpus},
        {"memory", memory},
        {"disk", disk},
        {"network", info->network},
        {"role", info->role},
        {"set up by", info->seeds ? "cloud-init" : NULL},
    };
    GArray *text = pager_lines();
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        if (lines[i].value != NULL)
            pager_add(text, STYLE_NORMAL, lines[i].label, "%s", lines[i].value);
    for (guint i = 0; i < info->dependants->len; i++)
        pager_add(text, STYLE_NORMAL, i == 0 ? "guests" : "", "%s",
                  (const char *)g_ptr_array_index(info->dependants, i));
    pager_open(templates->view.ui, title, text, FALSE);
}

/* ---- what is done ---- */

static void submit(struct ui *ui, enum action_id id, const char *name) {
    act_submit(ui, request_new(id, NULL, name));
}

static void do_delete(struct ui *ui, gpointer data) {
    submit(ui, ACTION_template_delete, data);
}

static void do_prune(struct ui *ui, gpointer data) {
    struct request *request = request_new(ACTION_template_delete, NULL, NULL);
    request->unused = TRUE;
    act_submit(ui, request);
}

static void ask(struct ui *ui, const struct action *action, void (*yes)(struct ui *ui, gpointer data),
                const char *name, const char *text) {
    const struct question_spec spec = {
        .title = action->name, .yes = yes, .data = g_strdup(name), .free_data = g_free};
    if (act_asks(ui, &actions[ACTION_template_delete])) {
        question_ask(ui, &spec, text);
        return;
    }
    yes(ui, spec.data);
    g_free(spec.data);
}

static void ask_delete(struct templates *templates, const struct template_info *info) {
    struct ui *ui = templates->view.ui;
    g_autofree char *size = size_text(info->size);
    if (!info->ready) {
        ui_say(ui, MESSAGE_NOTE, "%s: nothing of it is in the pool", info->name);
        return;
    }
    if (info->dependants->len > 0) {
        ui_say(ui, MESSAGE_ERROR, "cannot delete template '%s': %u guests stand on it, '%s' among them",
               info->name, info->dependants->len, (const char *)g_ptr_array_index(info->dependants, 0));
        return;
    }
    g_autofree char *text =
        g_strdup_printf("Delete template %s?\nIts image %s, %s, goes from pool %s. No guest stands on it.%s",
                        info->name, info->volume, size, info->pool,
                        info->path_of_definition == NULL ? "" : "\nIts definition file stays.");
    ask(ui, &actions[ACTION_template_delete], do_delete, info->name, text);
}

static void make_ready(struct templates *templates, const struct template_info *info) {
    struct ui *ui = templates->view.ui;
    if (info->fetchable)
        submit(ui, ACTION_template_fetch, info->name);
    else if (strcmp(info->state, "build") == 0)
        submit(ui, ACTION_template_build, info->name);
    else
        ui_say(ui, MESSAGE_NOTE, "%s: has no address to fetch it from", info->name);
}

static gboolean act_on(struct templates *templates, const struct action *action) {
    struct ui *ui = templates->view.ui;
    const struct template_info *info = info_of(templates, list_selected(templates->list));
    if (info == NULL)
        return FALSE;
    switch (action->id) {
    case ACTION_show:
        show(templates);
        return TRUE;
    case ACTION_create:
    case ACTION_clone:
        create_form_of(ui, info->name);
        return TRUE;
    case ACTION_create_now:
    case ACTION_clone_now:
        create_now_of(ui, info->name);
        return TRUE;
    case ACTION_template_fetch:
        make_ready(templates, info);
        return TRUE;
    case ACTION_template_verify:
        submit(ui, ACTION_template_verify, info->name);
        return TRUE;
    case ACTION_delete:
    case ACTION_template_delete:
        ask_delete(templates, info);
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean take_action(struct view *view, const struct action *action) {
    struct templates *templates = (struct templates *)view;
    return list_action(templates->list, action) || act_on(templates, action);
}

static gboolean take_key(struct view *view, const struct input *input) {
    if (input->code != INPUT_MOUSE)
        return FALSE;
    if (!picture_mouse(view->ui, input))
        list_mouse(((struct templates *)view)->list, input);
    return TRUE;
}

static char *hints(struct view *view) {
    const struct keymap *keymap = view->ui->keymap;
    static const struct {
        enum action_id id;
        const char *word;
        gboolean changes;
    } offered[] = {
        {ACTION_show, "open", FALSE},
        {ACTION_create, "new guest", TRUE},
        {ACTION_create_now, "at once", TRUE},
        {ACTION_template_fetch, "fetch", TRUE},
        {ACTION_template_import, "import", TRUE},
        {ACTION_template_verify, "verify", FALSE},
        {ACTION_delete, "delete", TRUE},
        {ACTION_template_prune, "prune", TRUE},
        {ACTION_help, "help", FALSE},
    };
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(offered); i++) {
        const char *key = keymap_key(keymap, offered[i].id);
        if (*key != '\0' && !(offered[i].changes && host_read_only(view->ui->engine->host)))
            g_string_append_printf(text, "%s%s %s", text->len == 0 ? "" : "  ", key, offered[i].word);
    }
    return g_string_free(text, FALSE);
}

static void free_view(struct view *view) {
    struct templates *templates = (struct templates *)view;
    list_free(templates->list);
    g_clear_pointer(&templates->infos, g_ptr_array_unref);
    g_free(templates->problem);
    g_free(templates);
}

static const struct view_ops ops = {
    .kind = VIEW_SCREEN,
    .title = "Templates",
    .manual = "innkeep-keys(7), TEMPLATES",
    .tab = TEMPLATES_TAB,
    .draw = draw,
    .key = take_key,
    .action = take_action,
    .refresh = refresh,
    .changed = changed,
    .hints = hints,
    .free = free_view,
};

/* ---- public ---- */

static struct templates *find(struct ui *ui) {
    return (struct templates *)ui_find(ui, &ops);
}

void templates_open(struct ui *ui) {
    struct templates *templates = g_new0(struct templates, 1);
    templates->view.ops = &ops;
    templates->list = list_new(columns, G_N_ELEMENTS(columns));
    ui_push(ui, &templates->view);
    read_them(templates);
}

void templates_act(struct ui *ui, const struct action *action) {
    if (action->id == ACTION_template_prune) {
        ask(ui, action, do_prune, NULL,
            "Delete the images of earlier versions that no guest stands on?\nTemplates stay as they are.");
        return;
    }
    picture_screen_number(ui, TEMPLATES_TAB);
    ui_say(ui, MESSAGE_NOTE, "choose the template, then %s",
           action->id == ACTION_template_delete ? keymap_key(ui->keymap, ACTION_delete)
                                                : keymap_key(ui->keymap, action->id));
}
