/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

enum firmware { FIRMWARE_DEFAULT, FIRMWARE_BIOS, FIRMWARE_UEFI, FIRMWARE_UEFI_SECURE, FIRMWARE_COUNT };

/* The word in a file, "uefi-secure"; NULL for FIRMWARE_DEFAULT. */
const char *firmware_word(enum firmware firmware);

/* The firmware of a word; FALSE with a usage error that lists them. */
gboolean firmware_parse(const char *word, enum firmware *firmware, GError **error);

/* A template as templates/NAME.ini or the volume NAME.template defines it. Plain data, read-only after
 * loading. A text is NULL and a number 0 where the definition says nothing. */
struct template {
    /* [template] */
    char *name, *description, *os, *source, *checksums, *sha256, *sha512, *signed_by;
    char *key; /* one character */
    /* [guest] */
    guint vcpus;
    guint64 memory, disk; /* bytes */
    enum firmware firmware;
    gboolean tpm;                    /* a TPM 2.0 of its own */
    char *kernel, *initrd, *cmdline; /* direct boot; a path, or the name of a volume of the pool */
    char *network, *role;
    /* [cloud-init] */
    char *user, *user_data, *wait;
    GStrv packages;
    gboolean renew; /* its disk was a machine's: cloud-init makes another of it before it does the rest */
    /* [image], only in the volume NAME.template: what lies in the pool */
    char *volume;         /* the golden volume's name */
    char *fetched_at;     /* RFC 3339, UTC */
    char *volume_sha256;  /* of the golden volume's own bytes */
    guint64 volume_bytes; /* how many they are */
    char *published;      /* UUID of the guest that it was */
    GStrv previous;       /* names of volumes that earlier versions left for the guests on them */

    char *path; /* the file it was read from; NULL: from the pool */
};

/* Whether a template or role may have this name: [a-z0-9][a-z0-9._-]{0,62}. */
gboolean template_name_valid(const char *name);

/* Parses a definition; file names it in errors. With image the section [image] is allowed. NULL and a usage
 * error with file, line, section, key and the nearest valid word. The caller frees. Any thread. */
struct template *template_parse(const char *text, gsize length, const char *file, gboolean image,
                                GError **error);

/* Reads DIRECTORY/NAME.ini; the name within must be the file's. Blocks on a disk. */
struct template *template_load(const char *path, GError **error);

/* The first definition of that name in the search path. Not there: not found, with the nearest name as a
 * hint. Blocks on a disk. */
struct template *template_find(const char *name, GError **error);

/* All definitions of the search path, by name; the first found of a name wins. What cannot be read is left
 * out and its GError added to broken (when not NULL), which frees them. The caller's array of struct
 * template. */
GPtrArray *template_list(GPtrArray **broken);

/* The definition as INI text that template_parse() reads back to the same; the caller's. */
char *template_serialise(const struct template *template);

void template_free(struct template *template);
typedef struct template template_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(template_t, template_free)
