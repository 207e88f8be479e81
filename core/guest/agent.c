/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/agent.h"

#include <string.h>

#include <libvirt/libvirt-qemu.h>

#include "core/base/xml.h"

#define ANSWER_MAX (4 * 1024 * 1024) /* bytes of one answer; a longer one is not looked at */
#define DEPTH_MAX  16                /* of its arrays and objects; json-glib reads them by recursion */

/* QEMU's guest agent, QAPI: commands are JSON objects. */
static char *command_text(const char *command, JsonObject *arguments) {
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    JsonObject *object = json_object_new();
    json_object_set_string_member(object, "execute", command);
    json_object_set_object_member(object, "arguments", arguments);
    json_node_take_object(node, object);
    return json_to_string(node, FALSE);
}

char *agent_send(virDomainPtr domain, const char *command, JsonObject *arguments, guint timeout_s) {
    g_autofree char *text = command_text(command, arguments);
    return virDomainQemuAgentCommand(domain, text, (int)timeout_s, 0);
}

static gboolean is_flat(const char *text) {
    guint depth = 0;
    for (gboolean quoted = FALSE; *text != '\0'; text++) {
        if (quoted && *text == '\\' && text[1] != '\0')
            text++;
        else if (*text == '"')
            quoted = !quoted;
        else if (!quoted && (*text == '{' || *text == '[') && ++depth > DEPTH_MAX)
            return FALSE;
        else if (!quoted && (*text == '}' || *text == ']') && depth > 0)
            depth--;
    }
    return TRUE;
}

JsonNode *agent_parse(const char *text) {
    g_autoptr(JsonNode) node =
        strlen(text) > ANSWER_MAX || !is_flat(text) ? NULL : json_from_string(text, NULL);
    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? g_steal_pointer(&node) : NULL;
}

gboolean agent_is_connected(virDomainPtr domain) {
    char *text = virDomainGetXMLDesc(domain, 0);
    g_autoptr(xmlDoc) document = text == NULL ? NULL : xml_parse(text, virDomainGetName(domain), NULL);
    free(text);
    return document != NULL &&
           xml_has(xml_root(document), "devices/channel/target[@name='org.qemu.guest_agent.0']"
                                       "[@state='connected']");
}

gboolean agent_begin(virDomainPtr domain, guint answer_s, GError **error) {
    if (!agent_is_connected(domain)) {
        error_set(error, INNKEEP_ERROR_CONFLICT, "start qemu-guest-agent in the guest",
                  "the guest agent of '%s' is not connected", virDomainGetName(domain));
        return FALSE;
    }
    if (virDomainAgentSetResponseTimeout(domain, (int)answer_s, 0) == 0)
        return TRUE;
    libvirt_error_set(error, "cannot ask the guest agent of '%s'", virDomainGetName(domain));
    return FALSE;
}

void agent_end(virDomainPtr domain) {
    if (virDomainAgentSetResponseTimeout(domain, VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK, 0) < 0)
        g_debug("no limit for the agent of '%s': %s", virDomainGetName(domain), virGetLastErrorMessage());
}

void agent_error_take(GError **error, virErrorPtr saved, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *tried = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    const char *words = saved == NULL || saved->message == NULL ? "" : saved->message;
    int code = saved == NULL ? VIR_ERR_OK : saved->code;
    /* qemu-guest-agent's words of a command that would wait for the disk. */
    if (strstr(words, "frozen state") != NULL)
        error_set(error, INNKEEP_ERROR_CONFLICT, "innkeep thaw ends that", "%s: its file systems are frozen",
                  tried);
    else if (agent_refuses(saved))
        error_set(error, INNKEEP_ERROR_REFUSED,
                  "qemu-guest-agent's own settings in the guest say what it may",
                  "%s: it may not, or cannot do that", tried);
    else if (code == VIR_ERR_AGENT_UNRESPONSIVE)
        error_set(error, INNKEEP_ERROR_TIMEOUT, "restart qemu-guest-agent in the guest",
                  "%s: it does not answer", tried);
    else if (code == VIR_ERR_INTERNAL_ERROR && strstr(words, "unable to execute QEMU agent command") == NULL)
        /* libvirt's words quote the answer, over several lines. */
        error_set(error, INNKEEP_ERROR_FAILED, "restart qemu-guest-agent in the guest",
                  "%s: its answer makes no sense", tried);
    else {
        libvirt_error_take(error, saved, "%s", tried);
        return;
    }
    virFreeError(saved);
}

gboolean agent_refuses(const virError *error) {
    static const char *const words[] = {"has been disabled", "not allowed", "is not supported",
                                        "has not been found"};
    for (gsize i = 0; error != NULL && error->message != NULL && i < G_N_ELEMENTS(words); i++)
        if (strstr(error->message, words[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* libvirt has one code for all that an agent answers with an error; its words are the agent's. */
static enum agent_answer why_not(void) {
    const virError *error = virGetLastError();
    const char *message = error == NULL || error->message == NULL ? "" : error->message;
    if (error != NULL && error->code == VIR_ERR_AGENT_UNRESPONSIVE)
        return AGENT_SILENT;
    g_debug("guest agent: %s", message);
    if (agent_refuses(error))
        return AGENT_REFUSED;
    return strstr(message, "guest-file-open") != NULL ? AGENT_NO_FILE : AGENT_SILENT;
}

/* Takes arguments. The whole answer, an object, or NULL and *why. */
static JsonNode *ask(virDomainPtr domain, const char *command, JsonObject *arguments, guint timeout_s,
                     enum agent_answer *why) {
    char *answer = agent_send(domain, command, arguments, timeout_s);
    if (answer == NULL) {
        *why = why_not();
        return NULL;
    }
    JsonNode *node = agent_parse(answer);
    free(answer);
    *why = AGENT_SILENT;
    return node;
}

const char *agent_text(JsonNode *node) {
    gboolean is_text =
        node != NULL && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING;
    return is_text ? json_node_get_string(node) : NULL;
}

static JsonObject *with_handle(gint64 handle) {
    JsonObject *arguments = json_object_new();
    json_object_set_int_member(arguments, "handle", handle);
    return arguments;
}

/* A member of an answer; NULL where it is not what is expected. */
static JsonNode *member(JsonNode *answer, const char *name) {
    return json_object_get_member(json_node_get_object(answer), name);
}

static enum agent_answer read_handle(virDomainPtr domain, gint64 handle, gsize limit, guint timeout_s,
                                     char **text) {
    enum agent_answer why = AGENT_SILENT;
    JsonObject *arguments = with_handle(handle);
    json_object_set_int_member(arguments, "count", (gint64)limit);
    g_autoptr(JsonNode) answer = ask(domain, "guest-file-read", arguments, timeout_s, &why);
    JsonNode *result = answer == NULL ? NULL : member(answer, "return");
    if (result == NULL || !JSON_NODE_HOLDS_OBJECT(result))
        return answer == NULL ? why : AGENT_SILENT;
    JsonNode *encoded = member(result, "buf-b64");
    const char *base64 = agent_text(encoded);
    gsize length = 0;
    g_autofree guchar *bytes = base64 == NULL ? NULL : g_base64_decode(base64, &length);
    if (bytes == NULL)
        return AGENT_SILENT;
    *text = g_strndup((const char *)bytes, MIN(length, limit));
    return AGENT_FILE;
}

/* Best effort: what stays open goes with the guest. */
static void close_handle(virDomainPtr domain, gint64 handle, guint timeout_s) {
    enum agent_answer why;
    JsonNode *answer = ask(domain, "guest-file-close", with_handle(handle), timeout_s, &why);
    if (answer == NULL)
        g_debug("guest agent: a file stays open");
    else
        json_node_unref(answer);
}

enum agent_answer agent_read_file(virDomainPtr domain, const char *path, gsize limit, guint timeout_s,
                                  char **text) {
    enum agent_answer why = AGENT_SILENT;
    JsonObject *arguments = json_object_new();
    json_object_set_string_member(arguments, "path", path);
    json_object_set_string_member(arguments, "mode", "r");
    g_autoptr(JsonNode) opened = ask(domain, "guest-file-open", arguments, timeout_s, &why);
    JsonNode *handle = opened == NULL ? NULL : member(opened, "return");
    if (handle == NULL || !JSON_NODE_HOLDS_VALUE(handle))
        return why;
    gint64 number = json_node_get_int(handle);
    why = read_handle(domain, number, limit, timeout_s, text);
    close_handle(domain, number, timeout_s);
    return why;
}
