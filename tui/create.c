/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tui/create.h"

#include <string.h>

#include "core/template/catalogue.h"
#include "tui/act.h"
#include "tui/create-private.h"

#define BUILT_IN "tiny"

static const struct form_row rows[ROWS] = {
    [ROW_FROM] = {"from", FORM_CHOICE},         [ROW_FILE] = {"file", FORM_TEXT},
    [ROW_NAME] = {"name", FORM_TEXT},           [ROW_VCPUS] = {"vCPUs", FORM_TEXT},
    [ROW_MEMORY] = {"memory", FORM_TEXT},       [ROW_DISK] = {"disk", FORM_TEXT},
    [ROW_NETWORK] = {"network", FORM_TEXT},     [ROW_KEY] = {"SSH key", FORM_TEXT},
    [ROW_FIRMWARE] = {"firmware", FORM_CHOICE}, [ROW_TPM] = {"TPM", FORM_SWITCH},
    [ROW_COUNT_] = {"count", FORM_TEXT},        [ROW_START] = {"start", FORM_SWITCH},
};

/* The first leaves it to the template and the system. */
static const char *const firmwares[] = {"usual", "bios", "uefi", "uefi-secure", NULL};

static const char *const others[FROM_COUNT] = {
    [FROM_MEDIUM] = "installer ISO", [FROM_DISK] = "existing disk", [FROM_NETWORK] = "network (PXE)"};

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
                                .vcpus = MAX(1, info->vcpus),
                                .memory = info->memory,
                                .disk = info->disk,
                                .least_disk = info->virtual_size};
        g_array_append_val(choices, choice);
    }
    return choices;
}

static void add_others(GArray *choices) {
    for (int from = FROM_TEMPLATE + 1; from < FROM_COUNT; from++) {
        struct choice choice = {.from = (enum from)from,
                                .name = g_strdup(others[from]),
                                .ready = TRUE,
                                .least_disk = UNKNOWN_SIZE};
        g_array_append_val(choices, choice);
    }
}

static void creation_unref(struct creation *creation) {
    if (--creation->references > 0)
        return;
    g_array_unref(creation->choices);
    headroom_free(creation->headroom);
    request_free(creation->tried);
    g_free(creation->proposed);
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
        if (choice->ready && choice->from == FROM_TEMPLATE) {
            ready++;
            only = i;
        }
        if (strcmp(choice->name, BUILT_IN) == 0)
            built_in = i;
    }
    return ready == 1 ? only : built_in;
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

/* A file that a person named; "~/" is the home. */
static char *file_text(struct form *form, guint row) {
    g_autofree char *text = create_text(form, row);
    return g_str_has_prefix(text, "~/") ? g_build_filename(g_get_home_dir(), text + 2, NULL)
                                        : g_steal_pointer(&text);
}

static void say_source(struct form *form, const struct choice *choice, struct request *request) {
    g_autofree char *key = create_text(form, ROW_KEY);
    switch (choice->from) {
    case FROM_MEDIUM:
        request->iso = file_text(form, ROW_FILE);
        break;
    case FROM_DISK:
        request->import = file_text(form, ROW_FILE);
        break;
    case FROM_NETWORK:
        request->pxe = TRUE;
        break;
    default:
        request->template_name = g_strdup(choice->name);
        request->ssh_keys = *key == '\0' ? NULL : g_strdupv((char *[]){key, NULL});
        break;
    }
}

static struct request *request_of(struct form *form, const struct creation *creation) {
    struct asked asked;
    const struct choice *choice = create_chosen(form, creation);
    g_autofree char *name = create_text(form, ROW_NAME), *network = create_text(form, ROW_NETWORK);
    gboolean of_template = choice->from == FROM_TEMPLATE;
    struct request *request = request_new(ACTION_create, NULL, of_template ? choice->name : NULL);
    create_asked(form, &asked);
    say_source(form, choice, request);
    request->vcpus = asked.vcpus;
    request->memory = asked.memory;
    request->disk = choice->from == FROM_DISK ? 0 : asked.disk;
    request->count = choice->from == FROM_DISK ? 1 : asked.count;
    request->network = *network == '\0' ? NULL : g_steal_pointer(&network);
    request->firmware =
        form_choice(form, ROW_FIRMWARE) == 0 ? NULL : g_strdup(form_choice_name(form, ROW_FIRMWARE));
    request->tpm = form_switch(form, ROW_TPM);
    if (!of_template ||
        strcmp(name, creation->proposed) != 0) /* else a fresh one is proposed when it is made */
        request->new_name = g_steal_pointer(&name);
    request->start = form_switch(form, ROW_START);
    return request;
}

/* What only a worker can see has been looked at: files, keys, names, firmware. */
static void tried(const struct request *trial, const struct outcome *outcome, const GError *error,
                  gpointer data) {
    struct creation *creation = data;
    struct form *form = creation->form;
    struct request *request = g_steal_pointer(&creation->tried);
    if (form != NULL && error == NULL) {
        act_submit(form_ui(form), g_steal_pointer(&request));
        form_close(form);
    } else if (form != NULL) {
        ui_say_error(form_ui(form), NULL, error);
    }
    request_free(request);
    creation_unref(creation);
}

/* The form stays until it is known that nothing speaks against it. */
static gboolean submit_create(struct form *form, gpointer data) {
    struct creation *creation = data;
    if (creation->tried != NULL)
        return FALSE;
    creation->tried = request_of(form, creation);
    struct request *trial = request_copy(creation->tried);
    trial->dry_run = TRUE;
    creation->references++;
    request_submit(form_ui(form)->engine, trial, tried, creation);
    return FALSE;
}

static void fill_form(struct ui *ui, GPtrArray *templates, char *name) {
    struct creation *creation = g_new0(struct creation, 1);
    creation->references = 2; /* the form's, and that of the look at the host */
    creation->choices = choices_of(templates);
    add_others(creation->choices);
    const struct form_spec spec = {.title = "New guest",
                                   .rows = rows,
                                   .count = ROWS,
                                   .changed = create_fill,
                                   .check = create_values_check,
                                   .submit = submit_create,
                                   .data = creation,
                                   .free_data = free_creation};
    struct form *form = creation->form = form_open(ui, &spec);
    g_autofree const char **names = g_new0(const char *, creation->choices->len + 1);
    for (guint i = 0; i < creation->choices->len; i++)
        names[i] = g_array_index(creation->choices, struct choice, i).name;
    form_set_choices(form, ROW_FROM, names, find_choice(ui, creation->choices, name));
    form_set_choices(form, ROW_FIRMWARE, firmwares, 0);
    form_set_text(form, ROW_COUNT_, "1");
    form_set_switch(form, ROW_START, TRUE);
    create_fill(form, ROW_FROM, creation);
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
