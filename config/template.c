/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/template.h"

#include <string.h>

#include "config/error.h"
#include "config/ini.h"
#include "config/paths.h"
#include "config/suggest.h"
#include "config/units.h"

#define VCPUS_MAX  512
#define MEMORY_MIN (G_GUINT64_CONSTANT(32) << 20)

static const char *const firmware_words[] = {"bios", "uefi", "uefi-secure", NULL};

const char *firmware_word(enum firmware firmware) {
    return firmware == FIRMWARE_DEFAULT ? NULL : firmware_words[firmware - 1];
}

gboolean firmware_parse(const char *word, enum firmware *firmware, GError **error) {
    for (int i = 0; firmware_words[i] != NULL; i++)
        if (strcmp(word, firmware_words[i]) == 0) {
            *firmware = (enum firmware)(i + 1);
            return TRUE;
        }
    const char *near = suggest_nearest(word, firmware_words);
    g_autofree char *hint = near == NULL ? NULL : g_strdup_printf("did you mean '%s'?", near);
    error_set(error, INNKEEP_ERROR_USAGE, hint, "'%s' is none of bios, uefi, uefi-secure", word);
    return FALSE;
}

static gboolean name_valid(const char *name, const char *more, gsize longest) {
    if (!g_ascii_islower(*name) && !g_ascii_isdigit(*name))
        return FALSE;
    for (const char *at = name; *at != '\0'; at++)
        if (!g_ascii_islower(*at) && !g_ascii_isdigit(*at) && strchr(more, *at) == NULL)
            return FALSE;
    return strlen(name) <= longest;
}

gboolean template_name_valid(const char *name) {
    return name_valid(name, "._-", 63);
}

/* ---- one parser for each kind of value ---- */

static gboolean wrong(GError **error, const char *text, const char *what) {
    error_set(error, INNKEEP_ERROR_USAGE, NULL, "'%s' is not %s", text, what);
    return FALSE;
}

static gboolean parse_text(const char *text, gpointer field, GError **error) {
    if (*text == '\0')
        return wrong(error, text, "a value");
    *(char **)field = g_strdup(text);
    return TRUE;
}

static gboolean parse_name(const char *text, gpointer field, GError **error) {
    if (!template_name_valid(text))
        return wrong(error, text, "a name: a-z and 0-9, then also . _ -, at most 63");
    return parse_text(text, field, error);
}

/* It is shown, told in messages, and lies beside the image for all to read. */
static gboolean parse_address(const char *text, gpointer field, GError **error) {
    const char *host = strstr(text, "://");
    if (host == NULL || memchr(host + 3, '@', strcspn(host + 3, "/?#")) == NULL)
        return parse_text(text, field, error);
    error_set(error, INNKEEP_ERROR_USAGE, "fetch it by other means, and innkeep template import FILE NAME",
              "an address with a user or a password in it is refused: it would not stay secret");
    return FALSE;
}

static gboolean parse_letter(const char *text, gpointer field, GError **error) {
    if (strlen(text) != 1 || !g_ascii_isgraph(*text))
        return wrong(error, text, "one key");
    return parse_text(text, field, error);
}

static gboolean parse_hex(const char *text, gsize digits, gpointer field, GError **error) {
    if (strlen(text) != digits || strspn(text, "0123456789abcdefABCDEF") != digits)
        return wrong(error, text, digits == 64 ? "64 hexadecimal digits" : "128 hexadecimal digits");
    *(char **)field = g_ascii_strdown(text, -1);
    return TRUE;
}

static gboolean parse_sha256(const char *text, gpointer field, GError **error) {
    return parse_hex(text, 64, field, error);
}

static gboolean parse_sha512(const char *text, gpointer field, GError **error) {
    return parse_hex(text, 128, field, error);
}

static gboolean parse_vcpus(const char *text, gpointer field, GError **error) {
    guint64 count = 0;
    if (!g_ascii_string_to_unsigned(text, 10, 1, VCPUS_MAX, &count, NULL))
        return wrong(error, text, "a number of virtual CPUs, 1 to 512");
    *(guint *)field = (guint)count;
    return TRUE;
}

static gboolean parse_size(const char *text, gpointer field, GError **error) {
    guint64 bytes = 0;
    if (!units_parse_size(text, &bytes, error))
        return FALSE;
    if (bytes == 0)
        return wrong(error, text, "a size above 0");
    *(guint64 *)field = bytes;
    return TRUE;
}

static gboolean parse_memory(const char *text, gpointer field, GError **error) {
    guint64 bytes = 0;
    if (!parse_size(text, &bytes, error))
        return FALSE;
    if (bytes < MEMORY_MIN)
        return wrong(error, text, "enough memory: at least 32M");
    *(guint64 *)field = bytes;
    return TRUE;
}

static gboolean parse_firmware(const char *text, gpointer field, GError **error) {
    return firmware_parse(text, field, error);
}

static gboolean parse_switch(const char *text, gpointer field, GError **error) {
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return wrong(error, text, "yes or no");
    *(gboolean *)field = *text == 'y';
    return TRUE;
}

static gboolean parse_words(const char *text, gpointer field, GError **error) {
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    /* A ';' first in a word would begin a comment when the list is written again. */
    for (char **word = words; *word != NULL; word++)
        if (*g_strstrip(*word) == '\0' || **word == ';')
            return wrong(error, text, "a comma-separated list");
    *(GStrv *)field = g_steal_pointer(&words);
    return TRUE;
}

static gboolean parse_uuid(const char *text, gpointer field, GError **error) {
    if (!g_uuid_string_is_valid(text))
        return wrong(error, text, "a UUID");
    return parse_text(text, field, error);
}

static gboolean parse_wait(const char *text, gpointer field, GError **error) {
    static const char *const words[] = {"running", "address", "agent", "cloud-init", NULL};
    guint64 port = 0;
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    gboolean is_port = g_strv_length(parts) == 2 && strcmp(parts[1], "tcp") == 0 &&
                       g_ascii_string_to_unsigned(parts[0], 10, 1, 65535, &port, NULL);
    if (is_port || g_strv_contains(words, text))
        return parse_text(text, field, error);
    const char *near = suggest_nearest(text, words);
    g_autofree char *hint = near == NULL ? NULL : g_strdup_printf("did you mean '%s'?", near);
    error_set(error, INNKEEP_ERROR_USAGE, hint,
              "'%s' is none of running, address, agent, cloud-init, or a port such as 22/tcp", text);
    return FALSE;
}

/* ---- the keys ---- */

static const struct key {
    const char *section, *key;
    gsize offset;
    gboolean (*parse)(const char *text, gpointer field, GError **error);
} keys[] = {
#define KEY(section_, key_, field_, type, help)                                                              \
    {section_, key_, G_STRUCT_OFFSET(struct template, field_), parse_##type},
#include "config/template.def"
#undef KEY
};

static const char *const sections[] = {"template", "guest", "cloud-init", "image", NULL};

struct reading {
    struct template *template;
    gboolean image;
};

static gboolean read_section(const struct ini_place *place, gpointer data, GError **error) {
    const struct reading *reading = data;
    if (g_strv_contains(sections, place->section) && (reading->image || strcmp(place->section, "image") != 0))
        return TRUE;
    ini_error(error, place, suggest_nearest(place->section, sections), "no such section");
    return FALSE;
}

static gboolean read_key(const struct ini_place *place, const char *value, gpointer data, GError **error) {
    struct reading *reading = data;
    const char *known[G_N_ELEMENTS(keys) + 1] = {NULL};
    gsize count = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strcmp(keys[i].section, place->section) != 0)
            continue;
        known[count++] = keys[i].key;
        if (strcmp(keys[i].key, place->key) != 0)
            continue;
        GError *cause = NULL;
        if (keys[i].parse(value, (char *)reading->template + keys[i].offset, &cause))
            return TRUE;
        ini_propagate(error, place, cause);
        return FALSE;
    }
    ini_error(error, place, suggest_nearest(place->key, known), "no such key in this section");
    return FALSE;
}

static const struct ini_calls calls = {read_section, read_key};

/* What no single key can know. */
static gboolean whole(const struct template *template, const char *file, GError **error) {
    if (template->name == NULL) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s: [template] name: is missing", file);
        return FALSE;
    }
    if (template->kernel != NULL && template->firmware != FIRMWARE_DEFAULT) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL,
                  "%s: [guest] kernel: stands beside firmware; one of them boots", file);
        return FALSE;
    }
    if (template->kernel == NULL && (template->initrd != NULL || template->cmdline != NULL)) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s: [guest] kernel: is missing beside initrd or cmdline",
                  file);
        return FALSE;
    }
    return TRUE;
}

struct template *template_parse(const char *text, gsize length, const char *file, gboolean image,
                                GError **error) {
    g_autoptr(template_t) template = g_new0(struct template, 1);
    struct reading reading = {template, image};
    if (!ini_read_text(text, length, file, &calls, &reading, error) || !whole(template, file, error))
        return NULL;
    return g_steal_pointer(&template);
}

/* ---- the search path ---- */

#define SUFFIX ".ini"

struct template *template_load(const char *path, GError **error) {
    g_autoptr(template_t) template = g_new0(struct template, 1);
    struct reading reading = {template, FALSE};
    if (!ini_read_file(path, &calls, &reading, error) || !whole(template, path, error))
        return NULL;
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *expected = g_strconcat(template->name, SUFFIX, NULL);
    if (strcmp(base, expected) != 0) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "%s: [template] name: '%s' is not the file's name", path,
                  template->name);
        return NULL;
    }
    template->path = g_strdup(path);
    return g_steal_pointer(&template);
}

/* Names of the definitions that are there, to the path of the first found; not read yet. */
static GHashTable *find_paths(void) {
    GHashTable *paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) directories = paths_directories("templates", TRUE);
    for (char **directory = directories; *directory != NULL; directory++) {
        g_autoptr(GDir) dir = g_dir_open(*directory, 0, NULL);
        for (const char *file; dir != NULL && (file = g_dir_read_name(dir)) != NULL;) {
            g_autofree char *name = g_strndup(file, strlen(file) - MIN(strlen(file), strlen(SUFFIX)));
            if (!g_str_has_suffix(file, SUFFIX) || g_hash_table_contains(paths, name))
                continue;
            char *path = g_build_filename(*directory, file, NULL);
            g_hash_table_insert(paths, g_steal_pointer(&name), path);
        }
    }
    return paths;
}

struct template *template_find(const char *name, GError **error) {
    g_autoptr(GHashTable) paths = find_paths();
    const char *path = g_hash_table_lookup(paths, name);
    if (path != NULL)
        return template_load(path, error);
    g_autofree const char **names = (const char **)g_hash_table_get_keys_as_array(paths, NULL);
    const char *near = suggest_nearest(name, names);
    g_autofree char *hint = near == NULL ? NULL : g_strdup_printf("did you mean '%s'?", near);
    error_set(error, INNKEEP_ERROR_NOT_FOUND, hint, "no template '%s'", name);
    return NULL;
}

static int by_name(gconstpointer a, gconstpointer b) {
    const struct template *first = *(const struct template *const *)a;
    const struct template *second = *(const struct template *const *)b;
    return strcmp(first->name, second->name);
}

GPtrArray *template_list(GPtrArray **broken) {
    g_autoptr(GHashTable) paths = find_paths();
    GPtrArray *templates = g_ptr_array_new_with_free_func((GDestroyNotify)template_free);
    g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
    GHashTableIter iterator;
    gpointer path = NULL;
    g_hash_table_iter_init(&iterator, paths);
    while (g_hash_table_iter_next(&iterator, NULL, &path)) {
        GError *error = NULL;
        struct template *template = template_load(path, &error);
        if (template != NULL)
            g_ptr_array_add(templates, template);
        else
            g_ptr_array_add(errors, error);
    }
    g_ptr_array_sort(templates, by_name);
    if (broken != NULL)
        *broken = g_steal_pointer(&errors);
    return templates;
}

/* ---- writing ---- */

/* The reader takes lines of at most about 200 bytes; what comes near is written without a space more than it
 * was read with. */
#define ROOMY_MAX 150

static char *list_text(GStrv words) {
    g_autofree char *roomy = words == NULL ? NULL : g_strjoinv(", ", words);
    return roomy == NULL || strlen(roomy) <= ROOMY_MAX ? g_steal_pointer(&roomy) : g_strjoinv(",", words);
}

static char *value_text(const struct template *template, const struct key *key) {
    const void *field = (const char *)template + key->offset;
    if (key->parse == parse_vcpus)
        return *(const guint *)field == 0 ? NULL : g_strdup_printf("%u", *(const guint *)field);
    if (key->parse == parse_size || key->parse == parse_memory) {
        guint64 bytes = *(const guint64 *)field;
        return bytes == 0 ? NULL : g_strdup_printf("%" G_GUINT64_FORMAT, bytes);
    }
    if (key->parse == parse_firmware)
        return g_strdup(firmware_word(*(const enum firmware *)field));
    if (key->parse == parse_switch)
        return *(const gboolean *)field ? g_strdup("yes") : NULL;
    if (key->parse == parse_words)
        return list_text(*(const GStrv *)field);
    return g_strdup(*(char *const *)field);
}

char *template_serialise(const struct template *template) {
    GString *text = g_string_new(NULL);
    const char *section = "";
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *value = value_text(template, &keys[i]);
        if (value == NULL)
            continue;
        if (strcmp(section, keys[i].section) != 0)
            g_string_append_printf(text, "%s[%s]\n", *section == '\0' ? "" : "\n", keys[i].section);
        section = keys[i].section;
        g_string_append_printf(text, strlen(value) <= ROOMY_MAX ? "%s = %s\n" : "%s=%s\n", keys[i].key,
                               value);
    }
    return g_string_free(text, FALSE);
}

void template_free(struct template *template) {
    if (template == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        gpointer field = (char *)template + keys[i].offset;
        if (keys[i].parse == parse_words)
            g_strfreev(*(GStrv *)field);
        else if (keys[i].parse != parse_vcpus && keys[i].parse != parse_size &&
                 keys[i].parse != parse_memory && keys[i].parse != parse_firmware &&
                 keys[i].parse != parse_switch)
            g_free(*(char **)field);
    }
    g_free(template->path);
    g_free(template);
}
