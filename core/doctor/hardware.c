/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>

#include <glib/gstdio.h>

#include "core/base/command.h"
#include "core/doctor/examine.h"
#include "core/doctor/machine.h"
#include "core/host/kvm.h"
#include "core/storage/reach.h"

/* Documentation/admin-guide/devices.txt of the kernel. */
#define KVM_MAJOR 10
#define KVM_MINOR 232

#define KVM_DEVICE "/dev/kvm"

static char *cpuinfo(void) {
    char *text = NULL;
    if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL))
        return g_strdup("");
    return text;
}

/* "kvm_intel" or "kvm_amd"; NULL: the processor has neither VT-x nor AMD-V. */
static const char *module_for(const char *processor) {
    return kvm_processor_has(processor, "vmx")   ? "kvm_intel"
           : kvm_processor_has(processor, "svm") ? "kvm_amd"
                                                 : NULL;
}

void probe_cpu(struct examination *examination, struct check *check) {
    g_autofree char *text = cpuinfo();
    gboolean nested = kvm_processor_has(text, "hypervisor");
    const char *module = module_for(text);
    if (strstr(text, "flags\t") == NULL && strstr(text, "flags ") == NULL) {
        check_say(check, CHECK_SKIPPED, "/proc/cpuinfo tells no flags of this kind of processor");
        return;
    }
    if (module != NULL) {
        check_say(check, CHECK_OK, "%s%s", strcmp(module, "kvm_intel") == 0 ? "VT-x" : "AMD-V",
                  nested ? ", nested: this machine is a virtual one" : "");
        return;
    }
    check_say(check, CHECK_WARNING, "neither VT-x nor AMD-V%s",
              nested ? " is passed on to this virtual machine" : " is switched on");
    check_fix(check, nested ? "switch on nested virtualization for this machine on its host"
                            : "switch on VT-x (Intel) or SVM (AMD) in the machine's firmware");
}

void probe_kvm(struct examination *examination, struct check *check) {
    g_autofree char *text = cpuinfo();
    const char *module = examination->here ? module_for(text) : NULL;
    if (kvm_works(examination->connection, examination->here) == 1) {
        check_say(check, CHECK_OK, "KVM runs a virtual CPU");
        return;
    }
    check_say(check, CHECK_WARNING, "KVM does not work here: guests run by emulation, many times slower");
    if (module != NULL && g_access(KVM_DEVICE, F_OK) < 0)
        check_root_command(check, "modprobe", module, NULL);
    else
        check_fix(check, "switch on VT-x or AMD-V in the firmware, load kvm_intel or kvm_amd; in a virtual "
                         "machine, switch on nested virtualization on its host");
}

static void name_user(guint user, char *name, gsize size) {
    g_snprintf(name, size, "user %u", user);
}

void probe_kvm_device(struct examination *examination, struct check *check) {
    GStatBuf status;
    struct reach reach = {0};
    char who[40];
    if (g_stat(KVM_DEVICE, &status) < 0) {
        g_autofree char *text = cpuinfo();
        const char *module = module_for(text);
        check_say(check, CHECK_WARNING, "no " KVM_DEVICE);
        if (module != NULL)
            check_root_command(check, "modprobe", module, NULL);
        else
            check_fix(check, "first let the processor virtualize");
        return;
    }
    if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(KVM_MAJOR, KVM_MINOR)) {
        check_say(check, CHECK_FAILURE, KVM_DEVICE " is not KVM's device");
        check_fix(check, "remove what stands in its place, and load the module kvm anew");
        return;
    }
    if (!reach_emulator(examination->connection, "kvm", &reach)) {
        check_say(check, CHECK_SKIPPED, "libvirt does not tell as whom it runs QEMU");
        return;
    }
    name_user(reach.user, who, sizeof who);
    if (reach_may(&reach, KVM_DEVICE, S_IROTH | S_IWOTH)) {
        check_say(check, CHECK_OK, "QEMU runs as %s, who may", who);
        return;
    }
    check_say(check, CHECK_FAILURE, "QEMU runs as %s, who may not (mode %04o, group %u)", who,
              (guint)status.st_mode & 07777, (guint)status.st_gid);
    if (status.st_gid != 0 && (status.st_mode & 0060) == 0060) {
        g_autofree char *entry = g_strdup_printf("u:%u:rw", reach.user);
        check_root_command(check, "setfacl", "-m", entry, KVM_DEVICE, NULL);
        check_fix(check, "put that user into the device's group, which lasts");
    } else {
        check_root_command(check, "chgrp", "kvm", KVM_DEVICE, NULL);
        check_root_command(check, "chmod", "0660", KVM_DEVICE, NULL);
    }
}

/* The drivers intel_pstate and amd-pstate-epp choose clocks themselves, also under that name (kernel's
 * Documentation/admin-guide/pm). */
void probe_governor(struct examination *examination, struct check *check) {
    static const char folder[] = "/sys/devices/system/cpu/cpu0/cpufreq";
    g_autofree char *governor = NULL, *driver = NULL;
    g_autofree char *of_governor = g_build_filename(folder, "scaling_governor", NULL);
    g_autofree char *of_driver = g_build_filename(folder, "scaling_driver", NULL);
    if (!g_file_get_contents(of_governor, &governor, NULL, NULL)) {
        check_say(check, CHECK_SKIPPED, "the kernel does not steer the clock here");
        return;
    }
    g_strchomp(governor);
    gboolean own = g_file_get_contents(of_driver, &driver, NULL, NULL) &&
                   (g_str_has_prefix(driver, "intel_pstate") || g_str_has_prefix(driver, "amd-pstate-epp") ||
                    g_str_has_prefix(driver, "amd_pstate_epp"));
    if (own || strcmp(governor, "powersave") != 0) {
        check_say(check, CHECK_OK, "governor %s", governor);
        return;
    }
    check_say(check, CHECK_WARNING, "governor powersave holds the lowest clock");
    check_root_command(check, "cpupower", "frequency-set", "-g", "schedutil", NULL);
}

void probe_time(struct examination *examination, struct check *check) {
    struct timex clock = {.modes = 0};
    int state = adjtimex(&clock);
    if (state < 0) {
        check_say(check, CHECK_SKIPPED, "the kernel does not tell: %s", g_strerror(errno));
        return;
    }
    if (state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0) {
        check_say(check, CHECK_OK, "the kernel says that it is");
        return;
    }
    check_say(check, CHECK_WARNING, "nothing keeps the clock right");
    if (g_access("/lib/systemd/systemd-timesyncd", F_OK) != 0)
        machine_install(check, PACKAGE_CHRONY);
    else if (g_access("/run/systemd/system", F_OK) == 0)
        check_root_command(check, "timedatectl", "set-ntp", "true", NULL);
    else /* chrony would take its place */
        check_fix(check, "have systemd-timesyncd started, by what starts services on this machine");
}
