/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/keyname.h"

/* What is typed, as the bytes a guest's terminal sends: the cursor keys by the guest's mode, all else as it
 * came. */
GByteArray *console_keys_bytes(const struct input *input, gboolean application);

/* A paste: line ends become Enter, other controls but tabs are left out. */
GByteArray *console_keys_paste(const char *text);

/* The bytes of a key by name (a prefix that the person chose). */
GByteArray *console_keys_of_name(const struct key_name *key);
