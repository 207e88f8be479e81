/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/action/request_json.h"

#include <string.h>

#include "config/units.h"

enum field_type {
    FIELD_text,
    FIELD_secret,
    FIELD_path,
    FIELD_texts,
    FIELD_paths,
    FIELD_count,
    FIELD_size,
    FIELD_choice,
    FIELD_flag
};

static const struct field {
    const char *name, *label;
    enum field_type type;
    gsize offset;
    int fallback;
} fields[] = {
#define FIELD(type_, name_, fallback_, label_)                                                               \
    {.name = #name_,                                                                                         \
     .label = label_,                                                                                        \
     .type = FIELD_##type_,                                                                                  \
     .offset = G_STRUCT_OFFSET(struct request, name_),                                                       \
     .fallback = fallback_},
#include "core/action/request.def"
#undef FIELD
};

static gpointer field_of(const struct request *request, const struct field *field) {
    return (char *)request + field->offset;
}

static gboolean is_text(enum field_type type) {
    return type == FIELD_text || type == FIELD_secret || type == FIELD_path;
}

struct request *request_new(enum action_id action, const char *uuid, const char *name) {
    struct request *request = g_new0(struct request, 1);
    request->action = action;
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        if (fields[i].type == FIELD_choice)
            *(int *)field_of(request, &fields[i]) = fields[i].fallback;
    request->uuid = g_strdup(uuid);
    request->name = g_strdup(name);
    return request;
}

struct request *request_copy(const struct request *request) {
    struct request *copy = g_new(struct request, 1);
    *copy = *request;
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        gpointer field = field_of(copy, &fields[i]);
        if (is_text(fields[i].type))
            *(char **)field = g_strdup(*(char **)field);
        else if (fields[i].type == FIELD_texts || fields[i].type == FIELD_paths)
            *(char ***)field = g_strdupv(*(char ***)field);
    }
    return copy;
}

void request_free(struct request *request) {
    if (request == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        gpointer field = field_of(request, &fields[i]);
        if (fields[i].type == FIELD_secret && *(char **)field != NULL)
            explicit_bzero(*(char **)field, strlen(*(char **)field));
        if (is_text(fields[i].type))
            g_free(*(char **)field);
        else if (fields[i].type == FIELD_texts || fields[i].type == FIELD_paths)
            g_strfreev(*(char ***)field);
    }
    g_free(request);
}

/* "~/" is a home, which whoever reads the file knows. */
static void make_absolute(char **path) {
    if (*path == NULL || g_path_is_absolute(*path) || g_str_has_prefix(*path, "~/"))
        return;
    char *absolute = g_canonicalize_filename(*path, NULL);
    g_free(*path);
    *path = absolute;
}

void request_make_absolute(struct request *request) {
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        gpointer field = field_of(request, &fields[i]);
        if (fields[i].type == FIELD_path)
            make_absolute(field);
        for (char **path = fields[i].type == FIELD_paths ? *(char ***)field : NULL;
             path != NULL && *path != NULL; path++)
            make_absolute(path);
    }
}

/* ---- for a person ---- */

static char *shown(const struct field *field, gconstpointer value) {
    switch (field->type) {
    case FIELD_secret:
        return NULL;
    case FIELD_text:
    case FIELD_path:
        return g_strdup(*(char *const *)value);
    case FIELD_texts:
    case FIELD_paths: {
        char **texts = *(char **const *)value;
        return texts == NULL || *texts == NULL ? NULL : g_strjoinv(", ", texts);
    }
    case FIELD_count:
        return *(const guint *)value == 0 ? NULL : g_strdup_printf("%u", *(const guint *)value);
    case FIELD_size:
        return *(const guint64 *)value == 0 ? NULL : units_format_size(*(const guint64 *)value);
    case FIELD_choice:
        return *(const int *)value == field->fallback ? NULL : g_strdup(*(const int *)value ? "yes" : "no");
    case FIELD_flag:
        return *(const gboolean *)value ? g_strdup("yes") : NULL;
    }
    return NULL;
}

GStrv request_asked(const struct request *request) {
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_strv_builder_add_many(builder, "action", actions[request->action].name, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autofree char *value =
            fields[i].label == NULL ? NULL : shown(&fields[i], field_of(request, &fields[i]));
        if (value != NULL)
            g_strv_builder_add_many(builder, fields[i].label, value, NULL);
    }
    return g_strv_builder_end(builder);
}

/* ---- for another process ---- */

void json_add_strings(JsonObject *object, const char *name, char *const *strings) {
    if (strings == NULL)
        return;
    JsonArray *array = json_array_new();
    for (; *strings != NULL; strings++)
        json_array_add_string_element(array, *strings);
    json_object_set_array_member(object, name, array);
}

GStrv json_strings(JsonObject *object, const char *name) {
    JsonNode *member = json_object_get_member(object, name);
    if (member == NULL || !JSON_NODE_HOLDS_ARRAY(member))
        return NULL;
    JsonArray *array = json_node_get_array(member);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);
        const char *text = JSON_NODE_HOLDS_VALUE(element) ? json_node_get_string(element) : NULL;
        if (text != NULL)
            g_strv_builder_add(builder, text);
    }
    return g_strv_builder_end(builder);
}

/* json-glib itself takes an object or an array where a value is wanted for a mistake of the program. */
static JsonNode *value_of(JsonObject *object, const char *name) {
    JsonNode *member = json_object_get_member(object, name);
    return member != NULL && JSON_NODE_HOLDS_VALUE(member) ? member : NULL;
}

const char *json_text(JsonObject *object, const char *name, const char *fallback) {
    JsonNode *value = value_of(object, name);
    const char *text = value == NULL ? NULL : json_node_get_string(value);
    return text == NULL ? fallback : text;
}

gint64 json_number(JsonObject *object, const char *name, gint64 fallback) {
    JsonNode *value = value_of(object, name);
    return value == NULL || json_node_get_value_type(value) != G_TYPE_INT64 ? fallback
                                                                            : json_node_get_int(value);
}

double json_real(JsonObject *object, const char *name, double fallback) {
    JsonNode *value = value_of(object, name);
    return value == NULL || json_node_get_value_type(value) == G_TYPE_STRING ? fallback
                                                                             : json_node_get_double(value);
}

gboolean json_truth(JsonObject *object, const char *name) {
    JsonNode *value = value_of(object, name);
    return value != NULL && json_node_get_value_type(value) == G_TYPE_BOOLEAN && json_node_get_boolean(value);
}

JsonObject *json_member_object(JsonObject *object, const char *name) {
    JsonNode *member = json_object_get_member(object, name);
    return member != NULL && JSON_NODE_HOLDS_OBJECT(member) ? json_node_get_object(member) : NULL;
}

JsonObject *request_to_json(const struct request *request) {
    JsonObject *object = json_object_new();
    json_object_set_string_member(object, "action", actions[request->action].name);
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
        gpointer field = field_of(request, &fields[i]);
        const char *name = fields[i].name;
        switch (fields[i].type) {
        case FIELD_secret:
            break;
        case FIELD_text:
        case FIELD_path:
            if (*(char **)field != NULL)
                json_object_set_string_member(object, name, *(char **)field);
            break;
        case FIELD_texts:
        case FIELD_paths:
            json_add_strings(object, name, *(char ***)field);
            break;
        case FIELD_count:
            json_object_set_int_member(object, name, *(guint *)field);
            break;
        case FIELD_size:
            json_object_set_int_member(object, name, (gint64) * (guint64 *)field);
            break;
        case FIELD_choice:
            json_object_set_int_member(object, name, *(int *)field);
            break;
        case FIELD_flag:
            json_object_set_boolean_member(object, name, *(gboolean *)field);
            break;
        }
    }
    return object;
}

static void read_field(JsonObject *object, const struct field *field, gpointer value) {
    gint64 number = json_number(object, field->name, field->fallback);
    switch (field->type) {
    case FIELD_secret:
        break;
    case FIELD_text:
    case FIELD_path:
        g_free(*(char **)value);
        *(char **)value = g_strdup(json_text(object, field->name, NULL));
        break;
    case FIELD_texts:
    case FIELD_paths:
        *(char ***)value = json_strings(object, field->name);
        break;
    case FIELD_count:
        *(guint *)value = (guint)CLAMP(number, 0, G_MAXUINT);
        break;
    case FIELD_size:
        *(guint64 *)value = (guint64)number;
        break;
    case FIELD_choice:
        *(int *)value = (int)CLAMP(number, -1, 1);
        break;
    case FIELD_flag:
        *(gboolean *)value = json_truth(object, field->name);
        break;
    }
}

struct request *request_from_json(JsonObject *object) {
    const char *name = json_text(object, "action", NULL);
    const struct action *action = name == NULL ? NULL : action_by_name(name);
    if (action == NULL)
        return NULL;
    struct request *request = request_new(action->id, NULL, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        read_field(object, &fields[i], field_of(request, &fields[i]));
    return request;
}
