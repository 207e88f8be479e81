/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/checksum.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "config/error.h"
#include "core/storage/transfer.h"

#define HEX   "0123456789abcdefABCDEF"
#define BLOCK (256 * 1024)

static const struct {
    GChecksumType type;
    gsize digits;
    const char *word, *tag; /* for a person; in a BSD list */
} types[] = {
    {G_CHECKSUM_SHA256, 64, "SHA-256", "SHA256 ("},
    {G_CHECKSUM_SHA512, 128, "SHA-512", "SHA512 ("},
};

void checksum_free(struct checksum *checksum) {
    if (checksum == NULL)
        return;
    g_free(checksum->hex);
    g_free(checksum);
}

const char *checksum_word(GChecksumType type) {
    return types[type == G_CHECKSUM_SHA512 ? 1 : 0].word;
}

struct checksum *checksum_new(const char *hex, gsize digits) {
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        if (types[i].digits != digits || strspn(hex, HEX) < digits)
            continue;
        struct checksum *checksum = g_new0(struct checksum, 1);
        checksum->type = types[i].type;
        checksum->hex = g_ascii_strdown(hex, (gssize)digits);
        return checksum;
    }
    return NULL;
}

/* ---- one line ---- */

/* "HASH  NAME", "HASH *NAME", or a hash alone: *name is NULL then. */
static struct checksum *parse_gnu(const char *line, const char **name) {
    gsize digits = strspn(line, HEX);
    const char *rest = line + digits;
    if (*rest == '\0') {
        *name = NULL;
        return checksum_new(line, digits);
    }
    if (*rest != ' ' && *rest != '\t')
        return NULL;
    rest += strspn(rest, " \t");
    *name = *rest == '*' ? rest + 1 : rest;
    return checksum_new(line, digits);
}

/* "SHA256 (NAME) = HASH"; line is cut behind the name. */
static struct checksum *parse_bsd(char *line, const char **name) {
    static const char middle[] = ") = ";
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        char *end = g_str_has_prefix(line, types[i].tag) ? g_strrstr(line, middle) : NULL;
        const char *hex = end == NULL ? NULL : end + strlen(middle);
        if (hex == NULL || strlen(hex) != types[i].digits)
            continue;
        *end = '\0';
        *name = line + strlen(types[i].tag);
        return checksum_new(hex, types[i].digits);
    }
    return NULL;
}

/* A list may be of files in folders below it. */
static gboolean names(const char *found, const char *name) {
    while (g_str_has_prefix(found, "./"))
        found += 2;
    return strcmp(found, name) == 0;
}

struct search {
    struct checksum *named[G_N_ELEMENTS(types)]; /* of the file's name */
    struct checksum *only;                       /* the first of any name */
    guint count;
    gboolean contradictory;
};

static void keep(struct search *search, struct checksum *checksum, gboolean named) {
    struct checksum **slot = &search->named[checksum->type == G_CHECKSUM_SHA512 ? 1 : 0];
    search->count++;
    if (search->only == NULL)
        search->only = checksum_new(checksum->hex, strlen(checksum->hex));
    if (named && *slot == NULL) {
        *slot = checksum;
        return;
    }
    if (named && strcmp((*slot)->hex, checksum->hex) != 0)
        search->contradictory = TRUE;
    checksum_free(checksum);
}

static struct checksum *choose(struct search *search, const char *name, gboolean alone, GError **error) {
    if (search->contradictory)
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "the list of checksums contradicts itself about '%s'",
                  name);
    else if (search->named[1] != NULL)
        return g_steal_pointer(&search->named[1]);
    else if (search->named[0] != NULL)
        return g_steal_pointer(&search->named[0]);
    else if (alone && search->count == 1)
        return g_steal_pointer(&search->only);
    else
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "the list of checksums has none of '%s'", name);
    return NULL;
}

struct checksum *checksum_find(const char *list, gsize length, const char *name, gboolean alone,
                               GError **error) {
    struct search search = {0};
    g_autofree char *text = g_strndup(list, length);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        const char *found = NULL;
        g_strchomp(*line);
        struct checksum *checksum = parse_bsd(*line, &found);
        if (checksum == NULL)
            checksum = parse_gnu(*line, &found);
        if (checksum != NULL)
            keep(&search, checksum, found != NULL && names(found, name));
    }
    struct checksum *chosen = choose(&search, name, alone, error);
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
        checksum_free(search.named[i]);
    checksum_free(search.only);
    return chosen;
}

/* ---- a file ---- */

static gboolean sum(GChecksum *state, int file, guint64 total, const struct transfer *transfer,
                    GError **error) {
    g_autofree guchar *block = g_malloc(BLOCK);
    guint64 done = 0;
    gssize got;
    while ((got = read(file, block, BLOCK)) > 0) {
        if (g_cancellable_set_error_if_cancelled(transfer->cancellable, error))
            return FALSE;
        g_checksum_update(state, block, got);
        done += (guint64)got;
        if (transfer->progress != NULL)
            transfer->progress(done, total, transfer->data);
    }
    if (got == 0)
        return TRUE;
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read the download: %s", g_strerror(errno));
    return FALSE;
}

gboolean checksum_check(const struct checksum *checksum, const char *path, const struct transfer *transfer,
                        gboolean *same, GError **error) {
    g_autoptr(GChecksum) state = g_checksum_new(checksum->type);
    GStatBuf status;
    int file = g_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0 || fstat(file, &status) < 0) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot read %s: %s", path, g_strerror(errno));
        if (file >= 0)
            g_close(file, NULL);
        return FALSE;
    }
    gboolean well = sum(state, file, (guint64)status.st_size, transfer, error);
    g_close(file, NULL);
    *same = well && strcmp(g_checksum_get_string(state), checksum->hex) == 0;
    return well;
}
