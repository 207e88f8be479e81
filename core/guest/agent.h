/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* The guest agent asked for a file in its guest. What it answers is the guest's word: bounded, and believed
 * in nothing. All functions block: a worker. */

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
