/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guest/metadata.h"

#include <string.h>

#include "core/base/xml.h"
#include "core/guest/ssh.h"
#include "tests/unit/unit.h"

#define UUID  "11111111-2222-3333-4444-555555555555"
#define OTHER "99999999-2222-3333-4444-555555555555"

static struct guest_facts *new_facts(void) {
    struct guest_facts *facts = g_new0(struct guest_facts, 1);
    g_atomic_ref_count_init(&facts->references);
    return facts;
}

static xmlDoc *written(void) {
    g_auto(GStrv) tags = g_strsplit("prod,a<b&\"c", ",", -1);
    g_auto(GStrv) volumes = g_strsplit("/pool/web.qcow2", ",", -1);
    struct metadata metadata = {.uuid = UUID,
                                .template_name = "debian-12",
                                .role = "web",
                                .service = "wiki",
                                .member = "app",
                                .user = "ada",
                                .created = "2026-01-01T00:00:00Z",
                                .replica = 2,
                                .linked = TRUE,
                                .tags = tags,
                                .volumes = volumes};
    xmlDoc *domain =
        xml_parse("<domain><name>web</name><metadata><o:x xmlns:o='urn:other'><o:y/></o:x></metadata>"
                  "</domain>",
                  "domain", NULL);
    metadata_write(domain, &metadata);
    metadata_write(domain, &metadata);
    g_autofree char *text = xml_text(domain);
    xmlFreeDoc(domain);
    return xml_parse(text, "domain", NULL);
}

static void what_is_written_is_read(void **state) {
    g_autoptr(xmlDoc) domain = written();
    struct guest_facts *facts = new_facts();
    metadata_read(domain, facts, UUID);
    assert_true(facts->managed);
    assert_string_equal(facts->template_name, "debian-12");
    assert_string_equal(facts->role, "web");
    assert_string_equal(facts->service, "wiki");
    assert_string_equal(facts->member, "app");
    assert_string_equal(facts->user, "ada");
    assert_string_equal(facts->created, "2026-01-01T00:00:00Z");
    assert_int_equal(facts->replica, 2);
    assert_true(facts->linked);
    assert_false(facts->protected);
    assert_int_equal(g_strv_length(facts->tags), 2);
    assert_string_equal(facts->tags[1], "a<b&\"c");
    assert_string_equal(facts->volumes[0], "/pool/web.qcow2");
    guest_facts_unref(facts);
}

static void metadata_of_another_guest_is_not_believed(void **state) {
    g_autoptr(xmlDoc) domain = written();
    struct guest_facts *facts = new_facts();
    metadata_read(domain, facts, UUID);
    metadata_read(domain, facts, OTHER);
    assert_false(facts->managed);
    assert_false(facts->linked);
    assert_null(facts->template_name);
    assert_null(facts->role);
    assert_null(facts->user);
    assert_int_equal(facts->replica, 0);
    assert_int_equal(g_strv_length(facts->tags), 0);
    assert_int_equal(g_strv_length(facts->volumes), 0);
    guest_facts_unref(facts);
}

static void other_metadata_stay(void **state) {
    g_autoptr(xmlDoc) domain = written();
    xmlNode *root = xml_root(domain);
    g_autoptr(GPtrArray) all = xml_nodes(root, "metadata/*");
    assert_int_equal(all->len, 2);
    metadata_remove(domain);
    g_autoptr(GPtrArray) left = xml_nodes(root, "metadata/*");
    assert_int_equal(left->len, 1);
    xml_remove(root, "metadata/*");
    metadata_remove(domain);
    assert_false(xml_has(root, "metadata"));
}

/* The line that a person copies goes to a shell. */
static void a_user_who_is_no_plain_word_is_not_logged_in_as(void **state) {
    static const char *const users[] = {"$(id)", "-oProxyCommand=x", "a b", "", NULL};
    struct guest_facts *facts = new_facts();
    struct guest guest = {.facts = facts};
    assert_null(ssh_user(&guest, NULL));
    for (int i = 0; users[i] != NULL; i++) {
        facts->user = g_strdup(users[i]);
        assert_null(ssh_user(&guest, NULL));
        g_clear_pointer(&facts->user, g_free);
    }
    facts->user = g_strdup("ada");
    assert_string_equal(ssh_user(&guest, ""), "ada");
    assert_string_equal(ssh_user(&guest, "bob"), "bob");
    guest_facts_unref(facts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_user_who_is_no_plain_word_is_not_logged_in_as),
        cmocka_unit_test(metadata_of_another_guest_is_not_believed),
        cmocka_unit_test(other_metadata_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
