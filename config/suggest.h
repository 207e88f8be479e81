/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The word of the NULL-terminated list that word was most likely meant to be: the nearest by edit distance
 * (insert, delete, replace, swap of neighbours; case is ignored), or NULL when none is near: more than a
 * third of the letters differ. Borrowed from the list. Any thread. */
const char *suggest_nearest(const char *word, const char *const *words);
