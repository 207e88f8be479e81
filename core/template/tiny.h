/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

/* What to make the template tiny of. NULL members stand for the default. */
struct tiny_options {
    const char *kernel_package; /* a .deb or .rpm; default: this host's own kernel, else a download */
    const char *busybox;        /* a statically linked busybox; default: the one installed here */
    const char *contents;       /* the folder with init and the commands; default: the shipped "tiny" */
    guint64 disk_size;          /* bytes; 0 for 1 GiB */
};

/* Files that were made, in the caller's folder. Plain data. */
struct tiny_result {
    char *vmlinuz;
    char *initrd;
    char *disk;   /* qcow2, with an ext4 file system where mke2fs is installed, else empty */
    char *source; /* what it was made of, for a person: "linux 6.1.0-56-cloud-amd64 and busybox" */
};

void tiny_result_clear(struct tiny_result *result);

/* Makes the files of the template tiny in the existing folder `folder`, which the caller owns and removes,
 * also after an error: a kernel, an initramfs of busybox and the kernel's virtio modules, and a disk. Takes
 * seconds, downloads about 30 MB where no kernel is at hand; blocks: for a worker thread. result is set on
 * success only. Cancelling ends the programs that it runs. Errors: INNKEEP_ERROR_NOT_FOUND with a hint where
 * a part is missing on this host. */
gboolean tiny_build(const struct tiny_options *options, const char *folder, struct tiny_result *result,
                    GCancellable *cancellable, GError **error);
