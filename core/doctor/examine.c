/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/doctor/examine.h"

#include "core/base/command.h"

#include <stdlib.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "core/host/facts.h"
#include "core/storage/pool.h"
#include "core/storage/volume.h"

#define NAMES_SHOWN 4

/* ---- what a probe says ---- */

void check_say(struct check *check, enum check_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_free(check->detail);
    check->detail = g_strdup_vprintf(format, arguments);
    check->status = status;
    va_end(arguments);
}

void check_fix(struct check *check, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_free(check->then);
    check->then = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

static void add_command(struct check *check, GPtrArray *words) {
    g_ptr_array_add(words, NULL);
    if (check->commands == NULL)
        check->commands = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    g_ptr_array_add(check->commands, g_ptr_array_free(words, FALSE));
}

static GPtrArray *words_of(va_list arguments) {
    GPtrArray *words = g_ptr_array_new();
    for (const char *word = va_arg(arguments, const char *); word != NULL;
         word = va_arg(arguments, const char *))
        g_ptr_array_add(words, g_strdup(word));
    return words;
}

void check_command(struct check *check, ...) {
    va_list arguments;
    va_start(arguments, check);
    add_command(check, words_of(arguments));
    va_end(arguments);
}

void check_root_command(struct check *check, ...) {
    va_list arguments;
    va_start(arguments, check);
    add_command(check, words_of(arguments));
    check->needs_root = TRUE;
    va_end(arguments);
}

void check_virsh(struct examination *examination, struct check *check, const char *command,
                 const char *name) {
    const char *words[] = {"virsh", "-c", examination->uri, command, "--", name};
    GPtrArray *vector = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (words[i] != NULL && (i != 4 || (name != NULL && *name == '-')))
            g_ptr_array_add(vector, g_strdup(words[i]));
    add_command(check, vector);
}

/* ---- capabilities ---- */

static xmlNode *take_document(xmlDoc **document, char *text, const char *what) {
    g_autoptr(GError) error = NULL;
    if (text != NULL)
        *document = xml_parse(text, what, &error);
    if (*document == NULL)
        g_debug("%s: %s", what, error != NULL ? error->message : virGetLastErrorMessage());
    free(text);
    return *document == NULL ? NULL : xml_root(*document);
}

xmlNode *examine_capabilities(struct examination *examination) {
    if (examination->capabilities != NULL)
        return xml_root(examination->capabilities);
    return take_document(&examination->capabilities, virConnectGetCapabilities(examination->connection),
                         "capabilities");
}

xmlNode *examine_abilities(struct examination *examination) {
    if (examination->abilities != NULL)
        return xml_root(examination->abilities);
    return take_document(&examination->abilities,
                         virConnectGetDomainCapabilities(examination->connection, NULL, NULL, "q35", NULL, 0),
                         "domain capabilities");
}

/* ---- guests ---- */

static void guest_seen_free(gpointer data) {
    struct seen_guest *guest = data;
    guest_facts_unref(guest->facts);
    g_free(guest->name);
    g_free(guest);
}

static void see_guest(GPtrArray *guests, virDomainPtr domain) {
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    char *xml = virDomainGetXMLDesc(domain, 0);
    if (xml == NULL) {
        g_debug("a guest that went: %s", virGetLastErrorMessage());
        return;
    }
    virDomainGetUUIDString(domain, uuid);
    struct seen_guest *guest = g_new0(struct seen_guest, 1);
    guest->name = g_strdup(virDomainGetName(domain));
    guest->active = virDomainIsActive(domain) == 1;
    guest->facts = guest_facts_parse(xml, uuid);
    free(xml);
    g_ptr_array_add(guests, guest);
}

GPtrArray *examine_guests(struct examination *examination) {
    virDomainPtr *domains = NULL;
    if (examination->guests != NULL)
        return examination->guests;
    examination->guests = g_ptr_array_new_with_free_func(guest_seen_free);
    int count = virConnectListAllDomains(examination->connection, &domains, 0);
    for (int i = 0; i < count; i++) {
        see_guest(examination->guests, domains[i]);
        virDomainFree(domains[i]);
    }
    free(domains);
    return examination->guests;
}

/* ---- networks ---- */

static void network_seen_free(gpointer data) {
    struct seen_network *network = data;
    char *owned[] = {network->name, network->bridge, network->forward, network->address};
    for (gsize i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_free(network);
}

static void see_network(GPtrArray *networks, virNetworkPtr handle) {
    char *xml = virNetworkGetXMLDesc(handle, 0);
    g_autoptr(xmlDoc) document = xml == NULL ? NULL : xml_parse(xml, virNetworkGetName(handle), NULL);
    free(xml);
    if (document == NULL)
        return;
    xmlNode *root = xml_root(document);
    int autostart = 0;
    if (virNetworkGetAutostart(handle, &autostart) < 0)
        g_debug("%s", virGetLastErrorMessage());
    struct seen_network *network = g_new0(struct seen_network, 1);
    network->name = g_strdup(virNetworkGetName(handle));
    network->bridge = xml_string(root, "bridge/@name");
    network->forward = xml_string(root, "forward/@mode");
    if (network->forward == NULL && xml_has(root, "forward"))
        network->forward = g_strdup("nat");
    network->address = xml_string(root, "ip[not(@family='ipv6')]/@address");
    network->dns = !xml_has(root, "dns[@enable='no']");
    network->active = virNetworkIsActive(handle) == 1;
    network->persistent = virNetworkIsPersistent(handle) == 1;
    network->autostart = autostart != 0;
    g_ptr_array_add(networks, network);
}

GPtrArray *examine_networks(struct examination *examination) {
    virNetworkPtr *handles = NULL;
    if (examination->networks != NULL)
        return examination->networks;
    examination->networks = g_ptr_array_new_with_free_func(network_seen_free);
    int count = virConnectListAllNetworks(examination->connection, &handles, 0);
    for (int i = 0; i < count; i++) {
        see_network(examination->networks, handles[i]);
        virNetworkFree(handles[i]);
    }
    free(handles);
    return examination->networks;
}

/* ---- pools ---- */

static void pool_seen_free(gpointer data) {
    struct seen_pool *pool = data;
    g_ptr_array_unref(pool->volumes);
    g_free(pool->name);
    g_free(pool->type);
    g_free(pool->path);
    g_free(pool);
}

static void see_definition(struct seen_pool *pool, virStoragePoolPtr handle) {
    char *xml = virStoragePoolGetXMLDesc(handle, 0);
    g_autoptr(xmlDoc) document = xml == NULL ? NULL : xml_parse(xml, pool->name, NULL);
    free(xml);
    if (document == NULL)
        return;
    pool->type = xml_attribute(xml_root(document), "type");
    pool->path = xml_string(xml_root(document), "target/path");
}

static void see_volumes(struct seen_pool *pool, virStoragePoolPtr handle) {
    virStorageVolPtr *volumes = NULL;
    virStoragePoolInfo info;
    if (virStoragePoolGetInfo(handle, &info) == 0) {
        pool->capacity = info.capacity;
        pool->available = info.available;
    }
    int count = virStoragePoolListAllVolumes(handle, &volumes, 0);
    for (int i = 0; i < count; i++) {
        g_autoptr(GError) gone = NULL;
        struct volume *volume = volume_read(volumes[i], &gone);
        if (volume != NULL)
            g_ptr_array_add(pool->volumes, volume);
        virStorageVolFree(volumes[i]);
    }
    free(volumes);
}

static void see_pool(struct examination *examination, virStoragePoolPtr handle) {
    int autostart = 0;
    struct seen_pool *pool = g_new0(struct seen_pool, 1);
    pool->volumes = g_ptr_array_new_with_free_func((GDestroyNotify)volume_free);
    pool->name = g_strdup(virStoragePoolGetName(handle));
    pool->active = virStoragePoolIsActive(handle) == 1;
    pool->persistent = virStoragePoolIsPersistent(handle) == 1;
    if (virStoragePoolGetAutostart(handle, &autostart) < 0)
        g_debug("%s", virGetLastErrorMessage());
    pool->autostart = autostart != 0;
    see_definition(pool, handle);
    /* Looking anew would end a pool whose folder is gone: that is not for a look to do. */
    if (pool->active && (!examination->here || pool->path == NULL || g_access(pool->path, F_OK) == 0))
        pool_refresh(handle);
    if (pool->active)
        see_volumes(pool, handle);
    g_ptr_array_add(examination->pools, pool);
}

GPtrArray *examine_pools(struct examination *examination) {
    virStoragePoolPtr *handles = NULL;
    if (examination->pools != NULL)
        return examination->pools;
    examination->pools = g_ptr_array_new_with_free_func(pool_seen_free);
    int count = virConnectListAllStoragePools(examination->connection, &handles, 0);
    for (int i = 0; i < count; i++) {
        see_pool(examination, handles[i]);
        virStoragePoolFree(handles[i]);
    }
    free(handles);
    return examination->pools;
}

void examine_forget(struct examination *examination) {
    g_clear_pointer(&examination->capabilities, xmlFreeDoc);
    g_clear_pointer(&examination->abilities, xmlFreeDoc);
    g_clear_pointer(&examination->guests, g_ptr_array_unref);
    g_clear_pointer(&examination->networks, g_ptr_array_unref);
    g_clear_pointer(&examination->pools, g_ptr_array_unref);
}

char *examine_names(const GPtrArray *names) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < MIN(names->len, NAMES_SHOWN); i++)
        g_string_append_printf(text, "%s%s", i == 0 ? "" : ", ", (const char *)names->pdata[i]);
    if (names->len > NAMES_SHOWN)
        g_string_append_printf(text, " and %u more", names->len - NAMES_SHOWN);
    return g_string_free(text, FALSE);
}

char *check_commands(const struct check *check) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; check->commands != NULL && i < check->commands->len; i++) {
        char **words = g_ptr_array_index(check->commands, i);
        g_string_append(text, i == 0 ? "" : " && ");
        if (check->needs_root && geteuid() != 0)
            g_string_append(text, "sudo ");
        g_autofree char *command = command_text(words);
        g_string_append(text, command);
    }
    return g_string_free(text, text->len == 0);
}
