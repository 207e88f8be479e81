/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/cloud_init.h"

#include <string.h>

#include <json-glib/json-glib.h>

#include "core/guest/agent.h"
#include "core/guest/freeze.h"

/* Written when the last stage has ended, in memory that a restart clears (cloud-init's documentation,
 * "Status"). */
#define RESULT   "/run/cloud-init/result.json"
#define DISABLED "/run/cloud-init/disabled"
#define IDENTIFY "/run/cloud-init/ds-identify.log"

/* By hand, for good (the same, "How to disable cloud-init"). */
#define TURNED_OFF "/etc/cloud/cloud-init.disabled"

#define FILE_MAX   (64 * 1024)
#define TIMEOUT_S  5
#define ERRORS_MAX 3   /* shown */
#define ERROR_MAX  300 /* characters of each */

static JsonArray *errors_of(const char *json, JsonNode **root) {
    *root = json_from_string(json, NULL);
    JsonObject *object = *root != NULL && JSON_NODE_HOLDS_OBJECT(*root) ? json_node_get_object(*root) : NULL;
    JsonNode *version = object == NULL ? NULL : json_object_get_member(object, "v1");
    JsonObject *inner =
        version != NULL && JSON_NODE_HOLDS_OBJECT(version) ? json_node_get_object(version) : NULL;
    JsonNode *errors = inner == NULL ? NULL : json_object_get_member(inner, "errors");
    return errors != NULL && JSON_NODE_HOLDS_ARRAY(errors) ? json_node_get_array(errors) : NULL;
}

static void add_error(GString *text, JsonNode *node) {
    const char *error = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
    if (error == NULL || !g_utf8_validate(error, -1, NULL))
        return;
    g_autofree char *cut = g_utf8_substring(error, 0, MIN(g_utf8_strlen(error, -1), ERROR_MAX));
    g_string_append_printf(text, "%s%s", text->len == 0 ? "" : "; ", cut);
}

gboolean cloud_init_result(const char *json, const char *name, GError **error) {
    g_autoptr(JsonNode) root = NULL;
    JsonArray *errors = errors_of(json, &root);
    g_autoptr(GString) text = g_string_new(NULL);
    if (errors == NULL) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cloud-init in '%s' left a result that cannot be read",
                  name);
        return FALSE;
    }
    guint count = json_array_get_length(errors);
    for (guint i = 0; i < count && i < ERRORS_MAX; i++)
        add_error(text, json_array_get_element(errors, i));
    if (count == 0)
        return TRUE;
    error_set(error, INNKEEP_ERROR_FAILED, "in the guest: cloud-init status --long; /var/log/cloud-init.log",
              "cloud-init in '%s' ended with %u error%s: %s", name, count, count == 1 ? "" : "s",
              text->len == 0 ? "it does not say which" : text->str);
    return FALSE;
}

enum cloud_init cloud_init_look(virDomainPtr domain, GError **error) {
    g_autofree char *text = NULL, *disabled = NULL;
    const char *name = virDomainGetName(domain);
    switch (agent_read_file(domain, RESULT, FILE_MAX, TIMEOUT_S, &text)) {
    case AGENT_FILE:
        return cloud_init_result(text, name, error) ? CLOUD_INIT_DONE : CLOUD_INIT_FAILED;
    case AGENT_REFUSED:
        error_set(error, INNKEEP_ERROR_FAILED,
                  "wait for an address instead, or allow guest-file-open in the guest",
                  "how cloud-init in '%s' ended is not known: its guest agent may not read files", name);
        return CLOUD_INIT_FAILED;
    case AGENT_NO_FILE:
        break;
    case AGENT_SILENT:
        return CLOUD_INIT_SILENT;
    }
    if (agent_read_file(domain, DISABLED, FILE_MAX, TIMEOUT_S, &disabled) != AGENT_FILE)
        return CLOUD_INIT_RUNS;
    error_set(error, INNKEEP_ERROR_FAILED, NULL,
              "cloud-init in '%s' does not run: it found no seed, or is turned off", name);
    return CLOUD_INIT_FAILED;
}

/* The value of the last line NAME=VALUE; the caller's, or NULL. */
static char *logged(char **lines, const char *name) {
    const char *value = NULL;
    for (; *lines != NULL; lines++)
        if (g_str_has_prefix(*lines, name) && (*lines)[strlen(name)] == '=')
            value = *lines + strlen(name) + 1;
    return value == NULL ? NULL : g_strstrip(g_strdup(value));
}

/* cloud-init's tools/ds-identify: one entry, or one and None, is taken without a look. */
static gboolean looks_in_several(const char *list) {
    g_auto(GStrv) words = g_strsplit_set(list, " \t", -1);
    guint places = 0;
    for (char **word = words; *word != NULL; word++)
        places += **word != '\0' && strcmp(*word, "None") != 0;
    return places > 1;
}

gboolean cloud_init_log_rests(const char *log) {
    g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
    g_autofree char *mode = logged(lines, "MODE"), *otherwise = logged(lines, "ON_NOTFOUND");
    g_autofree char *named = logged(lines, "DSNAME"), *list = logged(lines, "DSLIST");
    return g_strcmp0(mode, "search") == 0 && g_strcmp0(otherwise, "disabled") == 0 &&
           g_strcmp0(named, "") == 0 && list != NULL && looks_in_several(list);
}

gboolean cloud_init_rests(virDomainPtr domain) {
    g_autofree char *log = NULL;
    return agent_read_file(domain, IDENTIFY, FILE_MAX, TIMEOUT_S, &log) == AGENT_FILE &&
           cloud_init_log_rests(log);
}

gboolean cloud_init_is_in(virDomainPtr domain) {
    static const char *const programs[] = {"/usr/bin/cloud-init", "/usr/local/bin/cloud-init"};
    /* Paused, or without an agent: nobody answers. */
    if (freeze_prevented(domain) != NULL)
        return FALSE;
    enum agent_answer answer = AGENT_NO_FILE;
    for (gsize i = 0; i < G_N_ELEMENTS(programs) && answer == AGENT_NO_FILE; i++) {
        g_autofree char *text = NULL;
        answer = agent_read_file(domain, programs[i], 1, TIMEOUT_S, &text);
    }
    g_autofree char *text = NULL;
    return answer == AGENT_FILE && agent_read_file(domain, TURNED_OFF, 1, TIMEOUT_S, &text) == AGENT_NO_FILE;
}
