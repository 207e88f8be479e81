/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"

/* What only a look at the storage tells of a guest's disks: pool, volume, format, backing, capacity,
 * allocation. done gets an array of struct guest_disk (borrowed), in the definition's order, or an error.
 * Quiet job. Main thread. */
typedef void (*details_done)(GPtrArray *disks, const GError *error, gpointer data);
void details_request(struct engine *engine, const struct guest *guest, details_done done, gpointer data);
