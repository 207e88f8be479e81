/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

enum cloud_init {
    CLOUD_INIT_SILENT, /* no guest agent answers (yet) */
    CLOUD_INIT_RUNS,   /* it has not ended (or is not in this guest) */
    CLOUD_INIT_DONE,
    CLOUD_INIT_FAILED /* it ended, or never will, with an error */
};

/* How far cloud-init has come since this guest was started, through its guest agent. With CLOUD_INIT_FAILED
 * an error that has what cloud-init says of itself. Blocks, for some seconds where the agent does not answer:
 * a worker. */
enum cloud_init cloud_init_look(virDomainPtr domain, GError **error);

/* What result.json says: TRUE when there is no error in it. Any thread. */
gboolean cloud_init_result(const char *json, const char *name, GError **error);

/* Whether the guest's agent tells that cloud-init is installed in it and not turned off. A guest that cannot
 * be asked: FALSE. As cloud_init_look(). */
gboolean cloud_init_is_in(virDomainPtr domain);

/* Whether cloud-init stays at rest when the guest starts without its seed. Only where ds-identify found the
 * seed among several places to look in does it turn cloud-init off when there is none; elsewhere cloud-init
 * would take the guest for a new machine and renew its host keys. As cloud_init_look(). */
gboolean cloud_init_rests(virDomainPtr domain);

/* The same of ds-identify's log. Any thread. */
gboolean cloud_init_log_rests(const char *log);
