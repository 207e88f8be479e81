/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/request.h"
#include "core/base/libvirt.h"

/* What a worker has at hand while it carries out one request. Private to core. */
struct operation {
    virConnectPtr connection;
    struct host *host;
    struct job *job;
    const struct settings *settings;
    struct snapshot *snapshot; /* as it was when the work began */
};

/* Carries out request, or, with dry_run, fills outcome->plan. Runs on a worker; blocks. */
typedef gboolean (*operation_run)(struct operation *operation, const struct request *request,
                                  struct outcome *outcome, GError **error);

/* FALSE and an error (interrupted) when the job was cancelled. */
gboolean operation_go_on(struct operation *operation, GError **error);

/* The domain the request was asked of, by its UUID; NULL and an error (not found). The caller frees. */
virDomainPtr operation_domain(struct operation *operation, const struct request *request, GError **error);
