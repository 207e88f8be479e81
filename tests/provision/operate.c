/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/provision/operate.h"

#include <string.h>

#include "config/units.h"
#include "core/provision/clone.h"
#include "core/provision/create.h"
#include "core/provision/delete.h"
#include "core/provision/journal.h"
#include "core/template/build.h"
#include "core/template/publish.h"

virConnectPtr operate_connect(void) {
    libvirt_quiet();
    return virConnectOpen("qemu:///system");
}

gboolean operate(virConnectPtr connection, operation_run run, const struct request *request,
                 struct outcome *outcome, GError **error) {
    struct settings *settings = settings_new();
    struct operation operation = {.connection = connection, .settings = settings};
    gboolean well = run(&operation, request, outcome, error);
    settings_free(settings);
    return well;
}

static const struct {
    const char *word;
    enum action_id action;
    operation_run run;
} verbs[] = {
    {"create", ACTION_create, provision_create},
    {"clone", ACTION_clone, provision_clone},
    {"delete", ACTION_delete, provision_delete},
    {"publish", ACTION_template_publish, provision_template_publish},
    {"build", ACTION_template_build, provision_template_build},
};

static void set_option(struct request *request, const char *key, const char *value) {
    struct {
        const char *key;
        char **text;
    } texts[] = {{"uuid", &request->uuid},
                 {"name", &request->name},
                 {"new-name", &request->new_name},
                 {"template", &request->template_name},
                 {"network", &request->network},
                 {"storage", &request->storage},
                 {"kernel-package", &request->kernel_package}};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        if (strcmp(texts[i].key, key) == 0)
            *texts[i].text = g_strdup(value);
    struct {
        const char *key;
        int *number;
    } numbers[] = {{"start", &request->start},
                   {"linked", &request->linked},
                   {"force", &request->force},
                   {"dry-run", &request->dry_run},
                   {"keep-storage", &request->keep_storage},
                   {"count", (int *)&request->count},
                   {"vcpus", (int *)&request->vcpus}};
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        if (strcmp(numbers[i].key, key) == 0)
            *numbers[i].number = (int)g_ascii_strtoll(value, NULL, 10);
    if (strcmp(key, "disk") == 0)
        units_parse_size(value, &request->disk, NULL);
    if (strcmp(key, "memory") == 0)
        units_parse_size(value, &request->memory, NULL);
}

static void print_outcome(const struct outcome *outcome) {
    for (guint i = 0; i < outcome->plan->len; i++) {
        const struct step *step = g_ptr_array_index(outcome->plan, i);
        g_print("plan %s %s %s %" G_GINT64_FORMAT "\n", step->step, step->object, step->action,
                (gint64)step->bytes);
    }
    for (guint i = 0; i < outcome->made->len; i++) {
        const struct made *made = g_ptr_array_index(outcome->made, i);
        g_print("made %s %s\n", made->name, made->uuid);
        for (guint j = 0; j < made->steps->len; j++) {
            const struct step *step = g_ptr_array_index(made->steps, j);
            g_print("  %s %s %.3f s\n", step->step, step->object, step->seconds);
        }
    }
    if (outcome->message != NULL)
        g_print("%s\n", outcome->message);
}

int operate_main(int argc, char **argv) {
    g_autoptr(virConnect) connection = operate_connect();
    g_autoptr(outcome_t) outcome = outcome_new();
    g_autoptr(GError) error = NULL;
    gboolean well = FALSE;
    if (strcmp(argv[0], "recover") == 0)
        well = journal_recover_all(connection, NULL, &error);
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (strcmp(verbs[i].word, argv[0]) != 0)
            continue;
        g_autoptr(request_t) request = request_new(verbs[i].action, NULL, NULL);
        for (int j = 1; j < argc; j++) {
            g_auto(GStrv) pair = g_strsplit(argv[j], "=", 2);
            set_option(request, pair[0], pair[1]);
        }
        well = operate(connection, verbs[i].run, request, outcome, &error);
    }
    print_outcome(outcome);
    if (error != NULL)
        g_printerr("%s (%s; hint: %s)\n", error->message, error_word(error), error_hint(error));
    return well ? 0 : error == NULL ? 1 : error_exit_status(error);
}
