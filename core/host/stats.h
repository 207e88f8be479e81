/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"
#include "core/host/store.h"

/* One libvirt statistics record as a sample. cpu_time and vcpus come only where the record has them. */
void stats_sample(const virDomainStatsRecord *record, gint64 at, struct guest_sample *sample);

/* TRUE when the record has what libvirt tells only after it had the guest's monitor for itself (balloon.rss;
 * block statistics come in part without). A guest without a balloon never has it: it is looked at more
 * closely, no more. */
gboolean stats_answered(const virDomainStatsRecord *record);
