/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

/* What a file must be: by a SHA-256 or SHA-512 of its bytes. Plain data. */
struct checksum {
    GChecksumType type; /* G_CHECKSUM_SHA256 or G_CHECKSUM_SHA512 */
    char *hex;          /* lower case */
};

void checksum_free(struct checksum *checksum);
typedef struct checksum checksum_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(checksum_t, checksum_free)

/* "SHA-256" */
const char *checksum_word(GChecksumType type);

/* A checksum of that many hexadecimal digits, 64 or 128; NULL for anything else. The caller frees. Any
 * thread. */
struct checksum *checksum_new(const char *hex, gsize digits);

/* The checksum of the file of that name in a publisher's list: lines "HASH  NAME", "HASH *NAME", "SHA256
 * (NAME) = HASH" or "SHA512 (NAME) = HASH"; what is neither is passed over. A list with one checksum and
 * nothing else of that kind is of the file beside which it lies, whatever name it has: alone says whether
 * that may be. The strongest counts; two that contradict each other are an error, as is none. NULL and an
 * error; the caller frees. Any thread. */
struct checksum *checksum_find(const char *list, gsize length, const char *name, gboolean alone,
                               GError **error);

/* Whether the file is what the checksum says: *same. progress as in struct transfer, may be NULL. FALSE with
 * an error when it cannot be read, or was cancelled. Blocks: a worker. */
struct transfer;
gboolean checksum_check(const struct checksum *checksum, const char *path, const struct transfer *transfer,
                        gboolean *same, GError **error);
