/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/exec.h"

#include <string.h>

#include "core/action/operation.h"
#include "core/action/reading.h"
#include "core/base/text.h"
#include "core/guest/agent.h"

/* How soon it is looked again whether the command has ended: soon at first, then ever more seldom. */
#define LOOK_FIRST_MS 50
#define LOOK_LAST_MS  1000

/* The worker's own limit comes first and says more. */
#define DEADLINE_SLACK_S 1

#define TAB_COLUMNS 8

/* One command in one guest. */
struct exec {
    char *uuid, *name;
    char **command;
    GBytes *input;
    guint timeout_s;
    exec_done done;
    gpointer data;
    gint64 until; /* monotonic; the worker's */
    gint64 pid;   /* in the guest; the worker's */
};

static void exec_free(gpointer data) {
    struct exec *exec = data;
    g_free(exec->uuid);
    g_free(exec->name);
    g_strfreev(exec->command);
    g_clear_pointer(&exec->input, g_bytes_unref);
    g_free(exec);
}

static void result_clear(gpointer data) {
    struct exec_result *result = data;
    g_clear_pointer(&result->out, g_bytes_unref);
    g_clear_pointer(&result->err, g_bytes_unref);
}

struct exec_result *exec_result_ref(struct exec_result *result) {
    return g_atomic_rc_box_acquire(result);
}

void exec_result_unref(struct exec_result *result) {
    g_atomic_rc_box_release_full(result, result_clear);
}

/* Bytes that a word takes in JSON, or more. */
static gsize json_size(const char *word) {
    gsize size = strlen("\"\",");
    for (; *word != '\0'; word++)
        size += (guchar)*word < ' ' || *word == '\x7f' ? strlen("\\u0000") : strchr("\"\\/", *word) ? 2 : 1;
    return size;
}

gboolean exec_check(const struct exec_spec *spec, GError **error) {
    if (spec->command[0] == NULL || *spec->command[0] == '\0') {
        error_set(error, INNKEEP_ERROR_USAGE, "innkeep exec GUEST... -- CMD [ARG...]",
                  "exec: which command?");
        return FALSE;
    }
    gsize size = 0;
    for (gsize i = 0; spec->command[i] != NULL; i++) {
        size += json_size(spec->command[i]);
        if (!g_utf8_validate(spec->command[i], -1, NULL)) {
            error_set(error, INNKEEP_ERROR_USAGE, NULL, "exec: '%s' is not UTF-8", spec->command[i]);
            return FALSE;
        }
    }
    if (size <= EXEC_COMMAND_MAX)
        return TRUE;
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "exec: the command is longer than %d bytes",
              EXEC_COMMAND_MAX);
    return FALSE;
}

char *exec_safe_line(const char *line, gsize length) {
    g_autoptr(GString) text = g_string_new(NULL);
    glong column = 0;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    for (gsize i = 0; i < length; i++) {
        if (line[i] == '\t') {
            glong spaces = TAB_COLUMNS - column % TAB_COLUMNS;
            g_string_append_printf(text, "%*s", (int)spaces, "");
            column += spaces;
            continue;
        }
        g_string_append_c(text, line[i] == '\0' ? '\1' : line[i]);
        column += ((guchar)line[i] & 0xc0) != 0x80; /* not what continues a character */
    }
    return text_safe(text->str, EXEC_SHOWN_MAX, FALSE);
}

gboolean exec_possible(const struct guest *guest, GError **error) {
    const char *why = NULL;
    if (!action_legal(&actions[ACTION_exec], guest, &why))
        error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "cannot run a command in '%s': %s", guest->name,
                  why == NULL ? guest_state_screen(guest->state) : why);
    else if (!guest->facts->agent_channel)
        error_set(error, INNKEEP_ERROR_CONFLICT, "innkeep doctor says how to give it one",
                  "cannot run a command in '%s': it has no channel for a guest agent", guest->name);
    else
        return TRUE;
    return FALSE;
}

/* ---- answers ---- */

/* FALSE where the member is there and no number; one that is missing leaves *number. */
static gboolean take_number(JsonObject *object, const char *name, gint64 *number) {
    JsonNode *node = json_object_get_member(object, name);
    if (node == NULL)
        return TRUE;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64)
        return FALSE;
    *number = json_node_get_int(node);
    return *number >= 0;
}

static gboolean take_flag(JsonObject *object, const char *name, gboolean *flag) {
    JsonNode *node = json_object_get_member(object, name);
    if (node == NULL)
        return TRUE;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_BOOLEAN)
        return FALSE;
    *flag = *flag || json_node_get_boolean(node);
    return TRUE;
}

static gboolean take_bytes(JsonObject *object, const char *name, GBytes **bytes) {
    JsonNode *node = json_object_get_member(object, name);
    const char *base64 = node == NULL ? "" : agent_text(node);
    gsize length = 0;
    if (base64 == NULL)
        return FALSE;
    guchar *decoded = g_base64_decode(base64, &length);
    *bytes = g_bytes_new_take(decoded, length);
    return TRUE;
}

static gboolean take_result(JsonObject *object, struct exec_result *result) {
    result->exit = -1;
    return take_number(object, "exitcode", &result->exit) && take_number(object, "signal", &result->signal) &&
           (result->exit >= 0) != (result->signal > 0) && take_bytes(object, "out-data", &result->out) &&
           take_bytes(object, "err-data", &result->err) &&
           take_flag(object, "out-truncated", &result->truncated) &&
           take_flag(object, "err-truncated", &result->truncated);
}

static gboolean nonsense(GError **error) {
    error_set(error, INNKEEP_ERROR_FAILED, "restart qemu-guest-agent in the guest",
              "the guest agent's answer makes no sense");
    return FALSE;
}

/* The object that an answer returns, borrowed from the node, or NULL. */
static JsonObject *returned(JsonNode *answer) {
    JsonNode *node = answer == NULL ? NULL : json_object_get_member(json_node_get_object(answer), "return");
    return node == NULL || !JSON_NODE_HOLDS_OBJECT(node) ? NULL : json_node_get_object(node);
}

gboolean exec_parse_status(const char *text, struct exec_result **result, GError **error) {
    g_autoptr(JsonNode) answer = agent_parse(text);
    JsonObject *object = returned(answer);
    gboolean exited = FALSE;
    *result = NULL;
    if (object == NULL || !json_object_has_member(object, "exited") || !take_flag(object, "exited", &exited))
        return nonsense(error);
    if (!exited)
        return TRUE;
    struct exec_result *taken = g_atomic_rc_box_new0(struct exec_result);
    if (take_result(object, taken)) {
        *result = taken;
        return TRUE;
    }
    exec_result_unref(taken);
    return nonsense(error);
}

int exec_status(const struct exec_result *result) {
    if (result->signal > 0)
        return result->signal < 127 ? 128 + (int)result->signal : 255;
    return result->exit <= 255 ? (int)result->exit : 255;
}

/* ---- the worker ---- */

static guint seconds_left(const struct exec *exec) {
    gint64 left = exec->until - g_get_monotonic_time();
    return left <= 0 ? 0 : (guint)((left + G_TIME_SPAN_SECOND - 1) / G_TIME_SPAN_SECOND);
}

/* The command as the agent wants it; the caller's. */
static JsonObject *arguments_of(const struct exec *exec) {
    JsonObject *arguments = json_object_new();
    JsonArray *words = json_array_new();
    json_object_set_string_member(arguments, "path", exec->command[0]);
    for (gsize i = 1; exec->command[i] != NULL; i++)
        json_array_add_string_element(words, exec->command[i]);
    json_object_set_array_member(arguments, "arg", words);
    json_object_set_boolean_member(arguments, "capture-output", TRUE);
    if (exec->input != NULL) {
        gsize length = 0;
        const guchar *bytes = g_bytes_get_data(exec->input, &length);
        g_autofree char *base64 = g_base64_encode(bytes, length);
        json_object_set_string_member(arguments, "input-data", base64);
    }
    return arguments;
}

/* From libvirt's last error. */
static void cannot(const struct exec *exec, GError **error) {
    if (agent_refuses(virGetLastError()))
        error_set(error, INNKEEP_ERROR_REFUSED, "allow guest-exec to qemu-guest-agent in the guest",
                  "cannot run '%s' in '%s': its guest agent may not run commands", exec->command[0],
                  exec->name);
    else if (virGetLastErrorCode() == VIR_ERR_INTERNAL_ERROR)
        agent_error_set(error, "cannot run '%s' in '%s' by its guest agent", exec->command[0], exec->name);
    else
        libvirt_error_set(error, "cannot run '%s' in '%s'", exec->command[0], exec->name);
}

static gboolean begin(struct exec *exec, virDomainPtr domain, GError **error) {
    char *text = agent_send(domain, "guest-exec", arguments_of(exec), MAX(seconds_left(exec), 1));
    if (text == NULL) {
        cannot(exec, error);
        return FALSE;
    }
    g_autoptr(JsonNode) answer = agent_parse(text);
    JsonObject *object = returned(answer);
    free(text);
    exec->pid = -1;
    if (object != NULL && take_number(object, "pid", &exec->pid) && exec->pid >= 0)
        return TRUE;
    nonsense(error);
    g_prefix_error(error, "cannot run '%s' in '%s': ", exec->command[0], exec->name);
    return FALSE;
}

/* What libvirt says of an answer that is too long for it, and what then mends. */
static const struct {
    const char *words, *hint;
} too_long[] = {
    {"encode message payload", "innkeep ssh has no such limit"}, /* 4 MiB: its protocol */
    {"No complete agent response",                               /* 10 MiB: it hangs up */
     "libvirt takes this agent up again when qemu-guest-agent is restarted in the guest"},
};

/* From libvirt's last error: its result was asked for. What the agent told once, it has forgotten. */
static void lost(const struct exec *exec, GError **error) {
    const virError *last = virGetLastError();
    for (gsize i = 0; last != NULL && last->message != NULL && i < G_N_ELEMENTS(too_long); i++)
        if (strstr(last->message, too_long[i].words) != NULL) {
            error_set(error, INNKEEP_ERROR_FAILED, too_long[i].hint,
                      "'%s' in '%s' has ended, but wrote more than the 3M that libvirt hands back",
                      exec->command[0], exec->name);
            return;
        }
    if (virGetLastErrorCode() == VIR_ERR_INTERNAL_ERROR)
        agent_error_set(error, "its guest agent does not say what became of '%s' in '%s'", exec->command[0],
                        exec->name);
    else
        libvirt_error_set(error, "what became of '%s' in '%s' is not known", exec->command[0], exec->name);
}

/* TRUE: *result, or NULL while it runs. */
static gboolean look(const struct exec *exec, virDomainPtr domain, struct exec_result **result,
                     GError **error) {
    JsonObject *arguments = json_object_new();
    json_object_set_int_member(arguments, "pid", exec->pid);
    char *text = agent_send(domain, "guest-exec-status", arguments, MAX(seconds_left(exec), 1));
    if (text == NULL) {
        lost(exec, error);
        return FALSE;
    }
    gboolean fine = exec_parse_status(text, result, error);
    free(text);
    if (!fine)
        g_prefix_error(error, "what became of '%s' in '%s' is not known: ", exec->command[0], exec->name);
    return fine;
}

static void say_late(const struct exec *exec, GError **error) {
    g_autofree char *hint = g_strdup_printf(
        "it goes on there as process %" G_GINT64_FORMAT "; --timeout waits longer", exec->pid);
    error_set(error, INNKEEP_ERROR_TIMEOUT, hint, "'%s' in '%s' has not ended after %u s", exec->command[0],
              exec->name, exec->timeout_s);
}

static gpointer run(struct operation *operation, gpointer about, GError **error) {
    struct exec *exec = about;
    const struct request asked = {.uuid = exec->uuid, .name = exec->name};
    struct exec_result *result = NULL;
    exec->until = g_get_monotonic_time() + exec->timeout_s * G_TIME_SPAN_SECOND;
    g_autoptr(virDomain) domain = operation_domain(operation, &asked, error);
    if (domain == NULL || !begin(exec, domain, error))
        return NULL;
    for (gint pause = LOOK_FIRST_MS;; pause = MIN(pause * 3 / 2, LOOK_LAST_MS)) {
        if (!operation_go_on(operation, error) || !look(exec, domain, &result, error))
            return NULL;
        if (result != NULL)
            return result;
        if (seconds_left(exec) == 0) {
            say_late(exec, error);
            return NULL;
        }
        g_poll(NULL, 0, pause);
    }
}

static void tell(gpointer result, const GError *error, gpointer about) {
    const struct exec *exec = about;
    exec->done(result, error, exec->data);
}

struct job *exec_request(struct engine *engine, const struct guest *guest, const struct exec_spec *spec,
                         exec_done done, gpointer data) {
    struct exec *exec = g_new0(struct exec, 1);
    g_autofree char *title = g_strdup_printf("exec %s", guest->name);
    *exec = (struct exec){.uuid = g_strdup(guest->uuid),
                          .name = g_strdup(guest->name),
                          .command = g_strdupv((char **)spec->command),
                          .input = spec->input == NULL ? NULL : g_bytes_ref(spec->input),
                          .timeout_s = spec->timeout_s,
                          .done = done,
                          .data = data};
    const struct reading reading = {.title = title,
                                    .uuid = guest->uuid,
                                    .deadline_s = spec->timeout_s + DEADLINE_SLACK_S,
                                    .read = run,
                                    .told = tell,
                                    .free_result = (GDestroyNotify)exec_result_unref,
                                    .about = exec,
                                    .free_about = exec_free};
    return reading_request(engine, &reading);
}
