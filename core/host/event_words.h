/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Words of libvirt's lifecycle events, as its virDomainEventType and the types of detail beside it number
 * them: "started", "booted". "unknown" for one that a newer libvirt brings, NULL for its detail. Static. Any
 * thread. */
const char *event_action_word(int event);
const char *event_detail_word(int event, int detail);
