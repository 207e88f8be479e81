/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/keyname.h"

/* What is typed, as the bytes a guest's terminal sends: the cursor keys by the guest's mode, all else as it
 * came. */
GByteArray *console_keys_bytes(const struct input *input, gboolean application);

/* A paste: line ends become Enter, other controls but tabs are left out; in brackets where the guest asked
 * for them (mode 2004). */
GByteArray *console_keys_paste(const char *text, gboolean bracketed);

/* A report of the mouse at that cell of the guest's screen, from 0; sgr: in decimal (mode 1006). Empty where
 * the place cannot be said. held: the button that was pressed last. */
GByteArray *console_keys_mouse(const struct input *input, int row, int column, gboolean sgr,
                               enum input_button held);

/* The bytes of a key by name (a prefix that the person chose). */
GByteArray *console_keys_of_name(const struct key_name *key);
