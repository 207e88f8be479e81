/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/rates.h"

#include <string.h>

void rate_reset(struct rate *rate) {
    rate->at = 0;
}

double rate_next(struct rate *rate, gint64 at, guint64 count) {
    double result = NAN;
    if (count == UNKNOWN_SIZE) {
        rate->at = 0;
        return NAN;
    }
    if (rate->at != 0 && at > rate->at && count >= rate->count)
        result = (double)(count - rate->count) * G_USEC_PER_SEC / (double)(at - rate->at);
    rate->at = at;
    rate->count = count;
    return result;
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
