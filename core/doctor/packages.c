/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/base/command.h"
#include "core/doctor/examine.h"
#include "core/doctor/machine.h"

/* The program is there, or the package that brings it is named. */
static void want_program(struct check *check, const char *name, enum package package,
                         enum check_status missing, const char *without) {
    g_autofree char *program = command_find(name);
    if (program != NULL) {
        check_say(check, CHECK_OK, "%s", program);
        return;
    }
    check_say(check, missing, "%s is not installed: %s", name, without);
    machine_install(check, package);
}

void probe_emulator(struct examination *examination, struct check *check) {
    static const char *const programs[] = {"qemu-system-x86_64", "qemu-system-aarch64", "qemu-kvm"};
    if (examination->connection != NULL && strcmp(virConnectGetType(examination->connection), "QEMU") != 0) {
        check_say(check, CHECK_SKIPPED, "no QEMU on this connection");
        return;
    }
    xmlNode *root = examination->connection == NULL ? NULL : examine_capabilities(examination);
    g_autofree char *emulator =
        root == NULL ? NULL : xml_string(root, "guest[os_type='hvm']/arch[@name='x86_64']/emulator");
    if (emulator == NULL && root != NULL)
        emulator = xml_string(root, "guest[os_type='hvm']/arch/emulator");
    g_autofree char *installed =
        g_file_test("/usr/libexec/qemu-kvm", G_FILE_TEST_IS_EXECUTABLE) && examination->here
            ? g_strdup("/usr/libexec/qemu-kvm")
            : NULL;
    for (gsize i = 0; root == NULL && examination->here && installed == NULL && i < G_N_ELEMENTS(programs);
         i++)
        installed = command_find(programs[i]);
    if (emulator != NULL || (root == NULL && installed != NULL))
        check_say(check, CHECK_OK, "%s", emulator != NULL ? emulator : installed);
    else if (root == NULL && !examination->here)
        check_say(check, CHECK_SKIPPED, "libvirt is not reached");
    else {
        check_say(check, CHECK_FAILURE,
                  root != NULL ? "libvirt offers no full virtualization" : "no emulator is installed");
        if (examination->here)
            machine_install(check, PACKAGE_EMULATOR);
        else
            check_fix(check, "install QEMU on that host");
    }
}

void probe_qemu_img(struct examination *examination, struct check *check) {
    want_program(check, "qemu-img", PACKAGE_QEMU_IMG, CHECK_WARNING, "it converts images");
}

void probe_cloud_init(struct examination *examination, struct check *check) {
    want_program(check, "xorriso", PACKAGE_XORRISO, CHECK_WARNING, "it writes the seeds");
}

void probe_gpgv(struct examination *examination, struct check *check) {
    want_program(check, "gpgv", PACKAGE_GPGV, CHECK_WARNING, "it checks signatures");
}

/* libosinfo(3): where the database lies. */
void probe_osinfo(struct examination *examination, struct check *check) {
    const char *folder = g_getenv("OSINFO_SYSTEM_DIR");
    g_autofree char *systems = g_build_filename(folder == NULL ? "/usr/share/osinfo" : folder, "os", NULL);
    if (g_file_test(systems, G_FILE_TEST_IS_DIR)) {
        check_say(check, CHECK_OK, "%s", systems);
        return;
    }
    check_say(check, CHECK_WARNING, "no %s: a medium's system is not recognized", systems);
    machine_install(check, PACKAGE_OSINFO_DB);
}

/* ---- what libvirt offers by packages on its host ---- */

static void want_offered(struct examination *examination, struct check *check, const char *xpath,
                         enum package package, const char *there, const char *missing) {
    xmlNode *root = examine_abilities(examination);
    if (root == NULL) {
        check_say(check, CHECK_SKIPPED, "this connection tells no capabilities");
        return;
    }
    if (xml_has(root, xpath)) {
        check_say(check, CHECK_OK, "%s", there);
        return;
    }
    check_say(check, CHECK_WARNING, "%s", missing);
    if (examination->here)
        machine_install(check, package);
    else
        check_fix(check, "install it on that host");
}

void probe_firmware(struct examination *examination, struct check *check) {
    want_offered(examination, check, "os/enum[@name='firmware']/value[.='efi']", PACKAGE_FIRMWARE,
                 "BIOS and UEFI", "BIOS alone: no UEFI firmware is installed");
}

void probe_secure_boot(struct examination *examination, struct check *check) {
    want_offered(examination, check,
                 "os[enum[@name='firmware']/value='efi']/loader/enum[@name='secure']/value[.='yes']",
                 PACKAGE_FIRMWARE, "UEFI with secure boot", "no firmware with secure boot is installed");
}

void probe_tpm(struct examination *examination, struct check *check) {
    want_offered(examination, check,
                 "devices/tpm[@supported='yes']/enum[@name='backendModel']/value[.='emulator']",
                 PACKAGE_SWTPM, "swtpm emulates one", "swtpm is not installed, which emulates one");
}
