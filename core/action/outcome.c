/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/action/request_json.h"

#include <string.h>

struct step *step_new(const char *name, const char *object, const char *action, guint64 bytes) {
    struct step *step = g_new0(struct step, 1);
    step->step = g_strdup(name);
    step->object = g_strdup(object);
    step->action = g_strdup(action);
    step->bytes = bytes;
    step->seconds = NAN;
    return step;
}

void step_free(struct step *step) {
    g_free(step->step);
    g_free(step->object);
    g_free(step->action);
    g_free(step);
}

struct made *made_new(const char *name, const char *uuid) {
    struct made *made = g_new0(struct made, 1);
    made->name = g_strdup(name);
    made->uuid = g_strdup(uuid);
    made->steps = g_ptr_array_new_with_free_func((GDestroyNotify)step_free);
    return made;
}

static void made_free(gpointer data) {
    struct made *made = data;
    g_free(made->name);
    g_free(made->uuid);
    g_free(made->user);
    if (made->password != NULL)
        explicit_bzero(made->password, strlen(made->password));
    g_free(made->password);
    g_clear_pointer(&made->steps, g_ptr_array_unref);
    g_free(made);
}

struct outcome *outcome_new(void) {
    struct outcome *outcome = g_new0(struct outcome, 1);
    outcome->made = g_ptr_array_new_with_free_func(made_free);
    outcome->plan = g_ptr_array_new_with_free_func((GDestroyNotify)step_free);
    return outcome;
}

static void clear(struct outcome *outcome) {
    g_free(outcome->message);
    g_free(outcome->object);
    g_free(outcome->note);
    g_ptr_array_unref(outcome->made);
    g_ptr_array_unref(outcome->plan);
}

void outcome_take(struct outcome *outcome, struct outcome *from) {
    clear(outcome);
    *outcome = *from;
    g_free(from);
}

void outcome_free(struct outcome *outcome) {
    if (outcome == NULL)
        return;
    clear(outcome);
    g_free(outcome);
}

/* ---- for another process ---- */

static void add_text(JsonObject *object, const char *name, const char *text) {
    if (text != NULL)
        json_object_set_string_member(object, name, text);
}

static char *text_of(JsonObject *object, const char *name) {
    return g_strdup(json_text(object, name, NULL));
}

/* Takes nothing; each element is made an object by the function. */
static void add_objects(JsonObject *object, const char *name, const GPtrArray *elements,
                        JsonObject *(*function)(gconstpointer element, gboolean passwords),
                        gboolean passwords) {
    JsonArray *array = json_array_new();
    for (guint i = 0; i < elements->len; i++)
        json_array_add_object_element(array, function(g_ptr_array_index(elements, i), passwords));
    json_object_set_array_member(object, name, array);
}

static void read_objects(JsonObject *object, const char *name, GPtrArray *elements,
                         gpointer (*function)(JsonObject *element)) {
    JsonNode *member = json_object_get_member(object, name);
    JsonArray *array = member != NULL && JSON_NODE_HOLDS_ARRAY(member) ? json_node_get_array(member) : NULL;
    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);
        if (JSON_NODE_HOLDS_OBJECT(element))
            g_ptr_array_add(elements, function(json_node_get_object(element)));
    }
}

/* JSON has no NAN: a time that is not known is left out. */
static JsonObject *step_to_json(gconstpointer element, gboolean passwords) {
    const struct step *step = element;
    JsonObject *object = json_object_new();
    add_text(object, "step", step->step);
    add_text(object, "object", step->object);
    add_text(object, "action", step->action);
    json_object_set_int_member(object, "bytes", (gint64)step->bytes);
    if (!isnan(step->seconds))
        json_object_set_double_member(object, "seconds", step->seconds);
    return object;
}

static gpointer step_from_json(JsonObject *object) {
    struct step *step = step_new(json_text(object, "step", ""), json_text(object, "object", ""),
                                 json_text(object, "action", ""), 0);
    step->bytes = (guint64)json_number(object, "bytes", (gint64)UNKNOWN_SIZE);
    step->seconds = json_real(object, "seconds", NAN);
    return step;
}

static JsonObject *made_to_json(gconstpointer element, gboolean passwords) {
    const struct made *made = element;
    JsonObject *object = json_object_new();
    add_text(object, "name", made->name);
    add_text(object, "uuid", made->uuid);
    add_text(object, "user", passwords ? made->user : NULL);
    add_text(object, "password", passwords ? made->password : NULL);
    add_objects(object, "steps", made->steps, step_to_json, passwords);
    return object;
}

static gpointer made_from_json(JsonObject *object) {
    struct made *made = made_new(json_text(object, "name", ""), json_text(object, "uuid", ""));
    made->user = text_of(object, "user");
    made->password = text_of(object, "password");
    read_objects(object, "steps", made->steps, step_from_json);
    return made;
}

JsonObject *outcome_to_json(const struct outcome *outcome, gboolean passwords) {
    JsonObject *object = json_object_new();
    add_text(object, "message", outcome->message);
    add_text(object, "object", outcome->object);
    add_text(object, "note", outcome->note);
    add_objects(object, "made", outcome->made, made_to_json, passwords);
    add_objects(object, "plan", outcome->plan, step_to_json, passwords);
    return object;
}

struct outcome *outcome_from_json(JsonObject *object) {
    struct outcome *outcome = outcome_new();
    outcome->message = text_of(object, "message");
    outcome->object = text_of(object, "object");
    outcome->note = text_of(object, "note");
    read_objects(object, "made", outcome->made, made_from_json);
    read_objects(object, "plan", outcome->plan, step_from_json);
    return outcome;
}
