/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "core/longjob/line.h"

/* The other end of a long job's process. Its socket is ID.socket in one of job_folders(). All functions but
 * the last block, on a disk or a socket of this machine; a client belongs to one thread. */
struct job_client;

#define JOB_SOCKET_SUFFIX ".socket"

/* Ids of the sockets that lie there now: strings, the caller's. Empty where there is no such folder. */
GPtrArray *job_client_ids(void);

/* NULL where nobody listens (any more): the socket is removed then, where it is ours to remove. */
struct job_client *job_client_connect(const char *id);

/* Whose process is at the other end. */
uid_t job_client_user(const struct job_client *client);

/* Of a connected socket, which it takes. */
struct job_client *job_client_new(int file);
void job_client_free(struct job_client *client);

/* FALSE when it is gone. */
gboolean job_client_say(struct job_client *client, const struct job_line *line);

enum job_heard {
    JOB_HEARD_LINE,
    JOB_HEARD_END,  /* it closed, or said what nobody understands */
    JOB_HEARD_WAKE, /* one of the wakers is cancelled */
    JOB_HEARD_LATE
};

/* Waits for the next line; wakers: at most two, NULL for none; milliseconds: -1 for ever. */
enum job_heard job_client_next(struct job_client *client, GCancellable *const wakers[2], int milliseconds,
                               struct job_line **line);

/* Connects, and hears its hello and all that it says of itself up to now: each line but NOW is told. NULL
 * where nobody listens, or says so in time. */
struct job_client *job_client_look(const char *id, void (*told)(const struct job_line *line, gpointer data),
                                   gpointer data);

/* Which jobs this process follows already. FALSE when it did. Any thread. */
gboolean job_client_follow(const char *id);
gboolean job_client_follows(const char *id);
void job_client_unfollow(const char *id);

typedef struct job_client job_client_t;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(job_client_t, job_client_free)
