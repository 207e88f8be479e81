/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

/* A command in a guest, by its agent (guest-exec, guest-exec-status). No shell is between. */

/* Bytes of input, and of the command as JSON has it. All of it, the input as base64, goes to the agent at
 * once, and that must fit into the buffer of libvirt's socket (Linux: net.core.wmem_default, 212,992 bytes of
 * which a part is its own book-keeping): of a message that does not libvirt 9.0 writes the beginning again
 * and again, and the agent never answers. */
#define EXEC_INPUT_MAX   (96 * 1024)
#define EXEC_COMMAND_MAX (16 * 1024)

/* Guests in which commands run at the same time: each takes a worker of ours and, while its agent is asked,
 * one of the daemon's. */
#define EXEC_AT_ONCE 4

struct exec_spec {
    char *const *command; /* the program, its arguments, NULL */
    GBytes *input;        /* no more than EXEC_INPUT_MAX; NULL: none */
    guint timeout_s;
};

/* What became of it. All of it is the guest's word. */
struct exec_result {
    gint64 exit;        /* -1 where a signal ended it */
    gint64 signal;      /* 0: none */
    GBytes *out, *err;  /* never NULL */
    gboolean truncated; /* the agent kept but the first part of one of them */
};

/* FALSE and an error for what no agent takes: no command, one that is not UTF-8 or too long. Any
 * thread. */
gboolean exec_check(const struct exec_spec *spec, GError **error);

/* What guest-exec-status answered. TRUE: *result is its result, the caller's reference, or NULL while the
 * command runs. FALSE and an error: it makes no sense. Any thread. */
gboolean exec_parse_status(const char *text, struct exec_result **result, GError **error);

/* The exit status that stands for it: its own, 128 and the signal, 255 for what a byte cannot hold. */
int exec_status(const struct exec_result *result);

/* Runs it in the guest as a job, given up after timeout_s; the command then goes on in the guest, which the
 * error says. done gets the result (borrowed) or an error. The spec is copied. The job is borrowed and
 * valid until done has returned; cancelled, it too leaves the command to go on in the guest. Main thread. */
typedef void (*exec_done)(struct exec_result *result, const GError *error, gpointer data);
struct job *exec_request(struct engine *engine, const struct guest *guest, const struct exec_spec *spec,
                         exec_done done, gpointer data);

/* FALSE and an error (conflict): the guest cannot run a command now. Any thread. */
gboolean exec_possible(const struct guest *guest, GError **error);

/* Most columns of a line that is drawn; the rest of it is cut. */
#define EXEC_SHOWN_MAX 10000

/* A line of a guest, without its newline, as a terminal may have it: tabs are spaces, all else that is no
 * character is a '?'. The caller's. Any thread. */
char *exec_safe_line(const char *line, gsize length);

struct exec_result *exec_result_ref(struct exec_result *result);
void exec_result_unref(struct exec_result *result);
