/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "config/template.h"
#include "core/base/libvirt.h"
#include "core/guest/metadata.h"

#define DOMAIN_XML_MACHINE "q35"

/* What a new guest shall be. Plain data, all borrowed. */
struct domain_spec {
    const char *name, *uuid;
    guint vcpus;
    guint64 memory;   /* bytes */
    const char *type; /* "kvm", "qemu"; "test" for libvirt's test driver */
    enum firmware firmware;
    const char *kernel, *initrd;         /* paths; NULL: boots from its disk */
    const char *cmdline;                 /* ${name} stands for the guest's name, percent-encoded */
    const char *disk_path, *disk_format; /* NULL: no disk */
    const char *disk_bus;                /* "sata"; NULL: virtio */
    const char *nic;                     /* "e1000e"; NULL: virtio */
    const char *medium_path;             /* an installation medium, in a CD-ROM drive; NULL: none */
    gboolean network_boot;               /* boots from the network while its disk has no system */
    gboolean tpm;                        /* a TPM 2.0 by the emulator swtpm */
    gboolean pointer;                    /* a screen that a person points at: an installer's */
    gboolean local_clock;                /* the clock runs in the host's local time: Windows takes it so */
    const char *seed_path;               /* a NoCloud image; NULL: none */
    const char *network;                 /* a libvirt network, "bridge:NAME", or NULL: user-mode networking */
    const char *mac;
    const char *console_log; /* file that takes what its serial console prints; NULL: none */
    const struct metadata *metadata;
};

/* The definition of a new guest: q35, virtio, a balloon, a serial console, the agent's channel. The caller
 * frees (g_autoptr(xmlDoc)). Any thread. */
xmlDoc *domain_xml_new(const struct domain_spec *spec);

/* Adds a seed for cloud-init to the devices, at that target ("vdb"). */
void domain_xml_add_seed(xmlNode *devices, const char *path, const char *target);

/* Has what a serial line prints kept in that file. */
void domain_xml_add_log(xmlNode *serial, const char *path);

/* A fresh MAC in QEMU's range 52:54:00; the caller's. */
char *domain_xml_mac(void);

/* One word of a kernel's command line for a name: percent-encoded; the caller's. */
char *domain_xml_cmdline(const char *cmdline, const char *name);
