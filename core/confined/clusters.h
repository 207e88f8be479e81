/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/confined/cell.h"

/* The emulator knows no combining characters. A character with its marks goes through it as one of a private
 * plane, and comes back here. One thread. */
struct clusters;

struct cluster {
    gunichar characters[1 + CELL_MARKS]; /* a character and its marks, or 0 */
};

struct clusters *clusters_new(void);
void clusters_free(struct clusters *clusters);

/* What stands for it; its character alone when too many different ones are kept. */
gunichar clusters_stand_in(struct clusters *clusters, const struct cluster *cluster);

/* What the emulator's character stands for: itself, if that is all. */
struct cluster clusters_of(const struct clusters *clusters, gunichar emulated);
