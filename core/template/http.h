/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <curl/curl.h>
#include <gio/gio.h>

/* One HTTP(S) request through libcurl, with the limits that all have. Private to download. */

enum http_failure {
    HTTP_DONE,
    HTTP_CUT,     /* what has come can be continued */
    HTTP_ABSENT,  /* 404, 410 */
    HTTP_RANGE,   /* 416: it has no such part */
    HTTP_REFUSED, /* by the server, the limits or the sink: again would be the same */
};

struct http {
    const char *address;
    gboolean secure_only;        /* https is not left for http */
    const char *range, *only_if; /* "100-" and its validator; NULL: all of it */
    GCancellable *cancellable;
    /* Called on a thread of http_get()'s own while that waits. Bytes of the body; FALSE with *error ends it.
     * begin comes before the first, after the headers of the last response: its status, its Content-Range's
     * start and the length of what follows (-1: not told). */
    gboolean (*begin)(struct http *http, long status, gint64 start, gint64 length);
    gboolean (*body)(struct http *http, const char *bytes, gsize length);
    void (*progress)(struct http *http, guint64 done, guint64 total); /* may be NULL */
    gpointer data;
    GError *error; /* the sink's own; taken by http_get() */
    /* of the response */
    char *validator; /* a strong ETag, else Last-Modified; NULL: none; http_clear() */
    gint64 start;
    gboolean begun;
    CURL *curl;
};

/* Asks and reads to the end. *error is set unless HTTP_DONE. Blocks: a worker. */
enum http_failure http_get(struct http *http, GError **error);
void http_clear(struct http *http);
