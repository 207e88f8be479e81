/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

/* Distribution packages (.deb, .rpm): fetched by the host's own package manager, which checks their
 * signatures, and read without being installed. All of it blocks: for a worker thread. */

struct package_entry;

/* The content of the file that is being visited; NULL and an error when it cannot be read or is over 512 MB.
 */
GBytes *package_entry_read(struct package_entry *entry, GError **error);

/* Called for each regular file; path has no leading "./" or "/". FALSE with an error ends the visit. */
typedef gboolean (*package_visit)(const char *path, struct package_entry *entry, gpointer data,
                                  GError **error);

/* Calls visit for the regular files of the package, in its order. */
gboolean package_each(const char *package, package_visit visit, gpointer data, GCancellable *cancellable,
                      GError **error);

/* Content that is compressed by one of xz, zstd, gzip or bzip2, as it was before. NULL and an error. */
GBytes *package_decompress(GBytes *compressed, GError **error);

/* Downloads the packages into the folder, with apt-get or dnf. The paths of the files, or NULL and an error
 * that carries the program's last words. */
GPtrArray *package_download(const char *const *names, const char *folder, GCancellable *cancellable,
                            GError **error);

/* The packages that hold the kernel that this distribution makes for virtual machines, by the names that
 * package_download() takes. NULL and INNKEEP_ERROR_NOT_FOUND where neither apt nor dnf is here or knows one.
 */
GStrv package_kernel_names(const char *folder, GCancellable *cancellable, GError **error);
