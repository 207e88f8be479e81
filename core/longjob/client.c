/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/longjob/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "core/longjob/folder.h"

/* A process that is alive says what it is at once. */
#define LOOK_MS 5000

/* To make a socket takes no time. */
#define NASCENT_S 60

struct job_client {
    int file;
    GByteArray *heard;
};

/* A socket that never got its real name: its process was killed while it made it. */
static void clear_nascent(const char *folder, const char *name) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    GStatBuf there;
    if (g_lstat(path, &there) == 0 && there.st_mtime + NASCENT_S < g_get_real_time() / G_USEC_PER_SEC)
        g_unlink(path);
}

static void add_ids(GPtrArray *ids, const char *folder) {
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    for (const char *name; entries != NULL && (name = g_dir_read_name(entries)) != NULL;)
        if (*name == '.')
            clear_nascent(folder, name);
        else if (g_str_has_suffix(name, JOB_SOCKET_SUFFIX))
            g_ptr_array_add(ids, g_strndup(name, strlen(name) - strlen(JOB_SOCKET_SUFFIX)));
}

GPtrArray *job_client_ids(void) {
    GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) folders = job_folders();
    for (char **folder = folders; *folder != NULL; folder++)
        add_ids(ids, *folder);
    return ids;
}

/* By way of the folder's descriptor: an address has room for 107 bytes, a path may be longer. */
static int connect_in(int folder, const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = g_snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
    int file = length >= (int)sizeof address.sun_path
                   ? -1
                   : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0)
        return -1;
    if (connect(file, (struct sockaddr *)&address, sizeof address) == 0 && fcntl(file, F_SETFL, 0) == 0)
        return file;
    /* It lies there only when somebody listens already: it is left over. */
    if (errno == ECONNREFUSED)
        unlinkat(folder, name, 0);
    close(file);
    return -1;
}

struct job_client *job_client_connect(const char *id) {
    g_autofree char *name = g_strconcat(id, JOB_SOCKET_SUFFIX, NULL);
    g_auto(GStrv) folders = job_folders();
    int file = -1;
    for (char **path = folders; *path != NULL && file < 0; path++) {
        int folder = g_open(*path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        file = folder < 0 ? -1 : connect_in(folder, name);
        if (folder >= 0)
            close(folder);
    }
    return file < 0 ? NULL : job_client_new(file);
}

uid_t job_client_user(const struct job_client *client) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(client->file, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.uid : geteuid();
}

struct job_client *job_client_new(int file) {
    struct job_client *client = g_new0(struct job_client, 1);
    client->file = file;
    client->heard = g_byte_array_new();
    return client;
}

void job_client_free(struct job_client *client) {
    if (client == NULL)
        return;
    close(client->file);
    g_byte_array_unref(client->heard);
    g_free(client);
}

gboolean job_client_say(struct job_client *client, const struct job_line *line) {
    g_autofree char *text = job_line_text(line, FALSE);
    gsize length = strlen(text);
    for (gsize said = 0; said < length;) {
        ssize_t count = send(client->file, text + said, length - said, MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR)
            return FALSE;
        said += count < 0 ? 0 : (gsize)count;
    }
    return TRUE;
}

static gboolean hear(struct job_client *client) {
    guint8 bytes[16384];
    ssize_t count = recv(client->file, bytes, sizeof bytes, 0);
    if (count <= 0)
        return count < 0 && errno == EINTR;
    g_byte_array_append(client->heard, bytes, (guint)count);
    return TRUE;
}

/* JOB_HEARD_LINE: there is something to be read. */
static enum job_heard wait_for(struct job_client *client, GCancellable *const wakers[2], gint64 until) {
    struct pollfd files[3] = {{.fd = client->file, .events = POLLIN}};
    nfds_t count = 1;
    gboolean woken = FALSE;
    for (int i = 0; i < 2; i++) {
        GPollFD file;
        if (wakers == NULL || wakers[i] == NULL || !g_cancellable_make_pollfd(wakers[i], &file))
            continue;
        files[count++] = (struct pollfd){.fd = file.fd, .events = POLLIN};
    }
    gint64 left = until < 0 ? -1 : MAX(0, until - g_get_monotonic_time() + 999) / 1000;
    int ready = poll(files, count, (int)left);
    for (int i = 0; i < 2; i++) {
        if (wakers == NULL || wakers[i] == NULL)
            continue;
        woken = woken || g_cancellable_is_cancelled(wakers[i]);
        g_cancellable_release_fd(wakers[i]);
    }
    if (woken)
        return JOB_HEARD_WAKE;
    return ready == 0 ? JOB_HEARD_LATE : JOB_HEARD_LINE;
}

enum job_heard job_client_next(struct job_client *client, GCancellable *const wakers[2], int milliseconds,
                               struct job_line **line) {
    gint64 until = milliseconds < 0 ? -1 : g_get_monotonic_time() + milliseconds * G_TIME_SPAN_MILLISECOND;
    for (;;) {
        gboolean bad = FALSE;
        *line = job_line_take(client->heard, JOB_LINE_MAX, &bad);
        if (*line != NULL)
            return JOB_HEARD_LINE;
        enum job_heard heard = bad ? JOB_HEARD_END : wait_for(client, wakers, until);
        if (heard != JOB_HEARD_LINE)
            return heard;
        if (!hear(client))
            return JOB_HEARD_END;
    }
}

struct job_client *job_client_look(const char *id, void (*told)(const struct job_line *line, gpointer data),
                                   gpointer data) {
    g_autoptr(job_client_t) client = job_client_connect(id);
    gint64 until = g_get_monotonic_time() + LOOK_MS * G_TIME_SPAN_MILLISECOND;
    gboolean greeted = FALSE;
    while (client != NULL) {
        g_autoptr(job_line_t) line = NULL;
        int left = (int)(MAX(0, until - g_get_monotonic_time()) / G_TIME_SPAN_MILLISECOND);
        if (job_client_next(client, NULL, left, &line) != JOB_HEARD_LINE || line->kind == JOB_LINE_END)
            return NULL;
        if (line->kind == JOB_LINE_NOW)
            break;
        greeted = greeted || (line->kind == JOB_LINE_HELLO && line->title != NULL);
        if (greeted)
            told(line, data);
    }
    return greeted ? g_steal_pointer(&client) : NULL;
}

static GMutex lock;
static GHashTable *followed; /* ids; guarded by lock */

gboolean job_client_follow(const char *id) {
    g_mutex_lock(&lock);
    if (followed == NULL)
        followed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gboolean added = g_hash_table_add(followed, g_strdup(id));
    g_mutex_unlock(&lock);
    return added;
}

gboolean job_client_follows(const char *id) {
    g_mutex_lock(&lock);
    gboolean follows = followed != NULL && g_hash_table_contains(followed, id);
    g_mutex_unlock(&lock);
    return follows;
}

void job_client_unfollow(const char *id) {
    g_mutex_lock(&lock);
    g_hash_table_remove(followed, id);
    if (g_hash_table_size(followed) == 0)
        g_clear_pointer(&followed, g_hash_table_unref);
    g_mutex_unlock(&lock);
}
