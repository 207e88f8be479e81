/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/longjob/line.h"

#include <string.h>

#include "config/error.h"
#include "core/action/request_json.h"

static const char *const kinds[JOB_LINE_COUNT] = {
    [JOB_LINE_START] = "start", [JOB_LINE_HELLO] = "hello",           [JOB_LINE_STEP] = "step",
    [JOB_LINE_NOW] = "now",     [JOB_LINE_PROGRESS] = "progress",     [JOB_LINE_CANCEL] = "cancel",
    [JOB_LINE_END] = "end",     [JOB_LINE_CANCELLING] = "cancelling",
};

static const struct {
    const char *name;
    gsize offset;
} texts[] =
    {
        {"id", G_STRUCT_OFFSET(struct job_line, id)},
        {"title", G_STRUCT_OFFSET(struct job_line, title)},
        {"uri", G_STRUCT_OFFSET(struct job_line, uri)},
        {"began_at", G_STRUCT_OFFSET(struct job_line, began_at)},
        {"config", G_STRUCT_OFFSET(struct job_line, config)},
        {"text", G_STRUCT_OFFSET(struct job_line, text)},
},
  numbers[] = {
      {"pid", G_STRUCT_OFFSET(struct job_line, pid)},
      {"read_only", G_STRUCT_OFFSET(struct job_line, read_only)},
      {"began", G_STRUCT_OFFSET(struct job_line, began)},
      {"at", G_STRUCT_OFFSET(struct job_line, at)},
      {"done", G_STRUCT_OFFSET(struct job_line, done)},
      {"total", G_STRUCT_OFFSET(struct job_line, total)},
      {"cancelling", G_STRUCT_OFFSET(struct job_line, cancelling)},
};

static char **text_of(const struct job_line *line, gsize i) {
    return (char **)((char *)line + texts[i].offset);
}

static gint64 *number_of(const struct job_line *line, gsize i) {
    return (gint64 *)((char *)line + numbers[i].offset);
}

struct job_line *job_line_new(enum job_line_kind kind) {
    struct job_line *line = g_new0(struct job_line, 1);
    line->kind = kind;
    return line;
}

void job_line_free(struct job_line *line) {
    if (line == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(*text_of(line, i));
    g_strfreev(line->asked);
    request_free(line->request);
    outcome_free(line->outcome);
    g_clear_error(&line->error);
    g_free(line);
}

static JsonObject *error_to_json(const GError *error) {
    JsonObject *object = json_object_new();
    json_object_set_int_member(object, "exit", error_exit_status(error));
    json_object_set_string_member(object, "message", error->message);
    if (error_hint(error) != NULL)
        json_object_set_string_member(object, "hint", error_hint(error));
    return object;
}

char *job_line_text(const struct job_line *line, gboolean passwords) {
    JsonObject *object = json_object_new();
    json_object_set_string_member(object, "say", kinds[line->kind]);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        if (*text_of(line, i) != NULL)
            json_object_set_string_member(object, texts[i].name, *text_of(line, i));
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        if (*number_of(line, i) != 0)
            json_object_set_int_member(object, numbers[i].name, *number_of(line, i));
    json_add_strings(object, "asked", line->asked);
    if (line->request != NULL)
        json_object_set_object_member(object, "request", request_to_json(line->request));
    if (line->outcome != NULL)
        json_object_set_object_member(object, "outcome", outcome_to_json(line->outcome, passwords));
    if (line->error != NULL)
        json_object_set_object_member(object, "error", error_to_json(line->error));
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    json_node_take_object(node, object);
    g_autofree char *text = json_to_string(node, FALSE);
    return g_strconcat(text, "\n", NULL);
}

static void read_error(JsonObject *object, GError **error) {
    gint64 code = json_number(object, "exit", INNKEEP_ERROR_FAILED);
    gboolean known =
        (code >= INNKEEP_ERROR_FAILED && code <= INNKEEP_ERROR_WRONG) || code == INNKEEP_ERROR_INTERRUPTED;
    error_set(error, known ? (enum innkeep_error)code : INNKEEP_ERROR_FAILED, json_text(object, "hint", NULL),
              "%s", json_text(object, "message", "it failed"));
}

static int kind_of(JsonObject *object) {
    const char *word = json_text(object, "say", NULL);
    for (int kind = 0; word != NULL && kind < JOB_LINE_COUNT; kind++)
        if (strcmp(kinds[kind], word) == 0)
            return kind;
    return -1;
}

/* The parser calls itself for what lies within, and loses what came before a second value: no line makes it
 * go deep, and each is one object. */
static gboolean is_one(const char *text, gsize length) {
    guint depth = 0;
    gboolean quoted = FALSE, over = FALSE;
    for (gsize i = 0; i < length; i++) {
        gboolean plain = g_ascii_isalnum(text[i]) || strchr("{}[]:,\"+-. \t\r", text[i]) != NULL;
        if ((over && !g_ascii_isspace(text[i])) || (!quoted && !plain) || text[i] == '\0')
            return FALSE;
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '{' || text[i] == '['))
            depth++;
        else if (!quoted && (text[i] == '}' || text[i] == ']') && depth > 0)
            over = --depth == 0;
        if (depth > JOB_LINE_DEPTH_MAX)
            return FALSE;
    }
    return over && *text == '{';
}

static JsonObject *parse(JsonParser *parser, const char *text, gsize length) {
    if (length > JOB_LINE_MAX || !g_utf8_validate(text, (gssize)length, NULL) || !is_one(text, length) ||
        !json_parser_load_from_data(parser, text, (gssize)length, NULL))
        return NULL;
    JsonNode *root = json_parser_get_root(parser);
    return root != NULL && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
}

struct job_line *job_line_parse(const char *text, gsize length) {
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonObject *object = parse(parser, text, length);
    int kind = object == NULL ? -1 : kind_of(object);
    if (kind < 0)
        return NULL;
    struct job_line *line = job_line_new((enum job_line_kind)kind);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        *text_of(line, i) = g_strdup(json_text(object, texts[i].name, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        *number_of(line, i) = json_number(object, numbers[i].name, 0);
    line->asked = json_strings(object, "asked");
    JsonObject *request = json_member_object(object, "request");
    JsonObject *outcome = json_member_object(object, "outcome");
    JsonObject *error = json_member_object(object, "error");
    line->request = request == NULL ? NULL : request_from_json(request);
    line->outcome = outcome == NULL ? NULL : outcome_from_json(outcome);
    if (error != NULL)
        read_error(error, &line->error);
    return line;
}

struct job_line *job_line_take(GByteArray *heard, gsize limit, gboolean *bad) {
    struct job_line *line = NULL;
    *bad = FALSE;
    while (line == NULL && heard->len > 0) {
        const guint8 *end = memchr(heard->data, '\n', heard->len);
        gsize length = end == NULL ? heard->len : (gsize)(end - heard->data);
        *bad = length > limit;
        if (*bad || end == NULL)
            return NULL;
        line = job_line_parse((const char *)heard->data, length);
        g_byte_array_remove_range(heard, 0, (guint)length + 1);
    }
    return line;
}
