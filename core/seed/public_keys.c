/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/seed/public_keys.h"

#include <string.h>

#include "config/error.h"
#include "core/base/text.h"

#define FILE_MAX (256 * 1024) /* bytes */
#define KEYS_MAX 256

/* sshd(8), "AUTHORIZED_KEYS FILE FORMAT"; DSA is gone from OpenSSH. */
static const char *const types[] = {
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    NULL,
};

/* Options that make of a key less than a login: it would be more in the guest than it is here. */
static const char *const narrowing[] = {
    "command", "from", "restrict", "cert-authority", "expiry-time", "principals", "no-pty", NULL,
};

/* The key's data names its type: a length of four bytes, big-endian, and the word (RFC 4253, 6.6). */
static gboolean data_fits(const char *type, const char *base64) {
    gsize length = 0, word = strlen(type);
    if (strspn(base64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") !=
            strlen(base64) ||
        strlen(base64) % 4 != 0)
        return FALSE;
    g_autofree guchar *data = g_base64_decode(base64, &length);
    return length > word + 4 && data[0] == 0 && data[1] == 0 && data[2] == 0 && data[3] == word &&
           memcmp(data + 4, type, word) == 0;
}

static const char *skip_blanks(const char *at) {
    return at + strspn(at, " \t");
}

/* The end of the options that a line begins with: the first blank outside of quotes. */
static const char *options_end(const char *at) {
    gboolean quoted = FALSE;
    for (; *at != '\0' && (quoted || (*at != ' ' && *at != '\t')); at++) {
        if (*at == '\\' && at[1] == '"')
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

/* Words within quotes count too: better a key too few than one that can do more than it should. */
static gboolean narrows(const char *options, gsize length) {
    g_autofree char *text = g_ascii_strdown(options, (gssize)length);
    g_auto(GStrv) words = g_strsplit_set(text, ",=", -1);
    for (char **word = words; *word != NULL; word++)
        if (g_strv_contains(narrowing, *word))
            return TRUE;
    return FALSE;
}

static gboolean drawable(const char *text) {
    for (; *text != '\0'; text = g_utf8_next_char(text))
        if (!text_drawable(g_utf8_get_char(text)))
            return FALSE;
    return TRUE;
}

static char *parse_key(const char *text) {
    g_auto(GStrv) words = g_strsplit_set(text, " \t", 3);
    if (g_strv_length(words) < 2 || !g_strv_contains(types, words[0]) || !data_fits(words[0], words[1]))
        return NULL;
    char *comment = words[2] == NULL ? NULL : g_strstrip(words[2]);
    if (comment == NULL || *comment == '\0' || !drawable(comment))
        return g_strdup_printf("%s %s", words[0], words[1]);
    return g_strdup_printf("%s %s %s", words[0], words[1], comment);
}

char *public_key_parse(const char *line, gboolean *narrow) {
    g_autofree char *copy = g_utf8_validate(line, -1, NULL) ? g_strdup(line) : g_strdup("");
    const char *text = g_strstrip(copy);
    *narrow = FALSE;
    if (*text == '\0' || *text == '#')
        return NULL;
    g_autofree char *bare = parse_key(text);
    if (bare != NULL)
        return g_steal_pointer(&bare);
    const char *end = options_end(text);
    g_autofree char *key = parse_key(skip_blanks(end));
    *narrow = key != NULL && narrows(text, (gsize)(end - text));
    return *narrow ? NULL : g_steal_pointer(&key);
}

/* Adds the keys of a file's text, each once; how many it has that are logins. */
static guint add_keys(GPtrArray *keys, const char *text, gboolean *narrow) {
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint found = 0;
    for (char **line = lines; *line != NULL; line++) {
        gboolean this_narrow = FALSE;
        g_autofree char *key = public_key_parse(*line, &this_narrow);
        *narrow = *narrow || this_narrow;
        found += key != NULL;
        if (key != NULL && !g_ptr_array_find_with_equal_func(keys, key, g_str_equal, NULL))
            g_ptr_array_add(keys, g_steal_pointer(&key));
    }
    return found;
}

static gboolean add_named(GPtrArray *keys, const char *path, GError **error) {
    gboolean narrow = FALSE;
    g_autofree char *text = person_read_file(path, FILE_MAX, error);
    if (text == NULL)
        return FALSE;
    if (add_keys(keys, text, &narrow) > 0)
        return TRUE;
    if (strstr(text, "PRIVATE KEY-----") != NULL) {
        g_autofree char *hint = g_strdup_printf("its public half is %s.pub", path);
        error_set(error, INNKEEP_ERROR_USAGE, hint, "%s is a private key: a guest gets public ones", path);
    } else if (narrow) {
        error_set(error, INNKEEP_ERROR_USAGE, NULL,
                  "the keys in %s are no logins: their options give them to one purpose", path);
    } else {
        error_set(error, INNKEEP_ERROR_USAGE, NULL, "there is no SSH public key in %s", path);
    }
    return FALSE;
}

/* A person's own files: what cannot be read, or is none of it, is no matter. */
static void add_own(GPtrArray *keys, const char *path) {
    g_autoptr(GError) error = NULL;
    gboolean narrow = FALSE;
    g_autofree char *text = person_read_file(path, FILE_MAX, &error);
    if (text == NULL)
        g_debug("%s", error->message);
    else
        add_keys(keys, text, &narrow);
}

static int by_text(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void collect_own(GPtrArray *keys, const struct person *person) {
    if (person->home == NULL)
        return;
    g_autofree char *folder = g_build_filename(person->home, ".ssh", NULL);
    g_autofree char *authorized = g_build_filename(folder, "authorized_keys", NULL);
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    for (const char *name; entries != NULL && (name = g_dir_read_name(entries)) != NULL;)
        if (g_str_has_suffix(name, ".pub"))
            g_ptr_array_add(files, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(files, by_text);
    add_own(keys, authorized);
    for (guint i = 0; i < files->len; i++)
        add_own(keys, g_ptr_array_index(files, i));
}

GStrv public_keys_collect(const struct person *person, char *const *files, GError **error) {
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    if (files == NULL || *files == NULL)
        collect_own(keys, person);
    for (; files != NULL && *files != NULL; files++) {
        g_autofree char *path = person_path(person, *files);
        if (!add_named(keys, path, error))
            return NULL;
    }
    if (keys->len > KEYS_MAX) {
        error_set(error, INNKEEP_ERROR_USAGE, "name those that are meant with --ssh-key FILE",
                  "%u SSH keys are more than %d", keys->len, KEYS_MAX);
        return NULL;
    }
    g_ptr_array_add(keys, NULL);
    g_ptr_array_set_free_func(keys, NULL);
    return (GStrv)g_ptr_array_free(g_steal_pointer(&keys), FALSE);
}
