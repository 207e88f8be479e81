/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "core/base/libvirt.h"

/* The guest agent asked for something in its guest. What it answers is the guest's word: bounded, and
 * believed in nothing. All functions block: a worker. */

enum agent_answer {
    AGENT_FILE,    /* here it is */
    AGENT_NO_FILE, /* there is none */
    AGENT_REFUSED, /* this guest's agent may not read files */
    AGENT_SILENT   /* no agent, or it does not answer within timeout_s */
};

/* Reads a file of the guest, its first limit bytes; *text, with a zero byte behind it, is the caller's and
 * set with AGENT_FILE alone. */
enum agent_answer agent_read_file(virDomainPtr domain, const char *path, gsize limit, guint timeout_s,
                                  char **text);

/* One command with its arguments (taken). The answer's text, freed with free(), or NULL with libvirt's last
 * error. libvirt first looks whether the agent is there at all, for five seconds, whatever timeout_s says. */
char *agent_send(virDomainPtr domain, const char *command, JsonObject *arguments, guint timeout_s);

/* An answer's text as an object; NULL: it is none, or larger or deeper than an answer can be. Any thread. */
JsonNode *agent_parse(const char *text);

/* A member's text, borrowed; NULL: it is none, or there is none. json-glib takes an array for a text. */
const char *agent_text(JsonNode *node);

/* Whether the guest's live definition says that its agent has opened the channel. Asks no agent. Blocks. */
gboolean agent_is_connected(virDomainPtr domain);

/* Before and after what libvirt asks of the agent by calls of its own: it has answer_s seconds for each
 * answer. libvirt keeps that limit for all who ask this guest's agent and tells nobody what it was, so that
 * agent_end() sets libvirt's own again, which is none: another's freeze may take its time. agent_begin():
 * FALSE and an error where no agent is connected, and no agent_end() is due. agent_end() leaves libvirt's
 * last error. */
gboolean agent_begin(virDomainPtr domain, guint answer_s, GError **error);
void agent_end(virDomainPtr domain);

/* Sets *error from libvirt's last error, after such a call: frozen, refused, silent, and nonsense each in
 * words of their own. format is what was tried, of the guest agent: "cannot ask the guest agent of 'web'". */
#define agent_error_set(error, ...)                                                                          \
    do {                                                                                                     \
        virErrorPtr agent_saved_error = virSaveLastError();                                                  \
        agent_error_take((error), agent_saved_error, __VA_ARGS__);                                           \
    } while (0)

/* The same from a saved error, which it takes. */
void agent_error_take(GError **error, virErrorPtr saved, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Whether an error says that this agent may not, or cannot, do what it was asked for. */
gboolean agent_refuses(const virError *error);
