/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template/http.h"

#include <string.h>

#include "build-info.h"
#include "config/error.h"

#define REDIRECTS_MAX     10
#define CONNECT_LIMIT_S   30
#define STALL_LIMIT_S     60
#define STALL_BYTES_PER_S 128

/* curl's own threads' rule: once, before any other call. */
static gpointer begin_curl(gpointer data) {
    return GINT_TO_POINTER(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

/* ---- what curl calls ---- */

static void take_validator(struct http *http, const char *value, gboolean strong) {
    if (!strong && http->validator != NULL)
        return;
    g_free(http->validator);
    http->validator = g_strdup(value);
}

/* Each response of a chain of redirects has headers; the last one's count. */
static size_t take_header(char *bytes, size_t size, size_t count, void *data) {
    struct http *http = data;
    g_autofree char *line = g_strndup(bytes, size * count);
    char *value = strchr(line, ':');
    if (g_str_has_prefix(line, "HTTP/")) {
        g_clear_pointer(&http->validator, g_free);
        http->start = 0;
    } else if (value != NULL) {
        *value++ = '\0';
        g_strstrip(value);
        if (g_ascii_strcasecmp(line, "ETag") == 0 && *value == '"')
            take_validator(http, value, TRUE);
        else if (g_ascii_strcasecmp(line, "Last-Modified") == 0)
            take_validator(http, value, FALSE);
        else if (g_ascii_strcasecmp(line, "Content-Range") == 0 &&
                 g_ascii_strncasecmp(value, "bytes ", 6) == 0)
            http->start = g_ascii_strtoll(value + 6, NULL, 10);
    }
    return size * count;
}

static gboolean begin(struct http *http) {
    long status = 0;
    curl_off_t length = -1;
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(http->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    http->begun = TRUE;
    return http->begin == NULL || http->begin(http, status, http->start, length);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data) {
    struct http *http = data;
    if ((!http->begun && !begin(http)) || !http->body(http, bytes, size * count))
        return 0;
    return size * count;
}

static int take_progress(void *data, curl_off_t total, curl_off_t done, curl_off_t up_total, curl_off_t up) {
    struct http *http = data;
    if (http->progress != NULL && http->begun)
        http->progress(http, (guint64)done, total < 0 ? 0 : (guint64)total);
    return g_cancellable_is_cancelled(http->cancellable);
}

/* ---- what came of it ---- */

static enum http_failure kind_of(CURLcode code, long status) {
    switch (code) {
    case CURLE_OK:
        return HTTP_DONE;
    case CURLE_HTTP_RETURNED_ERROR:
        return status == 404 || status == 410 ? HTTP_ABSENT
               : status == 416                ? HTTP_RANGE
               : status >= 500                ? HTTP_CUT
                                              : HTTP_REFUSED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return HTTP_CUT;
    default:
        return HTTP_REFUSED;
    }
}

static enum http_failure explain(struct http *http, CURLcode code, const char *detail, GError **error) {
    long status = 0;
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
    if (g_cancellable_set_error_if_cancelled(http->cancellable, error))
        return HTTP_CUT;
    if (http->error != NULL) {
        g_propagate_error(error, g_steal_pointer(&http->error));
        return HTTP_REFUSED;
    }
    if (code == CURLE_HTTP_RETURNED_ERROR)
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot fetch %s: the server answers %ld", http->address,
                  status);
    else if (code == CURLE_TOO_MANY_REDIRECTS)
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot fetch %s: more than %d redirects", http->address,
                  REDIRECTS_MAX);
    else
        error_set(error, code == CURLE_OPERATION_TIMEDOUT ? INNKEEP_ERROR_TIMEOUT : INNKEEP_ERROR_FAILED,
                  NULL, "cannot fetch %s: %s", http->address,
                  *detail != '\0' ? detail : curl_easy_strerror(code));
    return kind_of(code, status);
}

static void set_limits(CURL *curl, const struct http *http) {
    gboolean secure = http->secure_only && g_ascii_strncasecmp(http->address, "https:", 6) == 0;
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_LIMIT_S);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)STALL_BYTES_PER_S);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)STALL_LIMIT_S);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "innkeep/" INNKEEP_VERSION);
}

static void set_calls(CURL *curl, struct http *http) {
    curl_easy_setopt(curl, CURLOPT_URL, http->address);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, take_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, http);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    if (http->range != NULL)
        curl_easy_setopt(curl, CURLOPT_RANGE, http->range);
}

static enum http_failure get(struct http *http, GError **error) {
    static GOnce once = G_ONCE_INIT;
    char detail[CURL_ERROR_SIZE] = "";
    http->curl = g_once(&once, begin_curl, NULL) == NULL ? NULL : curl_easy_init();
    if (http->curl == NULL) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot begin to fetch: libcurl does not start");
        return HTTP_REFUSED;
    }
    g_autofree char *condition =
        http->only_if == NULL ? NULL : g_strdup_printf("If-Range: %s", http->only_if);
    struct curl_slist *headers = condition == NULL ? NULL : curl_slist_append(NULL, condition);
    http->begun = FALSE;
    set_limits(http->curl, http);
    set_calls(http->curl, http);
    curl_easy_setopt(http->curl, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(http->curl);
    /* A body without a byte in it begins too. */
    if (code == CURLE_OK && !http->begun && !begin(http))
        code = CURLE_WRITE_ERROR;
    enum http_failure failure = code == CURLE_OK ? HTTP_DONE : explain(http, code, detail, error);
    curl_slist_free_all(headers);
    g_clear_pointer(&http->curl, curl_easy_cleanup);
    return failure;
}

struct call {
    struct http *http;
    GError *error;
    enum http_failure failure;
};

static gpointer get_thread(gpointer data) {
    struct call *call = data;
    call->failure = get(call->http, &call->error);
    return NULL;
}

/* On a thread of its own: OpenSSL keeps state for each thread until that ends, and at the program's end takes
 * from a worker what would free it. */
enum http_failure http_get(struct http *http, GError **error) {
    struct call call = {.http = http};
    g_thread_join(g_thread_new("http", get_thread, &call));
    if (call.error != NULL)
        g_propagate_error(error, call.error);
    return call.failure;
}

void http_clear(struct http *http) {
    g_clear_pointer(&http->validator, g_free);
    g_clear_error(&http->error);
}
