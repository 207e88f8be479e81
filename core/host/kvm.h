/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/base/libvirt.h"

/* Whether hardware virtualisation works on the host of that connection: 1 or 0, -1 when it cannot be told. On
 * this machine it is found by running one instruction in a virtual CPU, since on some nested machines
 * /dev/kvm is there and hangs; elsewhere, or where /dev/kvm may not be opened, libvirt's word is taken. Found
 * once a process and kept. Blocks for at most KVM_PROBE_MS: worker threads. */
int kvm_works(virConnectPtr connection, gboolean local);

/* Whether the text of /proc/cpuinfo gives its processors that flag ("vmx", "svm", "hypervisor"). Any thread.
 */
gboolean kvm_processor_has(const char *cpuinfo, const char *flag);

#define KVM_PROBE_MS 3000
