/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/key.h"

/* A key by the name used in the table of actions and under [keys]: "a", "Space", "semicolon", "C-x", "F5",
 * "PgUp". */
struct key_name {
    enum input_code code;
    gunichar character;
};

/* FALSE when there is no such key; *key is untouched then. */
gboolean key_name_parse(const char *name, struct key_name *key);

/* The name to show; static or the caller's to free. */
char *key_name_text(const struct key_name *key);

gboolean key_name_matches(const struct key_name *key, const struct input *input);
