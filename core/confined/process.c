/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/confined/process.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "config/error.h"
#include "core/confined/message.h"

#define READ_AT_ONCE (64 * 1024) /* then the main loop gets its turn */

struct confined {
    const struct confined_kind *kind;
    const struct confined_events *events;
    gpointer data;
    GPid child;
    int input, output; /* to and from the child */
    guint read_source, write_source, watch_source;
    GQueue *backlog; /* GByteArray: whole messages; the first may be half written */
    gsize backlog_bytes, written;
    GByteArray *heard;
    gboolean dead, freed;
    guint talking; /* events that are being told */
};

/* The child inherits nothing but its two pipes. */
static gboolean start_child(struct confined *confined, GError **error) {
    const char *const arguments[] = {"/proc/self/exe", confined->kind->role, NULL};
    const char *const environment[] = {"LANG=C.UTF-8", NULL};
    GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL;
    g_autoptr(GError) local = NULL;
    if (g_spawn_async_with_pipes_and_fds(NULL, arguments, environment, flags, NULL, NULL, -1, -1, -1, NULL,
                                         NULL, 0, &confined->child, &confined->input, &confined->output, NULL,
                                         &local))
        return g_unix_set_fd_nonblocking(confined->input, TRUE, error) &&
               g_unix_set_fd_nonblocking(confined->output, TRUE, error);
    error_set(error, INNKEEP_ERROR_FAILED, NULL, "cannot start the %s: %s", confined->kind->noun,
              local->message);
    return FALSE;
}

/* It goes when nobody has it any more: not its owner, not the watch of its child, not an event. */
static void forget_when_unused(struct confined *confined) {
    if (!confined->freed || confined->watch_source != 0 || confined->talking > 0)
        return;
    g_queue_free_full(confined->backlog, (GDestroyNotify)g_byte_array_unref);
    g_byte_array_unref(confined->heard);
    g_free(confined);
}

static void stop_listening(struct confined *confined) {
    g_clear_handle_id(&confined->read_source, g_source_remove);
    g_clear_handle_id(&confined->write_source, g_source_remove);
    if (confined->input >= 0)
        close(confined->input);
    if (confined->output >= 0)
        close(confined->output);
    confined->input = confined->output = -1;
}

static void die(struct confined *confined, const char *how) {
    if (confined->dead)
        return;
    g_autofree char *why = g_strdup_printf("the %s %s", confined->kind->noun, how);
    confined->dead = TRUE;
    stop_listening(confined);
    if (confined->watch_source != 0)
        kill(confined->child, SIGKILL);
    confined->talking++;
    confined->events->died(why, confined->data);
    confined->talking--;
}

static void on_child_end(GPid child, gint status, gpointer data) {
    struct confined *confined = data;
    confined->watch_source = 0;
    g_spawn_close_pid(child);
    die(confined, "failed at what the guest sent");
    forget_when_unused(confined);
}

/* Tells all whole messages that were heard. FALSE when one is out of bounds. */
static gboolean tell_messages(struct confined *confined) {
    gsize at = 0;
    gboolean fine = TRUE;
    confined->talking++;
    while (fine && !confined->freed && confined->heard->len - at >= sizeof(struct message_header)) {
        struct message_header header;
        memcpy(&header, confined->heard->data + at, sizeof header);
        if (header.length > confined->kind->message_max)
            fine = FALSE;
        else if (confined->heard->len - at < sizeof header + header.length)
            break;
        else
            fine = confined->events->message(header.kind, confined->heard->data + at + sizeof header,
                                             header.length, confined->data);
        at += sizeof header + header.length;
    }
    confined->talking--;
    if (fine && at > 0)
        g_byte_array_remove_range(confined->heard, 0, (guint)at);
    return fine || confined->freed;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data) {
    struct confined *confined = data;
    guint8 bytes[READ_AT_ONCE];
    ssize_t count = read(fd, bytes, sizeof bytes);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (count <= 0) {
        confined->read_source = 0; /* its end is told when it was reaped */
        return G_SOURCE_REMOVE;
    }
    g_byte_array_append(confined->heard, bytes, (guint)count);
    confined->talking++;
    if (!tell_messages(confined))
        die(confined, "said something impossible");
    confined->talking--;
    gboolean removed = confined->read_source == 0;
    forget_when_unused(confined);
    return removed ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer data) {
    struct confined *confined = data;
    GByteArray *first = g_queue_peek_head(confined->backlog);
    if (first != NULL) {
        ssize_t count = write(fd, first->data + confined->written, first->len - confined->written);
        if (count < 0 && errno != EAGAIN && errno != EINTR) {
            confined->write_source = 0;
            return G_SOURCE_REMOVE;
        }
        confined->written += (gsize)MAX(count, 0);
        if (confined->written == first->len) {
            confined->backlog_bytes -= first->len;
            confined->written = 0;
            g_byte_array_unref(g_queue_pop_head(confined->backlog));
        }
    }
    if (!g_queue_is_empty(confined->backlog))
        return G_SOURCE_CONTINUE;
    confined->write_source = 0;
    return G_SOURCE_REMOVE;
}

void confined_send(struct confined *confined, guint32 kind, const void *bytes, gsize length) {
    struct message_header header = {kind, (guint32)length};
    if (confined->dead)
        return;
    GByteArray *message = g_byte_array_sized_new((guint)(sizeof header + length));
    g_byte_array_append(message, (const guint8 *)&header, sizeof header);
    g_byte_array_append(message, bytes, (guint)length);
    g_queue_push_tail(confined->backlog, message);
    confined->backlog_bytes += message->len;
    if (confined->write_source == 0)
        confined->write_source = g_unix_fd_add(confined->input, G_IO_OUT, on_writable, confined);
}

gsize confined_backlog(const struct confined *confined) {
    return confined->backlog_bytes;
}

void confined_drop(struct confined *confined, guint32 kind) {
    for (GList *at = confined->backlog->head == NULL ? NULL : confined->backlog->head->next; at != NULL;) {
        GList *next = at->next;
        GByteArray *message = at->data;
        struct message_header header;
        memcpy(&header, message->data, sizeof header);
        if (header.kind == kind) {
            confined->backlog_bytes -= message->len;
            g_byte_array_unref(message);
            g_queue_delete_link(confined->backlog, at);
        }
        at = next;
    }
}

static struct confined *new_confined(const struct confined_kind *kind, const struct confined_events *events,
                                     gpointer data) {
    struct confined *confined = g_new0(struct confined, 1);
    confined->kind = kind;
    confined->events = events;
    confined->data = data;
    confined->input = confined->output = -1;
    confined->backlog = g_queue_new();
    confined->heard = g_byte_array_new();
    return confined;
}

struct confined *confined_start(const struct confined_kind *kind, const struct confined_events *events,
                                gpointer data, GError **error) {
    struct confined *confined = new_confined(kind, events, data);
    if (!start_child(confined, error)) {
        stop_listening(confined);
        confined->freed = TRUE;
        forget_when_unused(confined);
        return NULL;
    }
    confined->read_source = g_unix_fd_add(confined->output, G_IO_IN | G_IO_HUP, on_readable, confined);
    confined->watch_source = g_child_watch_add(confined->child, on_child_end, confined);
    return confined;
}

void confined_free(struct confined *confined) {
    if (confined == NULL)
        return;
    confined->freed = confined->dead = TRUE;
    stop_listening(confined);
    if (confined->watch_source != 0)
        kill(confined->child, SIGKILL);
    forget_when_unused(confined);
}
