/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/provision/house.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <glib/gstdio.h>

#include "core/guest/remove.h"
#include "core/provision/create.h"
#include "core/storage/pool.h"
#include "core/storage/transfer.h"
#include "tests/unit/unit.h"

static virConnectPtr connection;
static char *state_directory;

virConnectPtr house_connection(void) {
    return connection;
}

static virStoragePoolPtr default_pool(void) {
    virStoragePoolPtr pool = virStoragePoolLookupByName(connection, "default");
    assert_non_null(pool);
    return pool;
}

static void make_volume(const struct volume_spec *spec, const char *text) {
    g_autoptr(virStoragePool) pool = default_pool();
    g_autoptr(virStorageVol) volume = volume_create(pool, spec, NULL);
    assert_non_null(volume);
    assert_true(text == NULL || transfer_upload_bytes(volume, text, spec->capacity, NULL));
}

static void make_definition(const char *name, const char *more) {
    g_autofree char *file = g_strconcat(name, ".template", NULL);
    g_autofree char *text = g_strdup_printf(
        "[template]\nname = %s\n[guest]\nmemory = 64M\n%s[image]\nvolume = golden.qcow2\n", name, more);
    struct volume_spec spec = {.name = file, .format = "raw", .capacity = strlen(text)};
    make_volume(&spec, text);
}

static void make_templates(void) {
    struct volume_spec image = {
        .name = "golden.qcow2", .format = "qcow2", .capacity = 16 << 20, .mode = "0444"};
    make_volume(&image, NULL);
    make_definition(HOUSE_TEMPLATE, "");
    make_definition(HOUSE_SEEDED, "[cloud-init]\nuser = ada\n");
}

int house_open(void **state) {
    connection = operate_connect();
    if (connection == NULL)
        return 1;
    state_directory = g_dir_make_tmp("innkeep-state-XXXXXX", NULL);
    g_setenv("INNKEEP_STATEDIR", state_directory, TRUE);
    g_setenv("XDG_CONFIG_HOME", state_directory, TRUE);
    make_templates();
    return 0;
}

int house_close(void **state) {
    static const char *const folders[] = {"journal", "build", "seed", ""};
    house_clear(state);
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(state_directory, folders[i], NULL);
        g_rmdir(path);
    }
    g_free(state_directory);
    return virConnectClose(connection) != 0;
}

static void add_guests(GPtrArray *lines) {
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(connection, &domains, 0);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN];
        virDomainGetUUIDString(domains[i], uuid);
        g_ptr_array_add(lines, g_strdup_printf("guest %s %s %d", virDomainGetName(domains[i]), uuid,
                                               virDomainIsActive(domains[i])));
        virDomainFree(domains[i]);
    }
    free(domains);
}

static void add_volumes(GPtrArray *lines) {
    g_autoptr(virStoragePool) pool = default_pool();
    virStorageVolPtr *volumes = NULL;
    pool_refresh(pool);
    int count = virStoragePoolListAllVolumes(pool, &volumes, 0);
    assert_true(count >= 0);
    for (int i = 0; i < count; i++) {
        g_autoptr(volume_t) volume = volume_read(volumes[i], NULL);
        assert_non_null(volume);
        g_ptr_array_add(lines,
                        g_strdup_printf("volume %s %" G_GUINT64_FORMAT, volume->name, volume->capacity));
        virStorageVolFree(volumes[i]);
    }
    free(volumes);
}

static void add_state(GPtrArray *lines, const char *folder) {
    g_autofree char *path = g_build_filename(state_directory, folder, NULL);
    g_autoptr(GDir) entries = g_dir_open(path, 0, NULL);
    for (const char *name; entries != NULL && (name = g_dir_read_name(entries)) != NULL;)
        g_ptr_array_add(lines, g_strdup_printf("%s %s", folder, name));
}

static int by_text(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *house_inventory(void) {
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    add_guests(lines);
    add_volumes(lines);
    add_state(lines, "journal");
    add_state(lines, "seed");
    g_ptr_array_sort(lines, by_text);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

GError *house_try(operation_run run, struct request *request) {
    GError *error = NULL;
    g_autoptr(outcome_t) outcome = outcome_new();
    gboolean well = operate(connection, run, request, outcome, &error);
    assert_true(well == (error == NULL));
    request_free(request);
    return error;
}

char *house_guest(const char *name) {
    struct request *request = request_new(ACTION_create, NULL, NULL);
    request->new_name = g_strdup(name);
    request->template_name = g_strdup(HOUSE_TEMPLATE);
    request->start = 0;
    g_autoptr(GError) error = house_try(provision_create, request);
    if (error != NULL)
        fail_msg("%s", error->message);
    g_autoptr(virDomain) domain = virDomainLookupByName(connection, name);
    char uuid[VIR_UUID_STRING_BUFLEN];
    assert_int_equal(virDomainGetUUIDString(domain, uuid), 0);
    return g_strdup(uuid);
}

void house_edit(const char *name, const char *old, const char *new) {
    g_autoptr(virDomain) domain = virDomainLookupByName(connection, name);
    assert_non_null(domain);
    char *text = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    assert_non_null(strstr(text, old));
    g_auto(GStrv) parts = g_strsplit(text, old, 2);
    free(text);
    g_autofree char *edited = g_strjoinv(new, parts);
    g_autoptr(virDomain) again = virDomainDefineXML(connection, edited);
    if (again == NULL)
        fail_msg("%s", virGetLastErrorMessage());
}

int house_clear(void **state) {
    virDomainPtr *domains = NULL;
    int count = virConnectListAllDomains(connection, &domains, 0);
    for (int i = 0; i < count; i++) {
        assert_true(remove_domain(domains[i], NULL));
        virDomainFree(domains[i]);
    }
    free(domains);
    g_autoptr(virStoragePool) pool = default_pool();
    virStorageVolPtr *volumes = NULL;
    pool_refresh(pool);
    count = virStoragePoolListAllVolumes(pool, &volumes, 0);
    for (int i = 0; i < count; i++) {
        if (!g_str_has_prefix(virStorageVolGetName(volumes[i]), HOUSE_TEMPLATE "."))
            assert_true(volume_delete(volumes[i], NULL));
        virStorageVolFree(volumes[i]);
    }
    free(volumes);
    return 0;
}

gboolean house_spawn(char **words, int kill_at, int *status) {
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *at = g_strdup_printf("%d", kill_at);
    g_auto(GStrv) environment = g_get_environ();
    if (kill_at > 0)
        environment = g_environ_setenv(environment, "INNKEEP_TEST_KILL_AT", at, TRUE);
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();
    g_ptr_array_add(arguments, program);
    g_ptr_array_add(arguments, (char *)"operate");
    for (; *words != NULL; words++)
        g_ptr_array_add(arguments, *words);
    g_ptr_array_add(arguments, NULL);
    int ended = 0;
    assert_true(g_spawn_sync(NULL, (char **)arguments->pdata, environment,
                             G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL,
                             &ended, NULL));
    *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    return WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL;
}
