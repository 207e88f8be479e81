/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/filter.h"

#include <string.h>

#include "config/error.h"
#include "config/suggest.h"
#include "config/units.h"

enum comparison { EQUAL, NOT_EQUAL, MORE, LESS };

struct condition {
    const struct field *field; /* NULL: a part of the name */
    enum comparison comparison;
    char *text;
    double number;
};

struct filter {
    GPtrArray *conditions; /* struct condition */
};

struct field {
    const char *name;
    gboolean (*is)(const struct guest *guest, const char *text); /* words */
    double (*number)(const struct guest *guest);                 /* figures; NAN unknown */
    gboolean size;                                               /* figures are bytes, may carry K M G T */
};

static gboolean is_state(const struct guest *guest, const char *text) {
    if (strcmp(text, "no-answer") == 0)
        return !guest->responding;
    return strcmp(guest_state_word(guest->state), text) == 0;
}

static gboolean has_tag(const struct guest *guest, const char *text) {
    return g_strv_contains((const char *const *)guest->facts->tags, text);
}

static gboolean is_role(const struct guest *guest, const char *text) {
    return g_strcmp0(guest->facts->role, text) == 0;
}

static gboolean is_service(const struct guest *guest, const char *text) {
    return g_strcmp0(guest->facts->service, text) == 0;
}

static gboolean is_template(const struct guest *guest, const char *text) {
    return g_strcmp0(guest->facts->template_name, text) == 0;
}

static gboolean is_managed(const struct guest *guest, const char *text) {
    return guest->facts->managed == (strcmp(text, "yes") == 0);
}

static gboolean is_name(const struct guest *guest, const char *text) {
    return strcmp(guest->name, text) == 0;
}

static double cpu(const struct guest *guest) {
    return guest->cpu_percent;
}

static double memory(const struct guest *guest) {
    return guest->memory_used == UNKNOWN_SIZE ? NAN : (double)guest->memory_used;
}

static const struct field fields[] = {
    {"state", is_state, NULL, FALSE},       {"tag", has_tag, NULL, FALSE},
    {"role", is_role, NULL, FALSE},         {"service", is_service, NULL, FALSE},
    {"template", is_template, NULL, FALSE}, {"managed", is_managed, NULL, FALSE},
    {"name", is_name, NULL, FALSE},         {"cpu", NULL, cpu, FALSE},
    {"memory", NULL, memory, TRUE},
};

static const char *const field_names[] = {"state",   "tag",  "role", "service", "template",
                                          "managed", "name", "cpu",  "memory",  NULL};

static void condition_free(gpointer data) {
    struct condition *condition = data;
    g_free(condition->text);
    g_free(condition);
}

static const struct field *find_field(const char *name, gsize length) {
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        if (strlen(fields[i].name) == length && strncmp(fields[i].name, name, length) == 0)
            return &fields[i];
    return NULL;
}

static gboolean unknown_field(const char *word, gsize length, GError **error) {
    g_autofree char *name = g_strndup(word, length);
    const char *near = suggest_nearest(name, field_names);
    g_autofree char *hint =
        near == NULL ? g_strjoinv(", ", (char **)field_names) : g_strdup_printf("did you mean '%s'?", near);
    error_set(error, INNKEEP_ERROR_USAGE, hint, "nothing is called '%s' in the filter '%s'", name, word);
    return FALSE;
}

static const char *const managed_words[] = {"yes", "no", NULL};
static const char *const state_words[] = {
#define X(id, word, screen) word,
    GUEST_STATES(X)
#undef X
        "no-answer",
    NULL};

const char *const *filter_fields(void) {
    return field_names;
}

static const char *const *words_of(const struct field *field) {
    return field->is == is_state ? state_words : field->is == is_managed ? managed_words : NULL;
}

const char *const *filter_field_words(const char *name) {
    const struct field *field = find_field(name, strlen(name));
    return field == NULL ? NULL : words_of(field);
}

gboolean filter_field_is_figure(const char *name) {
    const struct field *field = find_field(name, strlen(name));
    return field != NULL && field->number != NULL;
}

static gboolean check_word(const struct condition *condition, const char *word, GError **error) {
    const char *const *legal = words_of(condition->field);
    if (legal == NULL || g_strv_contains(legal, condition->text))
        return TRUE;
    g_autofree char *hint = g_strjoinv(", ", (char **)legal);
    error_set(error, INNKEEP_ERROR_USAGE, hint, "'%s' is no value for '%s' in the filter '%s'",
              condition->text, condition->field->name, word);
    return FALSE;
}

static gboolean parse_number(struct condition *condition, const char *word, GError **error) {
    guint64 bytes = 0;
    char *end = NULL;
    if (condition->field->size) {
        if (!units_parse_size(condition->text, &bytes, NULL))
            end = condition->text;
        condition->number = (double)bytes;
    } else {
        condition->number = g_ascii_strtod(condition->text, &end);
    }
    if ((end == NULL || (*end == '\0' && end != condition->text)) && isfinite(condition->number))
        return TRUE;
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "'%s' is no number in the filter '%s'", condition->text,
              word);
    return FALSE;
}

static struct condition *parse_word(const char *word, GError **error) {
    gsize length = strcspn(word, "=!<>");
    struct condition *condition = g_new0(struct condition, 1);
    const char *sign = word + length;
    if (*sign == '\0' || (*sign == '!' && sign[1] != '=')) {
        condition->text = g_utf8_casefold(word, -1);
        return condition;
    }
    condition->field = find_field(word, length);
    condition->comparison = *sign == '!' ? NOT_EQUAL : *sign == '>' ? MORE : *sign == '<' ? LESS : EQUAL;
    condition->text = g_strdup(sign + (*sign == '!' ? 2 : 1));
    gboolean fine = condition->field != NULL || unknown_field(word, length, error);
    gboolean figures = fine && condition->field->number != NULL;
    if (fine && !figures && (condition->comparison == MORE || condition->comparison == LESS)) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "'%s' can be compared with = and != only: '%s'",
                  condition->field->name, word);
        fine = FALSE;
    }
    fine = fine && (figures ? parse_number(condition, word, error) : check_word(condition, word, error));
    if (fine)
        return condition;
    condition_free(condition);
    return NULL;
}

struct filter *filter_parse(const char *const *words, GError **error) {
    struct filter *filter = g_new0(struct filter, 1);
    filter->conditions = g_ptr_array_new_with_free_func(condition_free);
    for (gsize i = 0; words[i] != NULL; i++) {
        struct condition *condition =
            g_utf8_validate(words[i], -1, NULL) ? parse_word(words[i], error) : NULL;
        if (condition == NULL) {
            if (error != NULL && *error == NULL)
                error_set(error, INNKEEP_ERROR_USAGE, NULL, "the filter is not valid UTF-8");
            filter_free(filter);
            return NULL;
        }
        g_ptr_array_add(filter->conditions, condition);
    }
    return filter;
}

struct filter *filter_parse_line(const char *line, GError **error) {
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) word = g_string_new(NULL);
    gboolean quoted = FALSE;
    for (const char *at = line;; at++) {
        gboolean ends = *at == '\0' || (!quoted && (*at == ' ' || *at == '\t'));
        if (ends && word->len > 0)
            g_ptr_array_add(words, g_strdup(word->str));
        if (*at == '\0')
            break;
        if (ends)
            g_string_truncate(word, 0);
        else if (*at == '"')
            quoted = !quoted;
        else
            g_string_append_c(word, *at);
    }
    g_ptr_array_add(words, NULL);
    return filter_parse((const char *const *)words->pdata, error);
}

static gboolean holds(const struct condition *condition, const struct guest *guest) {
    if (condition->field == NULL) {
        g_autofree char *valid = g_utf8_make_valid(guest->name, -1);
        g_autofree char *name = g_utf8_casefold(valid, -1);
        return strstr(name, condition->text) != NULL;
    }
    if (condition->field->is != NULL)
        return condition->field->is(guest, condition->text) == (condition->comparison == EQUAL);
    double number = condition->field->number(guest);
    switch (condition->comparison) {
    case MORE:
        return number > condition->number;
    case LESS:
        return number < condition->number;
    case NOT_EQUAL:
        return !isnan(number) && (number < condition->number || number > condition->number);
    case EQUAL:
        return !isnan(number) && !(number < condition->number) && !(number > condition->number);
    }
    return FALSE;
}

gboolean filter_matches(const struct filter *filter, const struct guest *guest) {
    for (guint i = 0; i < filter->conditions->len; i++)
        if (!holds(g_ptr_array_index(filter->conditions, i), guest))
            return FALSE;
    return TRUE;
}

void filter_free(struct filter *filter) {
    if (filter == NULL)
        return;
    g_ptr_array_unref(filter->conditions);
    g_free(filter);
}
