/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/action/operation.h"

/* Makes a template of a disk image in a file of this machine (request->file): qcow2, raw, vmdk, vdi, vhdx,
 * vhd, packed or not. Its definition is that of its name in the search path, else a new one. One that is
 * ready already is a conflict. An operation_run: see there. */
gboolean provision_template_import(struct operation *operation, const struct request *request,
                                   struct outcome *outcome, GError **error);
