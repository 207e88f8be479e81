/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Runs one operation of core on the host that tests/host gives, in this process, without a job. */

/* A connection to the system host; the caller closes it. */
virConnectPtr operate_connect(void);

/* FALSE and an error as the operation itself. */
gboolean operate(virConnectPtr connection, operation_run run, const struct request *request,
                 struct outcome *outcome, GError **error);

/* The command line of a process of its own, for tests that kill it: create|clone|delete|build|recover
 * NAME=VALUE… Returns its exit status. */
int operate_main(int argc, char **argv);
