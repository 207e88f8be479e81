/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/create.h"

#include <string.h>

#include "config/units.h"
#include "core/provision/catalogue.h"
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
    g_free(creation->proposed);
    g_free(creation->looked);
    g_free(creation);
}

static void free_creation(gpointer data) {
    struct creation *creation = data;
    creation->form = NULL;
    creation_unref(creation);
}

/* The template that the at-once key uses: the settings', the only ready one, or the built-in. */
static guint default_choice(struct ui *ui, GArray *choices) {
    const char *wanted = ui->engine->settings->ui_default_template;
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

/* A file of public keys, or empty. What is in it a worker looks at: no disk is touched here. */
static gboolean check_key(struct form *form, struct creation *creation) {
    g_autofree char *path = g_strstrip(g_strdup(form_text(form, ROW_KEY)));
    gboolean whole = *path == '/' || strcmp(path, "~") == 0 || g_str_has_prefix(path, "~/");
    if (*path == '\0' || (chosen(form, creation)->seeds && whole))
        return TRUE;
    form_problem(form, ROW_KEY, whole ? "cloud-init has no part in it" : "a file, with its whole path");
    return FALSE;
}

/* A template was chosen: its values, and a name of its own unless the person typed one. */
static void fill(struct form *form, guint row, gpointer data) {
    struct creation *creation = data;
    if (row == ROW_KEY && creation->choices->len > 0)
        check_key(form, creation);
    if (row != ROW_TEMPLATE || creation->choices->len == 0)
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
    const struct choice *choice = chosen(form, creation);
    g_autofree char *name = g_strstrip(g_strdup(form_text(form, ROW_NAME)));
    g_autofree char *network = g_strstrip(g_strdup(form_text(form, ROW_NETWORK)));
    g_autofree char *key = g_strstrip(g_strdup(form_text(form, ROW_KEY)));
    g_autoptr(request_t) request = request_new(ACTION_create, NULL, choice->name);
    if (!choice->ready) {
        form_problem(form, ROW_TEMPLATE, "not there yet: :template fetch gets it");
        return FALSE;
    }
    if (!form_new_name(form, ROW_NAME, name) || !form_count(form, ROW_VCPUS, 1, VCPUS_MAX, &request->vcpus) ||
        !form_size(form, ROW_MEMORY, &request->memory) || !form_size(form, ROW_DISK, &request->disk) ||
        !check_key(form, creation) || !form_count(form, ROW_COUNT_, 1, COUNT_MAX, &request->count))
        return FALSE;
    if (request->disk > 0 && choice->least_disk != UNKNOWN_SIZE && request->disk < choice->least_disk) {
        form_problem(form, ROW_DISK, "smaller than the template's");
        return FALSE;
    }
    if (!look_at_key(form, creation, key))
        return FALSE;
    request->template_name = g_strdup(choice->name);
    request->network = *network == '\0' ? NULL : g_strdup(network);
    request->ssh_keys = *key == '\0' ? NULL : g_strdupv((char *[]){key, NULL});
    if (strcmp(name, creation->proposed) != 0) /* else a fresh one is proposed when it is made */
        request->new_name = g_strdup(name);
    request->start = form_switch(form, ROW_START);
    act_submit(form_ui(form), g_steal_pointer(&request));
    return TRUE;
}

static void fill_form(GPtrArray *templates, const GError *error, gpointer data) {
    struct ui_handle *handle = data;
    struct ui *ui = handle->ui;
    ui_handle_unref(handle);
    if (ui == NULL)
        return;
    if (error != NULL) {
        ui_say_error(ui, "cannot list templates", error);
        return;
    }
    if (templates->len == 0) {
        ui_say(ui, MESSAGE_ERROR, "there is no template; 'innkeep template build %s' makes one", BUILT_IN);
        return;
    }
    struct creation *creation = g_new0(struct creation, 1);
    creation->references = 1;
    creation->choices = choices_of(templates);
    const struct form_spec spec = {.title = "New guest",
                                   .rows = rows,
                                   .count = ROWS,
                                   .changed = fill,
                                   .submit = submit_create,
                                   .data = creation,
                                   .free_data = free_creation};
    struct form *form = creation->form = form_open(ui, &spec);
    g_autofree const char **names = g_new0(const char *, creation->choices->len + 1);
    for (guint i = 0; i < creation->choices->len; i++)
        names[i] = g_array_index(creation->choices, struct choice, i).name;
    form_set_choices(form, ROW_TEMPLATE, names, default_choice(ui, creation->choices));
    form_set_text(form, ROW_COUNT_, "1");
    form_set_switch(form, ROW_START, TRUE);
    fill(form, ROW_TEMPLATE, creation);
}

void create_form(struct ui *ui, const struct action *action) {
    catalogue_request(ui->engine, fill_form, ui_handle_ref(ui));
}

static void make_now(GPtrArray *templates, const GError *error, gpointer data) {
    struct ui_handle *handle = data;
    struct ui *ui = handle->ui;
    ui_handle_unref(handle);
    if (ui == NULL)
        return;
    if (error != NULL) {
        ui_say_error(ui, "cannot list templates", error);
        return;
    }
    g_autoptr(GArray) choices = choices_of(templates);
    const struct choice *choice =
        choices->len == 0 ? NULL : &g_array_index(choices, struct choice, default_choice(ui, choices));
    if (choice == NULL || !choice->ready) {
        ui_say(ui, MESSAGE_ERROR, "template '%s' is not ready", choice == NULL ? BUILT_IN : choice->name);
        ui_say(ui, MESSAGE_NOTE, "  hint: :template build makes %s; n lists all templates", BUILT_IN);
        return;
    }
    struct request *request = request_new(ACTION_create, NULL, choice->name);
    request->template_name = g_strdup(choice->name);
    act_submit(ui, request);
}

void create_now(struct ui *ui, const struct action *action) {
    catalogue_request(ui->engine, make_now, ui_handle_ref(ui));
}

void template_build(struct ui *ui, const struct action *action) {
    act_submit(ui, request_new(ACTION_template_build, NULL, BUILT_IN));
}
