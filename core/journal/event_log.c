/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/journal/event_log.h"

#include <string.h>

#include "config/paths.h"

#define FILE_NAME "innkeep.db"

/* A guest restarted each minute makes some 6,000 entries a day; at 250 bytes each the file stays below 50 MB.
 */
#define KEEP_DAYS    400
#define KEEP_ENTRIES 200000

static char *path_of(GError **error) {
    g_autofree char *root = paths_state_directory("", error);
    return root == NULL ? NULL : g_build_filename(root, FILE_NAME, NULL);
}

struct event_store *event_log_open(const char *uri) {
    g_autofree char *scheme = uri == NULL ? NULL : g_uri_parse_scheme(uri);
    g_autofree char *path = g_strcmp0(scheme, "test") == 0 ? NULL : path_of(NULL);
    return path == NULL ? NULL : event_store_new(path, uri == NULL ? "" : uri, KEEP_DAYS, KEEP_ENTRIES);
}

/* "root (sudo by anna) from 192.0.2.7". The caller's. */
static char *who(void) {
    const char *sudo = g_getenv("SUDO_USER"), *ssh = g_getenv("SSH_CONNECTION");
    GString *text = g_string_new(g_get_user_name());
    if (ssh == NULL)
        ssh = g_getenv("SSH_CLIENT");
    if (sudo != NULL && *sudo != '\0')
        g_string_append_printf(text, " (sudo by %s)", sudo);
    if (ssh != NULL && *ssh != '\0')
        g_string_append_printf(text, " from %.*s", (int)strcspn(ssh, " "), ssh);
    return g_string_free(text, FALSE);
}

void event_log_action(struct event_store *store, const char *action, const char *guest, const char *uuid,
                      const char *result, const char *detail) {
    g_autofree char *by = who();
    struct event_record record = {.time = g_get_real_time(), .kind = (char *)"action", .by = by};
    record.action = (char *)action;
    record.guest = (char *)guest;
    record.uuid = (char *)uuid;
    record.result = (char *)result;
    record.detail = (char *)detail;
    event_store_add(store, &record);
}

void event_log_event(struct event_store *store, const struct host_event *event) {
    if (store == NULL || g_strcmp0(event->kind, "lifecycle") != 0)
        return;
    struct event_record record = {.time = g_get_real_time(), .kind = (char *)event->kind};
    record.guest = (char *)event->guest;
    record.uuid = (char *)event->uuid;
    record.action = (char *)event->action;
    record.detail = (char *)event->detail;
    event_store_add(store, &record);
}

GPtrArray *event_log_read(const char *uri, gint64 since, guint limit, GError **error) {
    g_autofree char *path = path_of(error);
    if (path == NULL)
        return NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return g_ptr_array_new_with_free_func((GDestroyNotify)event_record_free);
    return event_store_read(path, uri == NULL ? "" : uri, since, limit, error);
}
