/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/create.h"

#include <string.h>

#include "config/units.h"
#include "core/provision/catalogue.h"
#include "core/provision/headroom.h"
#include "core/provision/public_keys.h"
#include "tui/act.h"
#include "tui/form.h"

#define BUILT_IN  "tiny"
#define COUNT_MAX 100
#define VCPUS_MAX 512

enum {
    ROW_TEMPLATE,
    ROW_NAME,
    ROW_VCPUS,
    ROW_MEMORY,
    ROW_DISK,
    ROW_NETWORK,
    ROW_KEY,
    ROW_COUNT_,
    ROW_START,
    ROWS
};

static const struct form_row rows[ROWS] = {
    [ROW_TEMPLATE] = {"template", FORM_CHOICE}, [ROW_NAME] = {"name", FORM_TEXT},
    [ROW_VCPUS] = {"vCPUs", FORM_TEXT},         [ROW_MEMORY] = {"memory", FORM_TEXT},
    [ROW_DISK] = {"disk", FORM_TEXT},           [ROW_NETWORK] = {"network", FORM_TEXT},
    [ROW_KEY] = {"SSH key", FORM_TEXT},         [ROW_COUNT_] = {"count", FORM_TEXT},
    [ROW_START] = {"start", FORM_SWITCH},
};

/* What the form needs to know of a template after the catalogue's list is gone. */
struct choice {
    char *name, *network, *description;
    gboolean ready, seeds; /* seeds: cloud-init sets its guests up */
    guint vcpus;
    guint64 memory, disk, least_disk;
};

/* The form's own, and that of a look at a key file under way: the form may be closed meanwhile. */
struct creation {
    guint references;
    struct form *form; /* NULL: closed */
    GArray *choices;
    char *proposed; /* the name that was filled in */
    char *looked;   /* the key file that is looked at, or was and is fine */
    gboolean looking;
    struct headroom *headroom; /* NULL: not known (yet) */
};

static void clear_choice(gpointer data) {
    struct choice *choice = data;
    g_free(choice->name);
    g_free(choice->network);
    g_free(choice->description);
}

static GArray *choices_of(GPtrArray *templates) {
    GArray *choices = g_array_new(FALSE, TRUE, sizeof(struct choice));
    g_array_set_clear_func(choices, clear_choice);
    for (guint i = 0; i < templates->len; i++) {
        const struct template_info *info = g_ptr_array_index(templates, i);
        struct choice choice = {.name = g_strdup(info->name),
                                .network = g_strdup(info->network),
                                .description = g_strdup(info->description),
                                .ready = info->ready,
                                .seeds = info->seeds,
                                .vcpus = info->vcpus,
                                .memory = info->memory,
                                .disk = info->disk,
                                .least_disk = info->virtual_size};
        g_array_append_val(choices, choice);
    }
    return choices;
}

static void creation_unref(struct creation *creation) {
    if (--creation->references > 0)
        return;
    g_array_unref(creation->choices);
    headroom_free(creation->headroom);
    g_free(creation->proposed);
    g_free(creation->looked);
    g_free(creation);
}

static void free_creation(gpointer data) {
    struct creation *creation = data;
    creation->form = NULL;
    creation_unref(creation);
}

/* The one of that name; NULL: the one that the at-once key uses, the settings', the only ready one, or the
 * built-in. */
static guint find_choice(struct ui *ui, GArray *choices, const char *name) {
    const char *wanted = name != NULL ? name : ui->engine->settings->ui_default_template;
    guint ready = 0, only = 0, built_in = 0;
    for (guint i = 0; i < choices->len; i++) {
        const struct choice *choice = &g_array_index(choices, struct choice, i);
        if (wanted != NULL && strcmp(choice->name, wanted) == 0)
            return i;
        if (choice->ready) {
            ready++;
            only = i;
        }
        if (strcmp(choice->name, BUILT_IN) == 0)
            built_in = i;
    }
    return ready == 1 ? only : built_in;
}

static const struct choice *chosen(struct form *form, struct creation *creation) {
    return &g_array_index(creation->choices, struct choice, form_choice(form, ROW_TEMPLATE));
}

static void fill_size(struct form *form, guint row, guint64 bytes) {
    g_autofree char *text = NULL;
    if (bytes == 0 || bytes == UNKNOWN_SIZE)
        text = g_strdup("");
    else if (bytes % (1 << 30) == 0)
        text = g_strdup_printf("%" G_GUINT64_FORMAT "G", bytes >> 30);
    else
        text = g_strdup_printf("%" G_GUINT64_FORMAT "M", bytes >> 20);
    form_set_text(form, row, text);
}

/* A template was chosen: its values, and a name of its own unless the person typed one. */
static void fill(struct form *form, guint row, gpointer data) {
    struct creation *creation = data;
    if (row != ROW_TEMPLATE)
        return;
    const struct choice *choice = chosen(form, creation);
    g_autoptr(snapshot_t) now = ui_now(form_ui(form));
    if (creation->proposed == NULL || strcmp(form_text(form, ROW_NAME), creation->proposed) == 0) {
        g_free(creation->proposed);
        creation->proposed = request_propose_name(now, choice->name, TRUE);
        form_set_text(form, ROW_NAME, creation->proposed);
    }
    g_autofree char *vcpus = g_strdup_printf("%u", MAX(1, choice->vcpus));
    form_set_text(form, ROW_VCPUS, vcpus);
    fill_size(form, ROW_MEMORY, choice->memory);
    fill_size(form, ROW_DISK, choice->disk);
    form_set_text(form, ROW_NETWORK, choice->network);
    g_autofree char *note =
        g_strdup_printf("%s%s", choice->description == NULL ? choice->name : choice->description,
                        !choice->ready  ? " (not in the pool yet)"
                        : choice->seeds ? "; an empty SSH key: your own"
                                        : "");
    form_set_note(form, note);
}

/* ---- what is wrong, and what is left ---- */

/* Of the values in the form what can be read; a problem is said beside the others. */
struct asked {
    guint vcpus, count;
    guint64 memory, disk; /* bytes; 0: not given */
};

/* A file of public keys, or empty. What is in it a worker looks at: no disk is touched here. */
static void check_key(struct form *form, struct creation *creation) {
    g_autofree char *path = g_strstrip(g_strdup(form_text(form, ROW_KEY)));
    gboolean whole = *path == '/' || strcmp(path, "~") == 0 || g_str_has_prefix(path, "~/");
    if (*path != '\0' && !(chosen(form, creation)->seeds && whole))
        form_problem(form, ROW_KEY, whole ? "cloud-init has no part in it" : "a file, with its whole path");
}

/* "host has 1.2G free", and "only" where that is less than what is asked. */
static void aside_size(struct form *form, guint row, const char *of, guint64 asked, guint64 left) {
    if (left == UNKNOWN_SIZE)
        return;
    g_autofree char *size = units_format_size(left);
    g_autofree char *text = g_strdup_printf("%s has %s%s free", of, asked > left ? "only " : "", size);
    form_aside(form, row, asked > left, text);
}

static void show_left(struct form *form, const struct creation *creation, const struct asked *asked) {
    g_autoptr(snapshot_t) now = ui_now(form_ui(form));
    guint promised = headroom_vcpus_promised(now);
    gboolean many = asked->vcpus > now->host.cpus;
    g_autofree char *vcpus =
        g_strdup_printf("host has %s%u, guests run %u", many ? "only " : "", now->host.cpus, promised);
    if (now->host.cpus > 0)
        form_aside(form, ROW_VCPUS, many, vcpus);
    aside_size(form, ROW_MEMORY, "host", asked->memory * asked->count, now->host.memory_available);
    if (creation->headroom == NULL || creation->headroom->pool == NULL)
        return;
    g_autofree char *pool = g_strdup_printf("pool %s", creation->headroom->pool);
    aside_size(form, ROW_DISK, pool, asked->disk * asked->count, creation->headroom->pool_available);
}

static void read_asked(struct form *form, struct asked *asked) {
    *asked = (struct asked){.count = 1};
    form_count(form, ROW_VCPUS, 1, VCPUS_MAX, &asked->vcpus);
    form_size(form, ROW_MEMORY, &asked->memory);
    form_size(form, ROW_DISK, &asked->disk);
    form_count(form, ROW_COUNT_, 1, COUNT_MAX, &asked->count);
}

static void check_network(struct form *form, const struct creation *creation) {
    g_autofree char *network = g_strstrip(g_strdup(form_text(form, ROW_NETWORK)));
    const char *problem = creation->headroom == NULL ? NULL
                                                     : headroom_network_problem(creation->headroom, network,
                                                                                form_switch(form, ROW_START));
    if (problem != NULL)
        form_problem(form, ROW_NETWORK, "%s", problem);
}

static void check(struct form *form, gpointer data) {
    struct creation *creation = data;
    struct asked asked;
    const struct choice *choice = chosen(form, creation);
    g_autofree char *name = g_strstrip(g_strdup(form_text(form, ROW_NAME)));
    g_autoptr(snapshot_t) now = ui_now(form_ui(form));
    if (!choice->ready)
        form_problem(form, ROW_TEMPLATE, "not there yet: :template fetch gets it");
    form_new_name(form, ROW_NAME, name);
    read_asked(form, &asked);
    if (asked.memory > now->host.memory_total && now->host.memory_total > 0)
        form_problem(form, ROW_MEMORY, "more than the host has");
    if (asked.disk > 0 && choice->least_disk != UNKNOWN_SIZE && asked.disk < choice->least_disk)
        form_problem(form, ROW_DISK, "smaller than the template's");
    check_network(form, creation);
    check_key(form, creation);
    show_left(form, creation, &asked);
}

static void take_headroom(const struct headroom *headroom, const GError *error, gpointer data) {
    struct creation *creation = data;
    if (error != NULL)
        g_debug("%s", error->message);
    else if (creation->form != NULL) {
        creation->headroom = headroom_copy(headroom);
        form_check(creation->form);
    }
    creation_unref(creation);
}

/* ---- Enter ---- */

static gboolean submit_create(struct form *form, gpointer data);

static void key_looked_at(const GError *error, gpointer data) {
    struct creation *creation = data;
    struct form *form = creation->form;
    creation->looking = FALSE;
    if (error != NULL)
        g_clear_pointer(&creation->looked, g_free);
    if (form != NULL && error != NULL) {
        form_problem(form, ROW_KEY, "no public key in it");
        ui_say_error(form_ui(form), NULL, error);
    } else if (form != NULL && submit_create(form, creation)) {
        form_close(form);
    }
    creation_unref(creation);
}

/* TRUE when there is no key file or it is fine; else a worker looks at it, and the form is sent when that is
 * well. */
static gboolean look_at_key(struct form *form, struct creation *creation, const char *path) {
    if (*path == '\0' || (!creation->looking && g_strcmp0(creation->looked, path) == 0))
        return TRUE;
    if (creation->looking)
        return FALSE;
    g_free(creation->looked);
    creation->looked = g_strdup(path);
    creation->looking = TRUE;
    creation->references++;
    public_keys_check(form_ui(form)->engine, path, key_looked_at, creation);
    return FALSE;
}

static gboolean submit_create(struct form *form, gpointer data) {
    struct creation *creation = data;
    struct asked asked;
    const struct choice *choice = chosen(form, creation);
    g_autofree char *name = g_strstrip(g_strdup(form_text(form, ROW_NAME)));
    g_autofree char *network = g_strstrip(g_strdup(form_text(form, ROW_NETWORK)));
    g_autofree char *key = g_strstrip(g_strdup(form_text(form, ROW_KEY)));
    g_autoptr(request_t) request = request_new(ACTION_create, NULL, choice->name);
    read_asked(form, &asked);
    if (!look_at_key(form, creation, key))
        return FALSE;
    request->vcpus = asked.vcpus;
    request->memory = asked.memory;
    request->disk = asked.disk;
    request->count = asked.count;
    request->template_name = g_strdup(choice->name);
    request->network = *network == '\0' ? NULL : g_strdup(network);
    request->ssh_keys = *key == '\0' ? NULL : g_strdupv((char *[]){key, NULL});
    if (strcmp(name, creation->proposed) != 0) /* else a fresh one is proposed when it is made */
        request->new_name = g_strdup(name);
    request->start = form_switch(form, ROW_START);
    act_submit(form_ui(form), g_steal_pointer(&request));
    return TRUE;
}

static void fill_form(struct ui *ui, GPtrArray *templates, char *name) {
    struct creation *creation = g_new0(struct creation, 1);
    creation->references = 2; /* the form's, and that of the look at the host */
    creation->choices = choices_of(templates);
    const struct form_spec spec = {.title = "New guest",
                                   .rows = rows,
                                   .count = ROWS,
                                   .changed = fill,
                                   .check = check,
                                   .submit = submit_create,
                                   .data = creation,
                                   .free_data = free_creation};
    struct form *form = creation->form = form_open(ui, &spec);
    g_autofree const char **names = g_new0(const char *, creation->choices->len + 1);
    for (guint i = 0; i < creation->choices->len; i++)
        names[i] = g_array_index(creation->choices, struct choice, i).name;
    form_set_choices(form, ROW_TEMPLATE, names, find_choice(ui, creation->choices, name));
    form_set_text(form, ROW_COUNT_, "1");
    form_set_switch(form, ROW_START, TRUE);
    fill(form, ROW_TEMPLATE, creation);
    form_check(form);
    headroom_request(ui->engine, take_headroom, creation);
}

void create_form(struct ui *ui, const struct action *action) {
    act_with_templates(ui, fill_form, NULL);
}

void create_form_of(struct ui *ui, const char *name) {
    act_with_templates(ui, fill_form, name);
}

static void make_now(struct ui *ui, GPtrArray *templates, char *name) {
    g_autoptr(GArray) choices = choices_of(templates);
    const struct choice *choice = &g_array_index(choices, struct choice, find_choice(ui, choices, name));
    if (!choice->ready) {
        ui_say(ui, MESSAGE_ERROR, "template '%s' is not ready", choice->name);
        ui_say(ui, MESSAGE_NOTE, "  hint: :template build makes %s; n lists all templates", BUILT_IN);
        return;
    }
    struct request *request = request_new(ACTION_create, NULL, choice->name);
    request->template_name = g_strdup(choice->name);
    act_submit(ui, request);
}

void create_now(struct ui *ui, const struct action *action) {
    act_with_templates(ui, make_now, NULL);
}

void create_now_of(struct ui *ui, const char *name) {
    act_with_templates(ui, make_now, name);
}

void template_build(struct ui *ui, const struct action *action) {
    act_submit(ui, request_new(ACTION_template_build, NULL, BUILT_IN));
}
