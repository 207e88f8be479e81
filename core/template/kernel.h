/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

/* A Linux kernel and those of its modules that the tiny guest uses. Plain data. */
struct kernel {
    char *release;       /* "6.1.0-56-cloud-amd64" */
    GBytes *image;       /* vmlinuz */
    GHashTable *modules; /* name with '_' (char *) to uncompressed content (GBytes *) */
    GHashTable *builtin; /* names of modules that are part of the image (char *, a set) */
};

void kernel_free(struct kernel *kernel);
typedef struct kernel kernel_owned;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(kernel_owned, kernel_free)

/* Reads a kernel with the tiny guest's modules, and those that they need, out of packages (paths, char *).
 * Errors say which module a guest could not do without. Blocks: for a worker thread. */
struct kernel *kernel_from_packages(GPtrArray *packages, GCancellable *cancellable, GError **error);

/* The same for the kernel that this host runs; fails where its files are not readable, as in a container. */
struct kernel *kernel_of_host(GCancellable *cancellable, GError **error);

/* The names of the modules, each after those that it needs. The keys are the kernel's. */
GPtrArray *kernel_load_order(const struct kernel *kernel);
