/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"
#include "core/seed/person.h"

/* SSH public keys for a new guest's user, each checked and without the options that stood before it. */

/* One line of an authorized_keys or .pub file: "TYPE BASE64 COMMENT", the comment left out when it cannot be
 * drawn. NULL for an empty line, a comment, and what is no key that OpenSSH knows (its type, its base64, and
 * the type within must agree); *narrow is then TRUE for a key that its options give to one purpose or for a
 * time (command=, from=, restrict, cert-authority, …), which is no login. The caller's. Any thread. */
char *public_key_parse(const char *line, gboolean *narrow);

/* The keys of the files (paths; "~/" is the person's home), each key once. A file without one is a usage
 * error. With files NULL or empty those of the person's ~/.ssh/authorized_keys and ~/.ssh/ *.pub, which may
 * be none. The caller's. Blocks on a disk. */
GStrv public_keys_collect(const struct person *person, char *const *files, GError **error);
