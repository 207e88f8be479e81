/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/host/model.h"

/* Growing counters as rates, and figures as a minute's history. Times are monotonic µs, so that a clock set
 * back or forward makes no figure. No thread of its own: the caller guards. */
struct rate {
    gint64 at; /* 0: nothing counted yet */
    guint64 count;
    double last; /* what was told last */
};

void rate_reset(struct rate *rate);

/* Counts a second since the last call; NAN at the first call, for an unknown count (UNKNOWN_SIZE), and when
 * the counter went back (it began anew). */
double rate_next(struct rate *rate, gint64 at, guint64 count);

void history_clear(struct history *history);

/* Puts value into the seconds since the last one that was put. */
void history_add(struct history *history, gint64 at, double value);
