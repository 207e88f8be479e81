/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "tui/key.h"

/* What terminals send for their special keys. sequence is without its ESC: "[A", "OP", "[[A", "[15~".
 * INPUT_NONE when nobody sends it. */
enum input_code keytable_find(const char *sequence);
