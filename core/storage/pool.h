/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config/settings.h"
#include "core/base/libvirt.h"

/* The pool for new disks: the settings' storage-pool, else 'default', else the only active one. Inactive, not
 * there, or not to be guessed: an error with what to do. The caller frees (g_autoptr(virStoragePool)).
 * Blocks. */
virStoragePoolPtr pool_choose(virConnectPtr connection, const struct settings *settings, GError **error);

/* Looks at what lies in the pool now: other programs make and remove files there. Best effort: while libvirt
 * works on the pool it refuses, and what it knew stands. Blocks. */
void pool_refresh(virStoragePoolPtr pool);

/* Bytes that are free in the pool; FALSE with an error. Blocks. */
gboolean pool_available(virStoragePoolPtr pool, guint64 *bytes, GError **error);
