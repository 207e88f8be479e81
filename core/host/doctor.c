/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/host/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "core/host/connection.h"
#include "core/host/kvm.h"
#include "core/base/command.h"
#include "core/storage/pool.h"

struct examination {
    struct engine *engine;
    virConnectPtr connection; /* NULL: not reached */
    GError *refusal;          /* why not */
    GPtrArray *checks;
    doctor_done done;
    gpointer data;
};

const char *check_status_word(enum check_status status) {
    static const char *const words[] = {"ok", "warning", "failure", "skipped"};
    return words[status];
}

static void check_free(gpointer data) {
    struct check *check = data;
    g_free(check->detail);
    g_free(check->fix);
    g_free(check);
}

static void found(struct check *check, enum check_status status, char *detail, const char *fix) {
    check->status = status;
    check->detail = detail;
    check->fix = g_strdup(fix);
}

static void check_libvirt(struct examination *examination, struct check *check) {
    const char *uri = host_uri(examination->engine->host);
    if (examination->connection == NULL) {
        found(check, CHECK_FAILURE, g_strdup(examination->refusal->message),
              error_hint(examination->refusal));
        return;
    }
    unsigned long version = 0;
    virConnectGetLibVersion(examination->connection, &version);
    found(check, CHECK_OK,
          g_strdup_printf("%s answers, libvirt %lu.%lu.%lu", uri, version / 1000000, version / 1000 % 1000,
                          version % 1000),
          NULL);
}

static void check_kvm(struct examination *examination, struct check *check) {
    gboolean local = connection_is_local(host_uri(examination->engine->host));
    if (g_strcmp0(virConnectGetType(examination->connection), "QEMU") != 0)
        found(check, CHECK_SKIPPED, g_strdup("no QEMU on this connection"), NULL);
    else if (kvm_works(examination->connection, local) == 1)
        found(check, CHECK_OK, g_strdup("KVM runs a virtual CPU"), NULL);
    else
        found(check, CHECK_WARNING,
              g_strdup("KVM does not work here: guests run by emulation, many times slower"),
              "switch on VT-x or AMD-V in the firmware, load kvm_intel or kvm_amd; in a virtual machine, "
              "switch on nested "
              "virtualization on its host");
}

static void check_pool(struct examination *examination, struct check *check) {
    g_autoptr(GError) error = NULL;
    g_autoptr(virStoragePool) pool =
        pool_choose(examination->connection, examination->engine->settings, &error);
    guint64 available = 0;
    if (pool == NULL)
        found(check, CHECK_FAILURE, g_strdup(error->message), error_hint(error));
    else if (!pool_available(pool, &available, &error))
        found(check, CHECK_WARNING, g_strdup(error->message), error_hint(error));
    else
        found(check, CHECK_OK,
              g_strdup_printf("pool '%s' is active, %.1f GiB free", virStoragePoolGetName(pool),
                              (double)available / (1 << 30)),
              NULL);
}

static void check_network(struct examination *examination, struct check *check) {
    int active = virConnectNumOfNetworks(examination->connection);
    int defined = virConnectNumOfDefinedNetworks(examination->connection);
    gboolean session = g_str_has_suffix(host_uri(examination->engine->host), "/session");
    if (active > 0)
        found(check, CHECK_OK, g_strdup_printf("%d active network%s", active, active == 1 ? "" : "s"), NULL);
    else if (session)
        found(check, CHECK_OK, g_strdup("a session host: guests get user-mode networking"), NULL);
    else
        found(check, CHECK_FAILURE, g_strdup_printf("no network is active, %d defined", MAX(0, defined)),
              defined > 0 ? "virsh net-start default; virsh net-autostart default"
                          : "install libvirt-daemon-config-network, then virsh net-start default");
}

/* Firmware as libvirt itself offers it for new guests. */
static void check_firmware(struct examination *examination, struct check *check) {
    char *capabilities = virConnectGetDomainCapabilities(examination->connection, NULL, NULL, "q35", NULL, 0);
    if (capabilities == NULL)
        found(check, CHECK_SKIPPED, g_strdup("this connection tells no capabilities"), NULL);
    else if (strstr(capabilities, "<value>efi</value>") != NULL)
        found(check, CHECK_OK, g_strdup("BIOS and UEFI"), NULL);
    else
        found(check, CHECK_WARNING, g_strdup("BIOS alone: no UEFI firmware is installed"),
              "install ovmf (Debian, Ubuntu) or edk2-ovmf (Fedora, Rocky, Arch)");
    free(capabilities);
}

static void check_seed(struct examination *examination, struct check *check) {
    g_autofree char *program = command_find("xorriso");
    if (program != NULL)
        found(check, CHECK_OK, g_strdup("xorriso writes the seeds"), NULL);
    else
        found(check, CHECK_WARNING, g_strdup("xorriso is not installed: it writes the seeds"),
              "install xorriso (Debian, Ubuntu, Fedora) or libisoburn (Arch)");
}

static const struct {
    const char *id, *title, *see;
    void (*run)(struct examination *examination, struct check *check);
    gboolean connected; /* needs a connection */
} table[] = {
    {"libvirt", "libvirt answers", "innkeep(1), DIAGNOSTICS", check_libvirt, FALSE},
    {"hardware-virtualization", "hardware virtualization works", "innkeep(1), DIAGNOSTICS", check_kvm, TRUE},
    {"pool", "a storage pool is there", "innkeep(1), DIAGNOSTICS", check_pool, TRUE},
    {"network-active", "a network is active", "innkeep(1), DIAGNOSTICS", check_network, TRUE},
    {"firmware", "firmware for guests is installed", "innkeep(1), DIAGNOSTICS", check_firmware, TRUE},
    {"cloud-init", "guests can be set up by cloud-init", "innkeep(1), DIAGNOSTICS", check_seed, FALSE},
};

static gboolean work(struct job *job, gpointer data, GError **error) {
    struct examination *examination = data;
    examination->connection = host_take_connection(examination->engine->host, &examination->refusal);
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        struct check *check = g_new0(struct check, 1);
        check->id = table[i].id;
        check->title = table[i].title;
        check->see = table[i].see;
        if (table[i].connected && examination->connection == NULL)
            found(check, CHECK_SKIPPED, g_strdup("libvirt is not reached"), NULL);
        else
            table[i].run(examination, check);
        g_ptr_array_add(examination->checks, check);
    }
    if (examination->connection != NULL)
        host_return_connection(examination->engine->host, examination->connection);
    return TRUE;
}

static void tell(struct job *job, const GError *error, gpointer data) {
    struct examination *examination = data;
    examination->done(examination->checks, examination->data);
}

static void examination_free(gpointer data) {
    struct examination *examination = data;
    g_clear_error(&examination->refusal);
    g_ptr_array_unref(examination->checks);
    g_free(examination);
}

void doctor_request(struct engine *engine, doctor_done done, gpointer data) {
    struct examination *examination = g_new0(struct examination, 1);
    examination->engine = engine;
    examination->checks = g_ptr_array_new_with_free_func(check_free);
    examination->done = done;
    examination->data = data;
    struct job_spec spec = {.title = "check the host",
                            .lane = LANE_QUIET,
                            .work = work,
                            .done = tell,
                            .data = examination,
                            .free_data = examination_free};
    jobs_submit(engine->jobs, &spec);
}
