/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <json-glib/json-glib.h>

#include "config/error.h"
#include "core/doctor/machine.h"

#define DOCKER_CHAIN "DOCKER-USER"

/* libvirt's own chains: LIBVIRT_FWI, _FWO, _FWX. */
#define LIBVIRT_CHAIN "LIBVIRT_"

/* ---- nft ---- */

/* nft writes a rule's interface and the chain it jumps to as strings somewhere in its expressions; sets hold
 * them in arrays. */
static gboolean names_passage(JsonNode *node, const char *bridge) {
    if (JSON_NODE_HOLDS_OBJECT(node)) {
        JsonObjectIter members;
        const char *name;
        JsonNode *member;
        json_object_iter_init(&members, json_node_get_object(node));
        while (json_object_iter_next(&members, &name, &member))
            if (names_passage(member, bridge))
                return TRUE;
    } else if (JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *array = json_node_get_array(node);
        for (guint i = 0; i < json_array_get_length(array); i++)
            if (names_passage(json_array_get_element(array, i), bridge))
                return TRUE;
    } else if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING) {
        const char *text = json_node_get_string(node);
        return strcmp(text, bridge) == 0 || g_str_has_prefix(text, LIBVIRT_CHAIN);
    }
    return FALSE;
}

static const char *text_of(JsonObject *object, const char *name) {
    JsonNode *node = json_object_get_member(object, name);
    return node != NULL && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : "";
}

/* The object that element number i holds under that name, or NULL. */
static JsonObject *entry(JsonArray *all, guint i, const char *kind) {
    JsonNode *node = json_array_get_element(all, i);
    JsonNode *inner =
        JSON_NODE_HOLDS_OBJECT(node) ? json_object_get_member(json_node_get_object(node), kind) : NULL;
    return inner != NULL && JSON_NODE_HOLDS_OBJECT(inner) ? json_node_get_object(inner) : NULL;
}

static gboolean lets_pass(JsonArray *all, JsonObject *chain, const char *bridge) {
    for (guint i = 0; i < json_array_get_length(all); i++) {
        JsonObject *rule = entry(all, i, "rule");
        if (rule == NULL || strcmp(text_of(rule, "family"), text_of(chain, "family")) != 0 ||
            strcmp(text_of(rule, "table"), text_of(chain, "table")) != 0)
            continue;
        gboolean here = strcmp(text_of(rule, "chain"), text_of(chain, "name")) == 0 ||
                        strcmp(text_of(rule, "chain"), DOCKER_CHAIN) == 0;
        JsonNode *expression = here ? json_object_get_member(rule, "expr") : NULL;
        if (expression != NULL && names_passage(expression, bridge))
            return TRUE;
    }
    return FALSE;
}

GPtrArray *machine_nft_drops(const char *ruleset, const char *bridge, gboolean *docker, GError **error) {
    g_autoptr(JsonNode) root = json_from_string(ruleset, error);
    JsonNode *list = root != NULL && JSON_NODE_HOLDS_OBJECT(root)
                         ? json_object_get_member(json_node_get_object(root), "nftables")
                         : NULL;
    if (list == NULL || !JSON_NODE_HOLDS_ARRAY(list)) {
        if (error != NULL && *error == NULL)
            error_set(error, INNKEEP_ERROR_FAILED, NULL, "nft lists no rules");
        return NULL;
    }
    JsonArray *all = json_node_get_array(list);
    GPtrArray *drops = g_ptr_array_new_with_free_func(g_free);
    *docker = FALSE;
    for (guint i = 0; i < json_array_get_length(all); i++) {
        JsonObject *chain = entry(all, i, "chain");
        if (chain == NULL)
            continue;
        *docker = *docker || strcmp(text_of(chain, "name"), DOCKER_CHAIN) == 0;
        const char *family = text_of(chain, "family");
        if ((strcmp(family, "ip") == 0 || strcmp(family, "inet") == 0) &&
            strcmp(text_of(chain, "hook"), "forward") == 0 && strcmp(text_of(chain, "policy"), "drop") == 0 &&
            !lets_pass(all, chain, bridge))
            g_ptr_array_add(drops, g_strdup_printf("chain %s of table %s %s", text_of(chain, "name"), family,
                                                   text_of(chain, "table")));
    }
    return drops;
}

/* ---- iptables ---- */

GPtrArray *machine_iptables_drops(const char *rules, const char *bridge, gboolean *docker) {
    GPtrArray *drops = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(rules, "\n", -1);
    gboolean drop = FALSE, passes = FALSE;
    *docker = FALSE;
    for (char **line = lines; *line != NULL; line++) {
        g_auto(GStrv) words = g_strsplit(*line, " ", -1);
        guint count = g_strv_length(words);
        if (count >= 3 && strcmp(words[0], "-P") == 0 && strcmp(words[1], "FORWARD") == 0)
            drop = strcmp(words[2], "DROP") == 0;
        else if (count >= 2 && strcmp(words[0], "-N") == 0)
            *docker = *docker || strcmp(words[1], DOCKER_CHAIN) == 0;
        if (count < 2 || strcmp(words[0], "-A") != 0 ||
            (strcmp(words[1], "FORWARD") != 0 && strcmp(words[1], DOCKER_CHAIN) != 0))
            continue;
        for (guint i = 2; i < count; i++)
            passes = passes || strcmp(words[i], bridge) == 0 || g_str_has_prefix(words[i], LIBVIRT_CHAIN);
    }
    if (drop && !passes)
        g_ptr_array_add(drops, g_strdup("chain FORWARD of table filter"));
    return drops;
}
