/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/longjob/audience.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gstdio.h>

#include "config/error.h"
#include "core/longjob/client.h"
#include "core/longjob/folder.h"

#define LISTENERS_MAX 64
#define BACKLOG       16

/* Who has not read so much is gone. */
#define UNHEARD_MAX (8 * 1024 * 1024)

#define MASK_OWN    0177
#define MASK_SHARED 0117

struct audience {
    const struct audience_events *events;
    gpointer data;
    GPtrArray *listeners;
    char *id;
    int folder, door; /* the socket's folder; the socket that listens */
    gid_t group;      /* whose members may come too; (gid_t)-1: none */
    guint source;
};

struct listener {
    struct audience *audience;
    int file;
    gboolean starter;
    GByteArray *heard, *unsaid;
    guint read_source, write_source;
};

static void listener_free(gpointer data) {
    struct listener *listener = data;
    g_clear_handle_id(&listener->read_source, g_source_remove);
    g_clear_handle_id(&listener->write_source, g_source_remove);
    close(listener->file);
    g_byte_array_unref(listener->heard);
    g_byte_array_unref(listener->unsaid);
    g_free(listener);
}

/* Only from a source of his own, or where he was just made. */
static void part(struct listener *listener) {
    g_ptr_array_remove(listener->audience->listeners, listener);
}

static gboolean on_writable(gint file, GIOCondition condition, gpointer data) {
    struct listener *listener = data;
    ssize_t count = send(file, listener->unsaid->data, listener->unsaid->len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
        listener->write_source = 0;
        part(listener);
        return G_SOURCE_REMOVE;
    }
    if (count > 0)
        g_byte_array_remove_range(listener->unsaid, 0, (guint)count);
    if (listener->unsaid->len > 0)
        return G_SOURCE_CONTINUE;
    listener->write_source = 0;
    return G_SOURCE_REMOVE;
}

static gboolean on_readable(gint file, GIOCondition condition, gpointer data) {
    struct listener *listener = data;
    guint8 bytes[JOB_LINE_MAX_SAID];
    ssize_t count = recv(file, bytes, sizeof bytes, MSG_DONTWAIT);
    gboolean bad = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
    if (count > 0)
        g_byte_array_append(listener->heard, bytes, (guint)count);
    while (!bad) {
        g_autoptr(job_line_t) line = job_line_take(listener->heard, JOB_LINE_MAX_SAID, &bad);
        if (line == NULL)
            break;
        if (line->kind == JOB_LINE_CANCEL)
            listener->audience->events->cancel(listener->audience->data);
    }
    if (!bad)
        return G_SOURCE_CONTINUE;
    listener->read_source = 0;
    part(listener);
    return G_SOURCE_REMOVE;
}

static struct listener *admit(struct audience *audience, int file, gboolean starter) {
    struct listener *listener = g_new0(struct listener, 1);
    listener->audience = audience;
    listener->file = file;
    listener->starter = starter;
    listener->heard = g_byte_array_new();
    listener->unsaid = g_byte_array_new();
    g_ptr_array_add(audience->listeners, listener);
    listener->read_source = g_unix_fd_add(file, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, listener);
    return listener;
}

struct audience *audience_new(int starter, const struct audience_events *events, gpointer data) {
    struct audience *audience = g_new0(struct audience, 1);
    audience->events = events;
    audience->data = data;
    audience->listeners = g_ptr_array_new_with_free_func(listener_free);
    audience->folder = audience->door = -1;
    audience->group = (gid_t)-1;
    admit(audience, starter, TRUE);
    return audience;
}

static gboolean in_group(int file, gid_t group) {
    socklen_t length = 0;
    /* Too short: it tells how long. */
    if (group == (gid_t)-1 || getsockopt(file, SOL_SOCKET, SO_PEERGROUPS, NULL, &length) == 0 ||
        errno != ERANGE)
        return FALSE;
    g_autofree gid_t *groups = g_malloc(length);
    if (getsockopt(file, SOL_SOCKET, SO_PEERGROUPS, groups, &length) < 0)
        return FALSE;
    for (gsize i = 0; i < length / sizeof *groups; i++)
        if (groups[i] == group)
            return TRUE;
    return FALSE;
}

/* Folder and socket are closed to others already; this is the second lock. */
static gboolean may_come(const struct audience *audience, int file) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(file, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
           (peer.uid == 0 || peer.uid == geteuid() || peer.gid == audience->group ||
            in_group(file, audience->group));
}

static gboolean on_knock(gint door, GIOCondition condition, gpointer data) {
    struct audience *audience = data;
    int file = accept4(door, NULL, NULL, SOCK_CLOEXEC);
    if (file < 0)
        return G_SOURCE_CONTINUE;
    if (audience->listeners->len >= LISTENERS_MAX || !may_come(audience, file)) {
        close(file);
        return G_SOURCE_CONTINUE;
    }
    struct listener *listener = admit(audience, file, FALSE);
    audience->events->came(audience, listener, audience->data);
    return G_SOURCE_CONTINUE;
}

/* It gets its real name only when somebody listens, so that nobody takes it for one that is left over. By way
 * of the folder's descriptor: an address has room for 107 bytes. */
static gboolean make_door(struct audience *audience) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_autofree char *nascent = g_strdup_printf(".%s", audience->id);
    g_autofree char *name = g_strconcat(audience->id, JOB_SOCKET_SUFFIX, NULL);
    int length = g_snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s",
                            audience->folder, nascent);
    audience->door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (length >= (int)sizeof address.sun_path || audience->door < 0)
        return FALSE;
    mode_t before = umask(audience->group == (gid_t)-1 ? MASK_OWN : MASK_SHARED);
    gboolean bound = bind(audience->door, (struct sockaddr *)&address, sizeof address) == 0;
    umask(before);
    return bound && listen(audience->door, BACKLOG) == 0 &&
           renameat(audience->folder, nascent, audience->folder, name) == 0;
}

gboolean audience_open(struct audience *audience, const char *id, const char *uri, GError **error) {
    audience->id = g_strdup(id);
    audience->folder = job_folder_open(uri, &audience->group, error);
    if (audience->folder < 0)
        return FALSE;
    if (!g_uuid_string_is_valid(id) || !make_door(audience)) {
        error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot make the job's socket: %s", g_strerror(errno));
        return FALSE;
    }
    audience->source = g_unix_fd_add(audience->door, G_IO_IN, on_knock, audience);
    return TRUE;
}

static void say(struct listener *listener, const char *text) {
    gsize length = strlen(text);
    if (listener->unsaid->len + length > UNHEARD_MAX) {
        shutdown(listener->file, SHUT_RDWR); /* his own source lets him go */
        g_byte_array_set_size(listener->unsaid, 0);
        return;
    }
    g_byte_array_append(listener->unsaid, (const guint8 *)text, (guint)length);
    if (listener->write_source == 0)
        listener->write_source = g_unix_fd_add(listener->file, G_IO_OUT, on_writable, listener);
}

void audience_say(struct audience *audience, gpointer listener, const struct job_line *line) {
    g_autofree char *whole = job_line_text(line, TRUE), *open = job_line_text(line, FALSE);
    for (guint i = 0; i < audience->listeners->len; i++) {
        struct listener *one = g_ptr_array_index(audience->listeners, i);
        if (listener == NULL || listener == one)
            say(one, one->starter ? whole : open);
    }
    explicit_bzero(whole, strlen(whole));
}

void audience_close(struct audience *audience) {
    g_autofree char *name = audience->id == NULL ? NULL : g_strconcat(audience->id, JOB_SOCKET_SUFFIX, NULL);
    g_clear_handle_id(&audience->source, g_source_remove);
    if (audience->folder >= 0 && name != NULL)
        unlinkat(audience->folder, name, 0);
    if (audience->door >= 0)
        close(audience->door);
    audience->door = -1;
}

gboolean audience_heard(const struct audience *audience) {
    for (guint i = 0; i < audience->listeners->len; i++)
        if (((struct listener *)g_ptr_array_index(audience->listeners, i))->unsaid->len > 0)
            return FALSE;
    return TRUE;
}
