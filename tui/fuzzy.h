/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How well the letters of pattern occur in text, in order and without regard to case; the higher the better,
 * 0: not at all. */
int fuzzy_score(const char *pattern, const char *text);
