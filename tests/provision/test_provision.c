/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Create, clone and delete on a real libvirt: what they make, refuse, and leave alone. */
#include <string.h>

#include <sys/stat.h>

#include <glib/gstdio.h>

#include "core/base/xml.h"
#include "core/host/facts.h"
#include "core/template/catalogue.h"
#include "core/provision/clone.h"
#include "core/provision/create.h"
#include "core/provision/delete.h"
#include "core/storage/pool.h"
#include "core/storage/transfer.h"
#include "tests/provision/house.h"
#include "tests/unit/unit.h"

#define POOL "/var/lib/libvirt/images/"

static struct request *new_request(enum action_id action, const char *uuid, const char *new_name) {
    struct request *request = request_new(action, uuid, NULL);
    request->new_name = g_strdup(new_name);
    request->template_name = action == ACTION_create ? g_strdup(HOUSE_TEMPLATE) : NULL;
    return request;
}

static void expect_done(operation_run run, struct request *request) {
    g_autoptr(GError) error = house_try(run, request);
    if (error != NULL)
        fail_msg("%s", error->message);
}

/* It is refused with that code, and nothing on the host is different from before. */
static void expect_refused(operation_run run, struct request *request, int code, const char *words) {
    g_autofree char *before = house_inventory();
    g_autoptr(GError) error = house_try(run, request);
    g_autofree char *after = house_inventory();
    assert_non_null(error);
    if (error_exit_status(error) != code || strstr(error->message, words) == NULL)
        fail_msg("%d instead of %d: %s", error_exit_status(error), code, error->message);
    assert_string_equal(after, before);
}

static xmlDoc *definition(const char *name) {
    g_autoptr(virDomain) domain = virDomainLookupByName(house_connection(), name);
    if (domain == NULL)
        fail_msg("no guest %s", name);
    char *text = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    xmlDoc *document = xml_parse(text, name, NULL);
    free(text);
    return document;
}

static struct volume *volume_at(const char *path) {
    g_autoptr(virStorageVol) volume = volume_lookup_path(house_connection(), path, NULL);
    return volume == NULL ? NULL : volume_read(volume, NULL);
}

static gboolean exists(const char *path) {
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(house_connection(), "default");
    pool_refresh(pool);
    g_autoptr(volume_t) volume = volume_at(path);
    return volume != NULL;
}

static void what_a_copy_takes_counts_the_image_below(void **state) {
    g_autofree char *uuid = house_guest("web");
    assert_non_null(uuid);
    g_autoptr(volume_t) image = volume_at(HOUSE_IMAGE);
    g_autoptr(volume_t) overlay = volume_at(POOL "web.qcow2");
    assert_true(image->allocation > 0);
    assert_int_equal(volume_whole_size(house_connection(), image), image->allocation);
    assert_int_equal(volume_whole_size(house_connection(), overlay), image->allocation + overlay->allocation);
}

/* ---- create ---- */

static void a_new_guest_is_an_overlay_on_a_protected_image(void **state) {
    g_autofree char *uuid = house_guest("web");
    g_autoptr(volume_t) volume = volume_at(POOL "web.qcow2");
    assert_string_equal(volume->backing, HOUSE_IMAGE);
    assert_string_equal(volume->backing_format, "qcow2");
    GStatBuf status;
    assert_int_equal(g_stat(HOUSE_IMAGE, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0444);
    g_autoptr(xmlDoc) domain = definition("web");
    g_autofree char *text = xml_text(domain);
    struct guest_facts *facts = guest_facts_parse(text, uuid);
    assert_true(facts->managed);
    assert_true(facts->linked);
    assert_true(facts->serial && facts->agent_channel && facts->balloon);
    assert_string_equal(facts->template_name, HOUSE_TEMPLATE);
    assert_string_equal(facts->volumes[0], POOL "web.qcow2");
    assert_int_equal(facts->memory_max, 64 << 20);
    guest_facts_unref(facts);
}

static void what_exists_is_a_conflict(void **state) {
    g_autofree char *uuid = house_guest("web");
    assert_non_null(uuid);
    expect_refused(provision_create, new_request(ACTION_create, NULL, "web"), 6,
                   "guest 'web' exists already");
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(house_connection(), "default");
    struct volume_spec spec = {.name = "data.qcow2", .format = "qcow2", .capacity = 1 << 20};
    g_autoptr(virStorageVol) foreign = volume_create(pool, &spec, NULL);
    assert_non_null(foreign);
    expect_refused(provision_create, new_request(ACTION_create, NULL, "data"), 6,
                   "volume 'data.qcow2' exists");
}

static void names_are_proposed_and_unique(void **state) {
    g_autofree char *taken = house_guest("golden-2");
    assert_non_null(taken);
    struct request *request = new_request(ACTION_create, NULL, NULL);
    request->count = 3;
    request->start = 0;
    expect_done(provision_create, request);
    static const char *const names[] = {"golden-1", "golden-3", "golden-4"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(xmlDoc) domain = definition(names[i]);
        assert_non_null(domain);
    }
}

static void hostile_values_are_refused_before_anything_is_written(void **state) {
    g_autofree char *endless = g_strnfill(201, 'x');
    const char *names[] = {"",     " ",         "a/b",       "../x",          "-rf",  ".x",
                           "a\nb", "a\033[31m", "\302\233x", "\342\200\256x", "\377", endless};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        expect_refused(provision_create, new_request(ACTION_create, NULL, names[i]), 2, "the name '");
    struct request *request = new_request(ACTION_create, NULL, "x");
    request->disk = 1 << 20;
    expect_refused(provision_create, request, 2, "less than the template's");
    request = new_request(ACTION_create, NULL, "x");
    request->memory = 1 << 20;
    expect_refused(provision_create, request, 2, "less than 32M");
    request = new_request(ACTION_create, NULL, "x");
    request->memory = G_GUINT64_CONSTANT(9000) << 40;
    expect_refused(provision_create, request, 2, "more than this host's");
    request = new_request(ACTION_create, NULL, "x");
    request->vcpus = 100000;
    expect_refused(provision_create, request, 2, "virtual CPUs");
    request = new_request(ACTION_create, NULL, "x");
    request->network = g_strdup("nowhere");
    expect_refused(provision_create, request, 3, "no network 'nowhere'");
    request = new_request(ACTION_create, NULL, "x");
    g_free(request->template_name);
    request->template_name = g_strdup("../golden");
    expect_refused(provision_create, request, 3, "no template '../golden'");
}

static void odd_names_work(void **state) {
    static const char *const names[] = {"$(id)", "a b;c", "it's \"q\" <&>", "gr\303\266\303\237e", "100%"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *uuid = house_guest(names[i]);
        g_autofree char *path = g_strconcat(POOL, names[i], ".qcow2", NULL);
        assert_true(exists(path));
        expect_done(provision_delete, new_request(ACTION_delete, uuid, NULL));
        assert_false(exists(path));
    }
}

static void a_start_that_fails_takes_all_back(void **state) {
    static const char text[] =
        "[template]\nname = broken\n[guest]\nkernel = /nonexistent\nmemory = 64M\n[image]\n"
        "volume = golden.qcow2\n";
    struct volume_spec spec = {.name = "broken.template", .format = "raw", .capacity = sizeof text - 1};
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(house_connection(), "default");
    g_autoptr(virStorageVol) volume = volume_create(pool, &spec, NULL);
    assert_true(transfer_upload_bytes(volume, text, sizeof text - 1, NULL));
    struct request *request = new_request(ACTION_create, NULL, NULL);
    g_free(request->template_name);
    request->template_name = g_strdup("broken");
    request->count = 2;
    expect_refused(provision_create, request, 1, "cannot start guest 'broken-");
}

static void an_image_that_a_guest_writes_to_is_no_template(void **state) {
    g_autofree char *uuid = house_guest("web");
    assert_non_null(uuid);
    house_edit("web", POOL "web.qcow2'/>", HOUSE_IMAGE "'/>");
    expect_refused(provision_create, new_request(ACTION_create, NULL, "x"), 6, "is the disk of guest 'web'");
}

/* ---- clone ---- */

struct cancelling {
    struct jobs *jobs;
    GMainLoop *loop;
    GError *error;
};

static gboolean create_many(struct job *job, gpointer data, GError **error) {
    g_autoptr(outcome_t) outcome = outcome_new();
    g_autoptr(virConnect) connection = operate_connect();
    g_autoptr(request_t) request = new_request(ACTION_create, NULL, NULL);
    g_autoptr(settings_t) settings = settings_new();
    struct operation operation = {.connection = connection, .job = job, .settings = settings};
    request->count = 90;
    request->start = 0;
    return provision_create(&operation, request, outcome, error);
}

static void cancel_when_under_way(gpointer data) {
    struct cancelling *cancelling = data;
    g_autoptr(GPtrArray) active = jobs_active(cancelling->jobs);
    for (guint i = 0; i < active->len; i++) {
        g_autofree char *step = job_get_step(g_ptr_array_index(active, i));
        if (step != NULL && strcmp(step, "create golden-1.qcow2") != 0)
            job_cancel(g_ptr_array_index(active, i));
    }
}

static void note_end(struct job *job, const GError *error, gpointer data) {
    struct cancelling *cancelling = data;
    cancelling->error = error == NULL ? NULL : g_error_copy(error);
    g_main_loop_quit(cancelling->loop);
}

static void a_cancelled_create_takes_all_back(void **state) {
    g_autofree char *before = house_inventory();
    struct cancelling cancelling = {.loop = g_main_loop_new(NULL, FALSE)};
    cancelling.jobs = jobs_new(cancel_when_under_way, &cancelling);
    struct job_spec spec = {.title = "create", .work = create_many, .done = note_end, .data = &cancelling};
    jobs_submit(cancelling.jobs, &spec);
    g_main_loop_run(cancelling.loop);
    g_main_loop_unref(cancelling.loop);
    jobs_free(cancelling.jobs, 1000);
    g_autofree char *after = house_inventory();
    assert_non_null(cancelling.error);
    assert_int_equal(error_exit_status(cancelling.error), 130);
    g_error_free(cancelling.error);
    assert_string_equal(after, before);
}

static void expect_different(xmlDoc *a, xmlDoc *b, const char *xpath) {
    g_autofree char *first = xml_string(xml_root(a), xpath);
    g_autofree char *second = xml_string(xml_root(b), xpath);
    assert_non_null(second);
    assert_string_not_equal(first, second);
}

static void a_linked_clone_stands_on_the_same_image(void **state) {
    g_autofree char *uuid = house_guest("web");
    struct request *request = new_request(ACTION_clone, uuid, NULL);
    request->linked = 1;
    expect_done(provision_clone, request);
    g_autoptr(volume_t) volume = volume_at(POOL "web-2.qcow2");
    assert_string_equal(volume->backing, HOUSE_IMAGE);
    g_autoptr(xmlDoc) source = definition("web"), copy = definition("web-2");
    expect_different(source, copy, "uuid");
    expect_different(source, copy, "devices/interface/mac/@address");
    expect_different(source, copy, "devices/disk/source/@file");
    expect_different(source, copy, "metadata/innkeep:guest/innkeep:uuid");
}

static void a_full_copy_stands_alone_and_keeps_foreign_elements(void **state) {
    g_autofree char *uuid = house_guest("web");
    house_edit("web", "<metadata>",
               "<title>Web: 1</title><metadata><o:other xmlns:o='urn:o'><o:k v='1'/></o:other>");
    house_edit("web", "index='0' model='none'/>", "index='0' model='qemu-xhci'/>");
    house_edit("web", "<devices>",
               "<sysinfo type='smbios'><system><entry name='serial'>S1</entry></system></sysinfo>"
               "<devices><hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/><product "
               "id='0x2'/></source></hostdev>");
    expect_done(provision_clone, new_request(ACTION_clone, uuid, "wiki"));
    g_autoptr(volume_t) volume = volume_at(POOL "wiki.qcow2");
    assert_null(volume->backing);
    assert_string_equal(volume->format, "qcow2");
    g_autoptr(xmlDoc) copy = definition("wiki");
    assert_true(xml_has(xml_root(copy), "metadata/*[local-name()='other']/*[@v='1']"));
    assert_false(xml_has(xml_root(copy), "devices/hostdev"));
    assert_false(xml_has(xml_root(copy), "sysinfo//entry[@name='serial']"));
    g_autofree char *title = xml_string(xml_root(copy), "title");
    assert_string_equal(title, "Web: 1");
}

/* Windows takes another for a machine that was turned back or copied. */
static void a_copy_has_a_generation_of_its_own_and_stays_shut_off(void **state) {
    g_autofree char *uuid = house_guest("web");
    house_edit("web", "<vcpu", "<genid>11111111-2222-3333-4444-555555555555</genid><vcpu");
    expect_done(provision_clone, new_request(ACTION_clone, uuid, "wiki"));
    g_autoptr(xmlDoc) source = definition("web"), copy = definition("wiki");
    expect_different(source, copy, "genid");
    g_autofree char *genid = xml_string(xml_root(copy), "genid");
    assert_true(g_uuid_string_is_valid(genid));
    g_autoptr(virDomain) domain = virDomainLookupByName(house_connection(), "wiki");
    assert_int_equal(virDomainIsActive(domain), 0);
}

static void a_source_that_cannot_be_cloned_as_it_is_now_is_refused(void **state) {
    g_autofree char *uuid = house_guest("web");
    g_autoptr(virDomain) domain = virDomainLookupByName(house_connection(), "web");
    assert_int_equal(virDomainCreate(domain), 0);
    struct request *linked = new_request(ACTION_clone, uuid, "x");
    linked->linked = 1;
    expect_refused(provision_clone, linked, 6, "it is running");
    expect_refused(provision_delete, new_request(ACTION_delete, uuid, NULL), 6, "it is running");
    struct request *planned = new_request(ACTION_delete, uuid, NULL);
    planned->dry_run = TRUE;
    expect_refused(provision_delete, planned, 6, "it is running");
    assert_int_equal(virDomainManagedSave(domain, 0), 0);
    expect_refused(provision_clone, new_request(ACTION_clone, uuid, "x"), 6, "its memory is saved");
    expect_done(provision_delete, new_request(ACTION_delete, uuid, NULL));
    assert_false(exists(POOL "web.qcow2"));
}

static void a_disk_of_its_own_cannot_be_cloned_linked(void **state) {
    g_autofree char *uuid = house_guest("web");
    expect_done(provision_clone, new_request(ACTION_clone, uuid, "full"));
    g_autoptr(virDomain) domain = virDomainLookupByName(house_connection(), "full");
    char full[VIR_UUID_STRING_BUFLEN];
    virDomainGetUUIDString(domain, full);
    struct request *request = new_request(ACTION_clone, full, "x");
    request->linked = 1;
    expect_refused(provision_clone, request, 6, "is no overlay on an image");
}

static void a_clone_of_a_template_needs_no_guest(void **state) {
    struct request *request = request_new(ACTION_clone, NULL, HOUSE_TEMPLATE);
    request->linked = 0;
    request->start = 0;
    request->disk = 32 << 20;
    expect_done(provision_clone, request);
    g_autoptr(volume_t) volume = volume_at(POOL "golden-1.qcow2");
    assert_null(volume->backing);
    assert_int_equal(volume->capacity, 32 << 20);
}

/* ---- delete ---- */

static void a_volume_that_another_uses_stays(void **state) {
    g_autofree char *web = house_guest("web"), *other = house_guest("other");
    house_edit("other", POOL "other.qcow2'/>", POOL "web.qcow2'/>");
    expect_done(provision_delete, new_request(ACTION_delete, web, NULL));
    assert_true(exists(POOL "web.qcow2"));
    expect_done(provision_delete, new_request(ACTION_delete, other, NULL));
    assert_true(exists(POOL "web.qcow2"));
    assert_false(exists(POOL "other.qcow2"));
    assert_true(exists(HOUSE_IMAGE));
}

static void a_backing_file_stays(void **state) {
    g_autofree char *web = house_guest("web");
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(house_connection(), "default");
    struct volume_spec spec = {.name = "over.qcow2",
                               .format = "qcow2",
                               .capacity = 16 << 20,
                               .backing = POOL "web.qcow2",
                               .backing_format = "qcow2"};
    g_autoptr(virStorageVol) over = volume_create(pool, &spec, NULL);
    assert_non_null(over);
    expect_done(provision_delete, new_request(ACTION_delete, web, NULL));
    assert_true(exists(POOL "web.qcow2"));
}

static void a_copy_by_another_tool_has_no_volumes_to_delete(void **state) {
    g_autofree char *web = house_guest("web");
    assert_non_null(web);
    g_autoptr(xmlDoc) domain = definition("web");
    xml_put(xml_root(domain), "name", "copy");
    xml_put(xml_root(domain), "uuid", "11111111-2222-3333-4444-555555555555");
    g_autofree char *text = xml_text(domain);
    g_autoptr(virDomain) copy = virDomainDefineXML(house_connection(), text);
    assert_non_null(copy);
    expect_done(provision_delete, new_request(ACTION_delete, "11111111-2222-3333-4444-555555555555", NULL));
    assert_true(exists(POOL "web.qcow2"));
}

static void storage_that_is_named_goes_or_is_refused(void **state) {
    g_autofree char *web = house_guest("web");
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(house_connection(), "default");
    struct volume_spec spec = {.name = "data.qcow2", .format = "qcow2", .capacity = 1 << 20};
    g_autoptr(virStorageVol) data = volume_create(pool, &spec, NULL);
    assert_non_null(data);
    house_edit(
        "web", "<devices>",
        "<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='" POOL
        "data.qcow2'/><target dev='vdb' bus='virtio'/></disk><disk type='file' device='cdrom'><source "
        "file='" POOL "some.iso'/><target dev='sda' bus='sata'/><readonly/></disk>");
    struct request *request = new_request(ACTION_delete, web, NULL);
    request->storage = g_strdup("vdb,sda");
    expect_refused(provision_delete, request, 4, "is removable");
    request = new_request(ACTION_delete, web, NULL);
    request->storage = g_strdup("vdc");
    expect_refused(provision_delete, request, 3, "has no disk 'vdc'");
    request = new_request(ACTION_delete, web, NULL);
    request->storage = g_strdup("vdb");
    expect_done(provision_delete, request);
    assert_false(exists(POOL "data.qcow2"));
    assert_false(exists(POOL "web.qcow2"));
}

static void a_dry_run_says_all_and_changes_nothing(void **state) {
    g_autofree char *web = house_guest("web");
    g_autofree char *before = house_inventory();
    g_autoptr(outcome_t) outcome = outcome_new();
    struct request *request = new_request(ACTION_delete, web, NULL);
    request->dry_run = TRUE;
    assert_true(operate(house_connection(), provision_delete, request, outcome, NULL));
    request_free(request);
    assert_int_equal(outcome->plan->len, 3);
    const struct step *step = g_ptr_array_index(outcome->plan, 1);
    assert_true(g_str_has_suffix(step->object, "-console.log"));
    assert_string_equal(step->action, "delete");
    step = g_ptr_array_index(outcome->plan, 2);
    assert_string_equal(step->object, POOL "web.qcow2");
    assert_string_equal(step->action, "delete");
    assert_true(step->bytes > 0 && step->bytes < 1 << 20);
    request = new_request(ACTION_create, NULL, NULL);
    request->dry_run = TRUE;
    expect_done(provision_create, request);
    request = new_request(ACTION_clone, web, NULL);
    request->dry_run = TRUE;
    expect_done(provision_clone, request);
    g_autofree char *after = house_inventory();
    assert_string_equal(after, before);
}

static void the_protected_are_kept_and_storage_can_be(void **state) {
    g_autofree char *web = house_guest("web");
    struct request *request = new_request(ACTION_delete, web, NULL);
    house_edit("web", "<innkeep:linked/>", "<innkeep:linked/><innkeep:protected/>");
    expect_refused(provision_delete, request, 4, "it is protected");
    house_edit("web", "<innkeep:protected/>", "");
    request = new_request(ACTION_delete, web, NULL);
    request->keep_storage = TRUE;
    expect_done(provision_delete, request);
    assert_true(exists(POOL "web.qcow2"));
    expect_refused(provision_delete, new_request(ACTION_delete, web, NULL), 3, "no such guest");
}

/* ---- the catalogue ---- */

static void the_catalogue_names_what_stands_on_an_image(void **state) {
    g_autofree char *web = house_guest("web");
    assert_non_null(web);
    struct settings *settings = settings_new();
    struct operation operation = {.connection = house_connection(), .settings = settings};
    g_autoptr(GPtrArray) templates = catalogue_read(&operation, TRUE, NULL);
    settings_free(settings);
    const struct template_info *info = NULL;
    for (guint i = 0; i < templates->len; i++) {
        const struct template_info *found = g_ptr_array_index(templates, i);
        if (strcmp(found->name, HOUSE_TEMPLATE) == 0)
            info = found;
    }
    assert_non_null(info);
    assert_true(info->ready);
    assert_string_equal(info->volume, "golden.qcow2");
    assert_int_equal(info->virtual_size, 16 << 20);
    assert_int_equal(info->dependants->len, 1);
    assert_string_equal(g_ptr_array_index(info->dependants, 0), "web");
}

#define TEST(name) cmocka_unit_test_teardown(name, house_clear)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_a_copy_takes_counts_the_image_below),
        TEST(a_new_guest_is_an_overlay_on_a_protected_image),
        TEST(what_exists_is_a_conflict),
        TEST(names_are_proposed_and_unique),
        TEST(hostile_values_are_refused_before_anything_is_written),
        TEST(odd_names_work),
        TEST(a_start_that_fails_takes_all_back),
        TEST(a_cancelled_create_takes_all_back),
        TEST(an_image_that_a_guest_writes_to_is_no_template),
        TEST(a_linked_clone_stands_on_the_same_image),
        TEST(a_full_copy_stands_alone_and_keeps_foreign_elements),
        TEST(a_copy_has_a_generation_of_its_own_and_stays_shut_off),
        TEST(a_source_that_cannot_be_cloned_as_it_is_now_is_refused),
        TEST(a_disk_of_its_own_cannot_be_cloned_linked),
        TEST(a_clone_of_a_template_needs_no_guest),
        TEST(a_volume_that_another_uses_stays),
        TEST(a_backing_file_stays),
        TEST(a_copy_by_another_tool_has_no_volumes_to_delete),
        TEST(storage_that_is_named_goes_or_is_refused),
        TEST(a_dry_run_says_all_and_changes_nothing),
        TEST(the_protected_are_kept_and_storage_can_be),
        TEST(the_catalogue_names_what_stands_on_an_image),
    };
    return cmocka_run_group_tests(tests, house_open, house_close);
}
