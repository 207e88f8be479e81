/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/storage/transfer.h"

/* Files fetched by HTTP(S) into the state's directory, below download/, named by their address. One that was
 * cut off stays there and is continued by the next try, if the server still has the same file (its ETag or
 * the time of its last change, RFC 9110, If-Range). What nobody continues for 30 days is removed.
 * Redirects, size, and time without progress are limited;
 * proxies are curl's, by http_proxy, https_proxy, no_proxy. All functions block and run on a worker; a
 * download belongs to one thread. Progress is told from another, while the call waits. */
struct download;

#define DOWNLOAD_MAX (G_GUINT64_CONSTANT(64) << 30) /* bytes */

/* The download of that address, as far as it came; locked: one that another process works on is a conflict.
 * NULL and an error. */
struct download *download_open(const char *address, GError **error);

/* Fetches what is missing. most is how many bytes may come, of what a place (for a person) has room for;
 * never more than DOWNLOAD_MAX and what is free where it is kept. A server that cuts off is asked again; what
 * has come then stays for the next time, after any other failure it is removed. */
gboolean download_run(struct download *download, guint64 most, const char *place,
                      const struct transfer *transfer, GError **error);

/* TRUE when all of it is there, be it from an earlier time. */
gboolean download_whole(const struct download *download);

/* Where it lies; borrowed. */
const char *download_path(const struct download *download);

/* Removes what has come. */
void download_remove(struct download *download);

/* Unlocks and forgets; the files stay. NULL is fine. */
void download_free(struct download *download);
typedef struct download download_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(download_t, download_free)

/* A small file, at most limit bytes; https is never left for http. NULL and an error, or, where *absent is
 * not NULL and the server has no such file, NULL with *absent set. */
GBytes *download_text(const char *address, gsize limit, gboolean *absent, GCancellable *cancellable,
                      GError **error);
