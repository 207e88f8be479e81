/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/guest/keyboard.h"
#include "tui/keyname.h"

/* What is typed here, as keys of the guest's keyboard. */

/* FALSE: there is no such key there. */
gboolean screen_keys_press(const struct input *input, struct key_press *press);
gboolean screen_keys_of_name(const struct key_name *name, struct key_press *press);

/* A paste: an array of struct key_press, the caller's; *dropped counts characters that no key has. */
GArray *screen_keys_paste(const char *text, guint *dropped);

/* What the menu sends: keys that do not get through a terminal. A name (keyboard_name()) and what it is good
 * for; NULL at the end. */
struct screen_menu_row {
    const char *name, *text;
};
extern const struct screen_menu_row screen_menu[];
