/* SPDX-License-Identifier: GPL-2.0-or-later */
/* generate TEMPLATE: prints a manual page, each line "@NAME@" replaced by the rows of a table of the program.
 */
#include <stdio.h>
#include <string.h>

#include "build-info.h"
#include "cli/cli.h"
#include "core/doctor/doctor.h"

/* Text as roff takes it: nothing in it is a request, an escape or, as a word alone, a delimiter. */
static char *quoted(const char *text) {
    GString *out = g_string_new(NULL);
    if (strlen(text) == 1 && g_ascii_ispunct(*text))
        g_string_append(out, "\\&");
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        if (*at == '\\')
            g_string_append(out, "\\e");
        else if (*at == '-')
            g_string_append(out, "\\-");
        else if (*at == '"')
            g_string_append(out, "\\(dq");
        else if ((*at == '.' || *at == '\'') && at == text)
            g_string_append_printf(out, "\\&%c", *at);
        else if ((guchar)*at < 0x80)
            g_string_append_c(out, *at);
        else
            g_string_append_printf(out, "\\[u%04X]", g_utf8_get_char(at));
    }
    return g_string_free(out, FALSE);
}

/* A sentence on lines of its own: a capital first, a full stop last, a line a sentence. */
static void sentence(const char *text) {
    g_autofree char *safe = quoted(text);
    if (!g_str_has_prefix(text, "libvirt") && !g_str_has_prefix(text, "ssh "))
        *safe = g_ascii_toupper(*safe);
    printf("%s.\n", safe);
}

static void words(const char *macro, char *const *list) {
    for (gsize i = 0; list[i] != NULL; i++) {
        g_autofree char *word = quoted(list[i]);
        printf("%s%s %s", i == 0 ? " " : " , ", macro, word);
    }
}

static void option_head(const char *name, char letter, const char *metavar) {
    printf(".It");
    if (letter != 0)
        printf(" Fl %c ,", letter);
    g_autofree char *long_name = quoted(name);
    printf(" Fl \\-%s", long_name);
    if (metavar != NULL)
        printf(" Ar %s", metavar);
    printf("\n");
}

static void global_option_rows(void) {
    for (const struct global_option *option = global_options; option->name != NULL; option++) {
        option_head(option->name, option->letter, option->metavar);
        sentence(option->help);
    }
}

static void state_line(const struct action *action) {
    g_autoptr(GString) line = g_string_new(NULL);
    if (action->scope != SCOPE_GUEST || action->states == (1u << GUEST_STATE_COUNT) - 1)
        return;
    for (int i = 0; i < GUEST_STATE_COUNT; i++)
        if ((action->states & (1u << i)) != 0)
            g_string_append_printf(line, "%s%s", line->len == 0 ? "" : ", ",
                                   guest_state_screen((enum guest_state)i));
    printf("Legal in these states: %s.\n", line->str);
}

static void command_rows(void) {
    for (int i = 0; i < ACTION_COUNT; i++) {
        const struct action *action = &actions[i];
        if ((action->flags & ACTION_CLI) == 0)
            continue;
        g_autofree char *synopsis = quoted(action->synopsis);
        printf(".It Cm %s%s%s\n", action->name, *synopsis == '\0' ? "" : " Ar ", synopsis);
        sentence(action->help);
        if (action->alias != NULL)
            printf("Alias:\n.Cm %s .\n", action->alias);
        state_line(action);
        gboolean first = TRUE;
        for (int j = 0; j < PARAM_COUNT; j++) {
            if ((action->params & PARAM_BIT(j)) == 0)
                continue;
            g_autofree char *name = quoted(params[j].name);
            printf("%s Fl \\-%s", first ? "Options:\n." : " ,", name);
            first = FALSE;
        }
        printf(first ? "" : " .\n");
    }
}

static void param_rows(void) {
    for (int i = 0; i < PARAM_COUNT; i++) {
        g_autoptr(GPtrArray) takers = g_ptr_array_new();
        for (int j = 0; j < ACTION_COUNT; j++)
            if ((actions[j].flags & ACTION_CLI) != 0 && (actions[j].params & PARAM_BIT(i)) != 0)
                g_ptr_array_add(takers, (gpointer)actions[j].name);
        g_ptr_array_add(takers, NULL);
        option_head(params[i].name, i == PARAM_template ? 't' : 0, params[i].metavar);
        sentence(params[i].help);
        printf("Taken by:\n.");
        for (gsize j = 0; takers->pdata[j] != NULL; j++)
            printf("%sCm %s", j == 0 ? "" : " , ", (char *)takers->pdata[j]);
        printf(" .\n");
    }
}

static void key_rows(enum action_scope scope) {
    for (int i = 0; i < ACTION_COUNT; i++) {
        const struct action *action = &actions[i];
        if (action->scope != scope || (action->flags & ACTION_TUI) == 0)
            continue;
        g_auto(GStrv) keys = action->keys == NULL ? NULL : g_strsplit(action->keys, " ", -1);
        g_autofree char *name = quoted(action->name);
        printf(".It");
        if (keys == NULL)
            printf(" Li \\&:%s", name);
        else
            words("Ic", keys);
        printf("\n");
        sentence(action->help);
        if (action->confirm != CONFIRM_NONE)
            printf("Asks first.\n");
        if (keys != NULL)
            printf("Name:\n.Cm %s .\n", name);
    }
}

static void guest_key_rows(void) {
    key_rows(SCOPE_GUEST);
}

static void template_key_rows(void) {
    key_rows(SCOPE_TEMPLATE);
}

static void host_key_rows(void) {
    key_rows(SCOPE_HOST);
}

static void view_key_rows(void) {
    key_rows(SCOPE_VIEW);
}

static const struct option {
    const char *section, *key, *type, *fallback, *choices, *help;
} settings[] = {
#define OPTION(section, key, field, type, fallback, choices, help)                                           \
    {section, key, #type, fallback, choices, help},
#include "config/options.def"
#undef OPTION
};

/* A section's head before its first row; section is that of the row before, "" at first. */
static void section_head(const char *before, const char *section) {
    if (strcmp(before, section) != 0)
        printf("%s.Ss [%s]\n.Bl -tag -width Ds\n", *before == '\0' ? "" : ".El\n", section);
}

static void setting_rows(void) {
    const char *section = "";
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
        const struct option *option = &settings[i];
        section_head(section, option->section);
        section = option->section;
        g_autofree char *key = quoted(option->key);
        printf(".It Ic %s No = Ar %s\n", key, option->type);
        sentence(option->help);
        if (option->choices != NULL) {
            g_auto(GStrv) choices = g_strsplit(option->choices, "|", -1);
            printf("One of\n.");
            for (gsize j = 0; choices[j] != NULL; j++)
                printf("%sCm %s", j == 0 ? "" : " , ", choices[j]);
            printf(" .\n");
        }
        if (option->fallback != NULL) {
            g_autofree char *fallback = quoted(option->fallback);
            printf("The default is\n.Cm %s .\n", fallback);
        }
    }
    printf(".El\n");
}

static void check_rows(void) {
    for (guint i = 0; i < check_kind_count; i++) {
        if ((check_kinds[i].needs & ONLY_WALK) != 0)
            continue;
        g_autofree char *id = quoted(check_kinds[i].id);
        g_auto(GStrv) sentences = g_strsplit(check_kinds[i].about, ". ", -1);
        printf(".It Cm %s\n", id);
        for (char **each = sentences; *each != NULL; each++) {
            if (each[1] == NULL)
                (*each)[strlen(*each) - 1] = '\0'; /* its full stop */
            sentence(*each);
        }
        printf("See section\n.Em %s .\n", check_kinds[i].section);
    }
}

static const struct template_key {
    const char *section, *key, *type, *help;
} template_keys[] = {
#define KEY(section, key, field, type, help) {section, key, #type, help},
#include "config/template.def"
#undef KEY
};

static void template_rows(void) {
    const char *section = "";
    for (gsize i = 0; i < G_N_ELEMENTS(template_keys); i++) {
        const struct template_key *row = &template_keys[i];
        section_head(section, row->section);
        section = row->section;
        g_autofree char *key = quoted(row->key);
        printf(".It Ic %s No = Ar %s\n", key, row->type);
        sentence(row->help);
    }
    printf(".El\n");
}

static void metadata_row(const char *element, const char *kind, const char *help) {
    printf(".It Li %s Pq %s\n", element, kind);
    sentence(help);
}

static void metadata_rows(void) {
#define TEXT(element, field, help)       metadata_row(element, "text", help);
#define NUMBER(element, field, help)     metadata_row(element, "number", help);
#define FLAG(element, field, help)       metadata_row(element, "empty, there or not", help);
#define LIST(element, item, field, help) metadata_row(element, "elements " item, help);
#include "core/guest/metadata.def"
#undef TEXT
#undef NUMBER
#undef FLAG
#undef LIST
}

static const struct {
    const char *name;
    void (*print)(void);
} tables[] = {
    {"@GLOBAL-OPTIONS@", global_option_rows},
    {"@COMMANDS@", command_rows},
    {"@OPTIONS@", param_rows},
    {"@KEYS-GUEST@", guest_key_rows},
    {"@KEYS-TEMPLATE@", template_key_rows},
    {"@KEYS-HOST@", host_key_rows},
    {"@KEYS-VIEW@", view_key_rows},
    {"@SETTINGS@", setting_rows},
    {"@TEMPLATE-KEYS@", template_rows},
    {"@METADATA@", metadata_rows},
    {"@CHECKS@", check_rows},
};

static void print_line(const char *line) {
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++)
        if (strcmp(tables[i].name, line) == 0) {
            tables[i].print();
            return;
        }
    /* Pages name the folder as a package of a distribution has it. */
    g_auto(GStrv) parts = g_strsplit(line, "/etc/innkeep", -1);
    g_autofree char *here = g_strjoinv(INNKEEP_SYSCONFDIR, parts);
    printf("%s\n", here);
}

int main(int count, char **arguments) {
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    if (count != 2 || !g_file_get_contents(arguments[1], &text, NULL, &error)) {
        fprintf(stderr, "generate: %s\n", error == NULL ? "which template?" : error->message);
        return 1;
    }
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        print_line(*line);
    return 0;
}
