/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/provision/name.h"

#include <string.h>

#include "core/base/text.h"
#include "core/storage/volume.h"

#define TRIES_MAX         10000
#define NUMBER_DIGITS_MAX 4
#define STEM_BYTES_MAX    (NAME_BYTES_MAX - 8) /* with room for a number */

static const char *what_is_wrong(const char *name) {
    if (*name == '\0' || strspn(name, " ") == strlen(name))
        return "is empty";
    if (strlen(name) > NAME_BYTES_MAX)
        return "is longer than 200 bytes";
    if (!g_utf8_validate(name, -1, NULL))
        return "is not UTF-8";
    if (*name == '-' || *name == '.')
        return "begins with '-' or '.'";
    if (strchr(name, '/') != NULL)
        return "has a '/'";
    for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at))
        if (!text_drawable(g_utf8_get_char(at)))
            return "has a control or invisible character";
    return NULL;
}

gboolean name_check(const char *name, GError **error) {
    const char *wrong = what_is_wrong(name);
    if (wrong == NULL)
        return TRUE;
    g_autofree char *shown = g_utf8_validate(name, -1, NULL) ? g_strdup(name) : g_utf8_make_valid(name, -1);
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "the name '%s' %s", shown, wrong);
    return FALSE;
}

/* What a name of ours may not have becomes a '-'; the caller's. */
static char *fitting(const char *name) {
    g_autofree char *valid = g_utf8_make_valid(name, -1);
    g_autoptr(GString) fit = g_string_new(NULL);
    for (const char *at = valid; *at != '\0' && fit->len < STEM_BYTES_MAX; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        gboolean first = fit->len == 0 && (*at == '-' || *at == '.');
        if (text_drawable(character) && character != '/' && !first)
            g_string_append_unichar(fit, character);
        else if (fit->len > 0)
            g_string_append_c(fit, '-');
    }
    return g_strdup(fit->len == 0 ? "guest" : fit->str);
}

char *name_stem(const char *name) {
    const char *dash = strrchr(name, '-');
    if (dash == NULL || dash == name || dash[1] == '\0' || strlen(dash + 1) > NUMBER_DIGITS_MAX ||
        strspn(dash + 1, "0123456789") != strlen(dash + 1))
        return fitting(name);
    g_autofree char *stem = g_strndup(name, (gsize)(dash - name));
    return fitting(stem);
}

char *name_volume(const char *name, const char *target) {
    return target == NULL ? g_strconcat(name, ".qcow2", NULL)
                          : g_strconcat(name, "-", target, ".qcow2", NULL);
}

char *name_seed(const char *name) {
    return g_strconcat(name, NAME_SEED_SUFFIX, NULL);
}

char *name_nvram(const char *name) {
    return g_strconcat(name, "-nvram.fd", NULL);
}

enum taken { TAKEN_ERROR, TAKEN_BY_GUEST, TAKEN_BY_VOLUME, TAKEN_NOT };

static enum taken taken(virConnectPtr connection, virStoragePoolPtr pool, const char *name, GError **error) {
    g_autoptr(virDomain) domain = virDomainLookupByName(connection, name);
    if (domain != NULL)
        return TAKEN_BY_GUEST;
    if (virGetLastErrorCode() != VIR_ERR_NO_DOMAIN) {
        libvirt_error_set(error, "cannot look for guest '%s'", name);
        return TAKEN_ERROR;
    }
    GError *cause = NULL;
    g_autofree char *file = name_volume(name, NULL);
    g_autoptr(virStorageVol) volume = volume_lookup(pool, file, &cause);
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return TAKEN_ERROR;
    }
    return volume != NULL ? TAKEN_BY_VOLUME : TAKEN_NOT;
}

static GStrv exactly(virConnectPtr connection, virStoragePoolPtr pool, const char *name, GError **error) {
    switch (taken(connection, pool, name, error)) {
    case TAKEN_NOT:
        return g_strdupv((char *[]){(char *)name, NULL});
    case TAKEN_BY_GUEST:
        error_set(error, INNKEEP_ERROR_CONFLICT, "give another name", "guest '%s' exists already", name);
        return NULL;
    case TAKEN_BY_VOLUME:
        error_set(error, INNKEEP_ERROR_CONFLICT, "give another name",
                  "volume '%s.qcow2' exists already in pool '%s'", name, virStoragePoolGetName(pool));
        return NULL;
    default:
        return NULL;
    }
}

GStrv name_choose(virConnectPtr connection, virStoragePoolPtr pool, const char *name, const char *base,
                  guint first, guint count, GError **error) {
    if (name != NULL && !name_check(name, error))
        return NULL;
    if (name != NULL && count == 1)
        return exactly(connection, pool, name, error);
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    guint found = 0;
    for (guint number = first; found < count && number < first + TRIES_MAX; number++) {
        g_autofree char *candidate = g_strdup_printf("%s-%u", name != NULL ? name : base, number);
        if (!name_check(candidate, error))
            return NULL;
        enum taken state = taken(connection, pool, candidate, error);
        if (state == TAKEN_ERROR)
            return NULL;
        if (state == TAKEN_NOT) {
            g_strv_builder_add(names, candidate);
            found++;
        }
    }
    if (found == count)
        return g_strv_builder_end(names);
    error_set(error, INNKEEP_ERROR_CONFLICT, NULL, "no %u names like '%s-1' are free", count,
              name != NULL ? name : base);
    return NULL;
}
