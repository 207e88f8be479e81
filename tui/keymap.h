/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config/settings.h"
#include "core/action/action.h"
#include "tui/keyname.h"

/* Which key does what: the table of actions with the person's [keys] over it. */
struct keymap;

/* Keys of the settings take the place of an action's own; a key taken by two goes to the one that the person
 * named. */
struct keymap *keymap_new(const struct settings *settings);
void keymap_free(struct keymap *keymap);

/* The action of a key, or NULL. */
const struct action *keymap_action(const struct keymap *keymap, const struct input *input);

/* The action's keys as text, "q Esc"; "" when it has none. Owned by the keymap. */
const char *keymap_keys(const struct keymap *keymap, enum action_id id);

/* Its first key alone; "" when it has none. Owned by the keymap. */
const char *keymap_key(const struct keymap *keymap, enum action_id id);

/* A line for each key of the settings that could not be understood; NULL-terminated, owned. */
const char *const *keymap_problems(const struct keymap *keymap);
