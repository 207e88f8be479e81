/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/rates.h"

#include <string.h>

#define TOO_SHORT_US (G_USEC_PER_SEC / 4)

void rate_reset(struct rate *rate) {
    rate->at = 0;
    rate->last = NAN;
}

double rate_next(struct rate *rate, gint64 at, guint64 count) {
    if (count == UNKNOWN_SIZE) {
        rate->at = 0;
        return NAN;
    }
    if (rate->at != 0 && at - rate->at < TOO_SHORT_US && count >= rate->count)
        return rate->last;
    gboolean grows = rate->at != 0 && at > rate->at && count >= rate->count;
    rate->last = grows ? (double)(count - rate->count) * G_USEC_PER_SEC / (double)(at - rate->at) : NAN;
    rate->at = at;
    rate->count = count;
    return rate->last;
}

void history_clear(struct history *history) {
    history->at = 0;
    for (guint i = 0; i < HISTORY_SECONDS; i++)
        history->values[i] = NAN;
}

void history_add(struct history *history, gint64 at, double value) {
    gint64 second = at / G_USEC_PER_SEC;
    gint64 gap = history->at == 0 ? 1 : second - history->at;
    if (gap <= 0) {
        history->values[HISTORY_SECONDS - 1] = (float)value;
        return;
    }
    guint shift = (guint)MIN(gap, HISTORY_SECONDS);
    memmove(history->values, history->values + shift, (HISTORY_SECONDS - shift) * sizeof *history->values);
    for (guint i = HISTORY_SECONDS - shift; i < HISTORY_SECONDS; i++)
        history->values[i] = (float)value;
    history->at = second;
}
