/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* libvirt's, libxml2's types with automatic clean-up, and libvirt's errors as ours. Private to core. */
#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>

#include "config/error.h"

static inline void libvirt_connect_close(virConnectPtr connection) {
    if (connection != NULL)
        virConnectClose(connection);
}

static inline void libvirt_domain_free(virDomainPtr domain) {
    if (domain != NULL)
        virDomainFree(domain);
}

static inline void libvirt_network_free(virNetworkPtr network) {
    if (network != NULL)
        virNetworkFree(network);
}

static inline void libvirt_pool_free(virStoragePoolPtr pool) {
    if (pool != NULL)
        virStoragePoolFree(pool);
}

static inline void libvirt_volume_free(virStorageVolPtr volume) {
    if (volume != NULL)
        virStorageVolFree(volume);
}

static inline void libvirt_snapshot_free(virDomainSnapshotPtr snapshot) {
    if (snapshot != NULL)
        virDomainSnapshotFree(snapshot);
}

static inline void libvirt_stream_free(virStreamPtr stream) {
    if (stream != NULL)
        virStreamFree(stream);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virConnect, libvirt_connect_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, libvirt_domain_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virNetwork, libvirt_network_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStoragePool, libvirt_pool_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStorageVol, libvirt_volume_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomainSnapshot, libvirt_snapshot_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStream, libvirt_stream_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlXPathContext, xmlXPathFreeContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlXPathObject, xmlXPathFreeObject)

/* Sets *error from libvirt's last error on this thread, which must be the one the call was made on:
 * "MESSAGE: libvirt's words", the code by libvirt's own (no domain: not found, denied: refused, …), a hint
 * where one is known. What follows is a printf format that says what was tried and on what. The error is
 * saved before the format's arguments are evaluated: even virDomainGetName() forgets it. */
#define libvirt_error_set(error, ...)                                                                        \
    do {                                                                                                     \
        virErrorPtr libvirt_saved_error = virSaveLastError();                                                \
        libvirt_error_take((error), libvirt_saved_error, __VA_ARGS__);                                       \
    } while (0)

/* The same from a saved error, which it takes. */
void libvirt_error_take(GError **error, virErrorPtr saved, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Makes libvirt silent on stderr. Once, before the first call. */
void libvirt_quiet(void);
